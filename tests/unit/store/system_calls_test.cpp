#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <stop_token>
#include <string>

#include <catch2/catch.hpp>

#include "base/file.hpp"
#include "store/local_journals.hpp"
#include "store/local_lock.hpp"
#include "store/local_store.hpp"

namespace {

/// Something that the calls below do otherwise while it lives.
template <class Tag>
class While {
 public:
  While() { is_on = true; }
  While(const While&) = delete;
  While& operator=(const While&) = delete;
  ~While() { is_on = false; }
  static inline bool is_on = false;
};

/// No folder can be synced.
using BrokenFolders = While<struct BrokenFoldersTag>;
/// The file system has no hard links.
using NoLinks = While<struct NoLinksTag>;

/// Called before each try to take a lock.
std::function<void()> before_lock = [] {};

}  // namespace

// In the place of the C library's in this program.

extern "C" int fsync(int fd) {
  struct stat status {};
  if (BrokenFolders::is_on && ::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_fsync, fd));
}

extern "C" int link(const char* from, const char* to) noexcept {
  if (!NoLinks::is_on) return static_cast<int>(::syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0));
  errno = EPERM;
  return -1;
}

extern "C" int flock(int fd, int operation) noexcept {
  if ((static_cast<unsigned>(operation) & static_cast<unsigned>(LOCK_EX)) != 0) before_lock();
  return static_cast<int>(::syscall(SYS_flock, fd, operation));
}

namespace rollcall::store {
namespace {

namespace fs = std::filesystem;

struct ScratchFolder {
  fs::path path;
  ScratchFolder() {
    std::string name = (fs::temp_directory_path() / "rollcall-sync-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() { fs::remove_all(path); }
  [[nodiscard]] std::string content(const char* name) const {
    std::ifstream in(path / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

}  // namespace

TEST_CASE("a folder that cannot be synced after a write is an error that says what stands there") {
  const ScratchFolder folder;
  LocalStore store(folder.path / "s.json");
  const auto one = store.write("one", std::nullopt);
  REQUIRE(one);
  {
    const BrokenFolders broken;
    const auto two = store.write("two", *one);
    REQUIRE_FALSE(two);
    CHECK(two.error().message == (folder.path / "s.json").string() +
                                     " was written, but its folder could not be synced: Input/output error.");
    CHECK(two.error().hint ==
          "A power cut now could bring the previous file back. Check the disk, then run the command again.");
  }
  CHECK(folder.content("s.json") == "two");
  CHECK(folder.content("s.json.bak") == "one");
  CHECK_FALSE(fs::exists(folder.path / "s.json.tmp"));
  // Whoever goes on as if nothing had been written is stopped.
  CHECK_FALSE(store.write("three", *one));
  const auto now = store.read();
  REQUIRE((now && *now));
  CHECK(store.write("three", (*now)->version));
}

TEST_CASE("a journal whose name may not survive a power cut is not begun, and leaves nothing") {
  const ScratchFolder folder;
  LocalJournals journals(folder.path / "s.json");
  {
    const BrokenFolders broken;
    const auto file = journals.create("run-1");
    REQUIRE_FALSE(file);
    CHECK(file.error().message.find("Input/output error") != std::string::npos);
  }
  CHECK(journals.runs()->empty());
  CHECK(journals.create("run-1"));
}

TEST_CASE("where there are no hard links the state before is copied, and what keeps it from that is told") {
  const ScratchFolder folder;
  const fs::path path = folder.path / "s.json", backup = folder.path / "s.json.bak";
  REQUIRE(write_file_atomically(path, "one"));
  const NoLinks no_links;
  REQUIRE(write_file_atomically(path, "two", backup));
  CHECK(folder.content("s.json.bak") == "one");
  fs::permissions(path, fs::perms::none);
  const bool given = ::getuid() != 0 || (::chown(folder.path.c_str(), 65534, 65534) == 0 &&
                                         ::chown(backup.c_str(), 65534, 65534) == 0);
  REQUIRE(given);
  // Root may read everything, so a child becomes somebody else.
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (::getuid() == 0 && ::setuid(65534) != 0) ::_exit(1);
    const auto written = write_file_atomically(path, "three", backup);
    const std::string why = "Cannot read " + path.string() + ": Permission denied.";
    ::_exit(!written && written.error().message == why ? 0 : 2);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK_FALSE(fs::exists(folder.path / "s.json.tmp"));
  CHECK_FALSE(fs::exists(folder.path / "s.json.bak.tmp"));
}

namespace {

/// Time passes only where somebody sleeps.
class SleepClock final : public Clock {
 public:
  std::function<void()> on_sleep = [] {};
  int sleeps = 0;
  [[nodiscard]] Time now() const override { return Time{now_}; }
  [[nodiscard]] std::chrono::milliseconds ticks() const override { return now_; }
  void sleep_for(std::chrono::milliseconds duration) override {
    now_ += duration;
    ++sleeps;
    on_sleep();
  }

 private:
  std::chrono::milliseconds now_{0};
};

}  // namespace

TEST_CASE("a lock whose file is replaced again and again is waited for as one that is held") {
  const ScratchFolder folder;
  const std::string path = (folder.path / "s.json.lock").string();
  SleepClock clock;
  std::stop_source stop;
  int tries = 0;
  int replaced = 1'000'000;
  before_lock = [&] {
    if (tries++ < replaced) fs::remove(path);
  };
  const LockInfo info{"ana", "runner-1", "2026-01-31T23:59:59Z", 4711, "apply"};
  LockWait wait;
  wait.stop = stop.get_token();
  SECTION("with an end") {
    const auto lock = lock_file(path, "s.json", info, wait, clock);
    REQUIRE_FALSE(lock);
    CHECK(lock.error().message == "s.json is locked by another process.");
    CHECK(tries < 100);
  }
  SECTION("until a stop") {
    wait.timeout = std::chrono::hours{24};
    clock.on_sleep = [&] {
      if (clock.sleeps == 3) stop.request_stop();
    };
    const auto lock = lock_file(path, "s.json", info, wait, clock);
    REQUIRE_FALSE(lock);
    CHECK(lock.error().message ==
          "The run was stopped while it waited for s.json, which is locked by another process.");
    CHECK(tries == 4);
  }
  SECTION("where no wait was asked for, too, until a stop") {
    clock.on_sleep = [&] { stop.request_stop(); };
    const auto lock = lock_file(path, "s.json", info, wait, clock);
    REQUIRE_FALSE(lock);
    CHECK(tries == 2);
  }
  SECTION("and taken once it stays") {
    replaced = 2;
    CHECK(lock_file(path, "s.json", info, wait, clock));
    CHECK(tries == 3);
  }
  before_lock = [] {};
}

}  // namespace rollcall::store
