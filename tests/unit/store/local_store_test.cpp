#include "store/local_store.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include <catch2/catch.hpp>

#include "store/backend.hpp"
#include "unit/store/store_suite.hpp"

namespace rollcall::store {
namespace {

using Catch::Contains;
namespace fs = std::filesystem;
using std::chrono::milliseconds;

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "rollcall-store-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::permissions(path_, fs::perms::owner_all, ignored);
    fs::remove_all(path_, ignored);
  }
  fs::path operator/(const char* name) const { return path_ / name; }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Time passes only where somebody sleeps, and tells of it.
class TellingClock final : public Clock {
 public:
  std::function<void()> on_sleep = [] {};
  [[nodiscard]] Time now() const override { return Time{now_}; }
  [[nodiscard]] milliseconds ticks() const override { return now_; }
  void sleep_for(milliseconds duration) override {
    now_ += duration;
    on_sleep();
  }

 private:
  milliseconds now_{0};
};

const LockInfo kInfo{"ana", "runner-1", "2026-01-31T23:59:59Z", 4711, "apply"};

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void put(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777U;
}

/// Runs `work` in a child that reports with its exit code.
pid_t in_child(const std::function<int()>& work) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(work());
  return child;
}

int exit_code(pid_t child) {
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST_CASE("no file is no state, and the first write makes it with mode 0600 whatever the umask") {
  for (const mode_t umask : {0U, 077U, 0777U}) {
    const Folder folder;
    LocalStore store(folder / "s.json");
    const auto absent = store.read();
    REQUIRE(absent);
    CHECK_FALSE(*absent);
    const mode_t before = ::umask(umask);
    const auto written = store.write("one", std::nullopt);
    ::umask(before);
    REQUIRE(written);
    CHECK(mode_of(folder / "s.json") == 0600);
    CHECK((*store.read())->bytes == "one");
    CHECK((*store.read())->version == *written);
    REQUIRE((*store.read())->written_at);
    CHECK(SystemClock().now() - *(*store.read())->written_at < std::chrono::minutes(10));
    CHECK_FALSE(fs::exists(folder / "s.json.bak"));
    CHECK_FALSE(fs::exists(folder / "s.json.tmp"));
  }
}

TEST_CASE("a write keeps the state before it") {
  const Folder folder;
  LocalStore store(folder / "s.json");
  const auto one = store.write("one", std::nullopt);
  const auto two = store.write("two", *one);
  REQUIRE(store.write("three", *two));
  CHECK(content(folder / "s.json") == "three");
  CHECK(content(folder / "s.json.bak") == "two");
}

TEST_CASE("a state that changed since it was read is not overwritten") {
  const Folder folder;
  LocalStore store(folder / "s.json");
  const auto one = store.write("one", std::nullopt);
  put(folder / "s.json", "somebody else's");
  CHECK_THAT(store.write("two", *one).error().message, Contains("has changed since this command read it"));
  CHECK_THAT(store.write("two", std::nullopt).error().message, Contains("has appeared"));
  CHECK(content(folder / "s.json") == "somebody else's");
  fs::remove(folder / "s.json");
  CHECK_THAT(store.write("two", *one).error().message, Contains("is gone"));
  CHECK_FALSE(fs::exists(folder / "s.json"));
}

TEST_CASE("a symbolic link stays, and the file after it is written with its neighbours") {
  const Folder folder;
  fs::create_directory(folder / "real");
  fs::create_symlink("real/s.json", folder / "link.json");
  fs::create_symlink("link.json", folder / "second.json");
  LocalStore store(folder / "second.json");
  TellingClock clock;
  const auto one = store.write("one", std::nullopt);
  REQUIRE(one);
  REQUIRE(store.write("two", *one));
  CHECK(fs::is_symlink(folder / "link.json"));
  CHECK(content(folder / "real/s.json") == "two");
  CHECK(content(folder / "real/s.json.bak") == "one");
  LocalStore direct(folder / "real/s.json");
  const auto lock = store.lock(kInfo, {milliseconds{0}}, clock);
  REQUIRE(lock);
  CHECK_FALSE(direct.lock(kInfo, {milliseconds{0}}, clock));
}

TEST_CASE("what cannot be a state is refused") {
  const Folder folder;
  LocalStore directory(folder.path());
  CHECK_THAT(directory.read().error().message, Contains("is a folder"));
  CHECK_FALSE(directory.write("x", std::nullopt));
  LocalStore device("/dev/null");
  CHECK_THAT(device.read().error().message, Contains("not a regular file"));
  fs::create_symlink("loop.json", folder / "loop.json");
  CHECK_FALSE(LocalStore(folder / "loop.json").read());
  LocalStore orphan(folder / "missing/s.json");
  CHECK_THAT(orphan.write("x", std::nullopt).error().hint, Contains("Create the folder"));
  CHECK_FALSE(store::open_backend(store::parse_location("https://chat.example.com/state")));
  CHECK_FALSE(store::open_backend(store::parse_location("")));
  CHECK(store::open_backend(store::parse_location("s.json")));
}

TEST_CASE("the journals of a state that a link names are beside the real file") {
  const Folder folder;
  fs::create_directory(folder / "real");
  fs::create_symlink("real/s.json", folder / "link.json");
  const auto backend = store::open_backend(folder / "link.json");
  REQUIRE(backend);
  REQUIRE(backend->journals->create("run-1"));
  CHECK(fs::exists(folder / "real/s.json.run-1.journal"));
  REQUIRE(backend->store->write("x", std::nullopt));
  CHECK(fs::exists(folder / "real/s.json"));
  CHECK(backend->store->name() == (folder / "link.json").string());
}

TEST_CASE("without rights nothing is changed and the message says so") {
  const Folder folder;
  fs::permissions(folder.path(), fs::perms::others_all | fs::perms::owner_all);
  put(folder / "s.json", "old");
  fs::permissions(folder / "s.json", fs::perms::none);
  fs::create_directory(folder / "closed");
  fs::permissions(folder / "closed", fs::perms::owner_read | fs::perms::owner_exec);
  // Root may do everything, so a child becomes somebody else.
  const int code = exit_code(in_child([&] {
    if (::getuid() == 0 && ::setuid(65534) != 0) return 1;
    LocalStore unreadable(folder / "s.json");
    const auto read = unreadable.read();
    if (read || read.error().message.find("Permission denied") == std::string::npos) return 2;
    LocalStore closed(folder / "closed/s.json");
    const auto written = closed.write("new", std::nullopt);
    if (written || written.error().hint.empty()) return 3;
    TellingClock clock;
    const auto lock = closed.lock(kInfo, {milliseconds{0}}, clock);
    return lock || lock.error().hint.empty() ? 4 : 0;
  }));
  CHECK(code == 0);
}

TEST_CASE("a folder that cannot be opened to be synced is told of before anything is replaced") {
  const Folder folder;
  const auto one = LocalStore(folder / "s.json").write("one", std::nullopt);
  REQUIRE(one);
  fs::permissions(folder.path(), fs::perms::owner_write | fs::perms::owner_exec);
  const bool given = ::getuid() != 0 || (::chown(folder.path().c_str(), 65534, 65534) == 0 &&
                                         ::chown((folder / "s.json").c_str(), 65534, 65534) == 0);
  REQUIRE(given);
  // Root may do everything, so a child becomes somebody else.
  const int code = exit_code(in_child([&] {
    if (::getuid() == 0 && ::setuid(65534) != 0) return 1;
    const auto written = LocalStore(folder / "s.json").write("two", *one);
    return written || written.error().message.find("Permission denied") == std::string::npos ? 2 : 0;
  }));
  CHECK(code == 0);
  fs::permissions(folder.path(), fs::perms::owner_all);
  CHECK(content(folder / "s.json") == "one");
  CHECK_FALSE(fs::exists(folder / "s.json.tmp"));
  CHECK_FALSE(fs::exists(folder / "s.json.bak"));
}

TEST_CASE("a disk that is full leaves the state and its copy as they were") {
  const Folder folder;
  LocalStore store(folder / "s.json");
  const auto one = store.write("one", std::nullopt);
  const auto two = store.write("two", *one);
  const int code = exit_code(in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
    const auto written = store.write(std::string(100000, 'x'), *two);
    return written || written.error().message.find("Cannot write") == std::string::npos ? 2 : 0;
  }));
  CHECK(code == 0);
  CHECK(content(folder / "s.json") == "two");
  CHECK(content(folder / "s.json.bak") == "one");
  CHECK_FALSE(fs::exists(folder / "s.json.tmp"));
}

TEST_CASE("a kill at any moment leaves a whole state, and the next write works") {
  const Folder folder;
  const std::string odd(300000, 'o'), even(300000, 'e');
  LocalStore store(folder / "s.json");
  REQUIRE(store.write(odd, std::nullopt));
  for (int round = 0; round < 20; ++round) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const pid_t child = in_child([&] {
      for (bool flip = true;; flip = !flip) {
        const auto now = store.read();
        if (!now || !store.write(flip ? even : odd, (*now)->version)) return 1;
        if (::write(ends[1], "x", 1) != 1) return 2;
      }
    });
    std::array<char, 1> byte{};
    for (int i = 0; i <= round % 4; ++i) CHECK(::read(ends[0], byte.data(), 1) == 1);
    ::kill(child, SIGKILL);
    CHECK(exit_code(child) == 128 + SIGKILL);
    ::close(ends[0]);
    ::close(ends[1]);
    const auto now = store.read();
    REQUIRE(now);
    CHECK(((*now)->bytes == odd || (*now)->bytes == even));
    CHECK(store.write(odd, (*now)->version));
  }
}

TEST_CASE("a killed write's leftover is no state and is in nobody's way") {
  const Folder folder;
  LocalStore store(folder / "s.json");
  const auto one = store.write("one", std::nullopt);
  put(folder / "s.json.tmp", "half of a sta");
  CHECK((**store.read()).bytes == "one");
  REQUIRE(store.write("two", *one));
  CHECK(content(folder / "s.json") == "two");
  CHECK(mode_of(folder / "s.json") == 0600);
}

TEST_CASE("the lock names its holder to the second one and stays as a file") {
  const Folder folder;
  LocalStore store(folder / "s.json");
  TellingClock clock;
  {
    const auto lock = store.lock(kInfo, {milliseconds{0}}, clock);
    REQUIRE(lock);
    CHECK(parse_lock_info(content(folder / "s.json.lock")) == kInfo);
    CHECK(mode_of(folder / "s.json.lock") == 0600);
    const auto second = store.lock({"kim", "runner-2", "now", 1, "refresh"}, {milliseconds{0}}, clock);
    REQUIRE_FALSE(second);
    CHECK_THAT(second.error().message,
               Contains("is locked by ana@runner-1 (apply, process 4711, since 2026-01-31T23:59:59Z)"));
    CHECK_THAT(second.error().hint, Contains("--lock-timeout"));
    // The loser must not touch what the holder wrote.
    CHECK(parse_lock_info(content(folder / "s.json.lock")) == kInfo);
    CHECK(clock.ticks() == milliseconds{0});
  }
  CHECK(fs::exists(folder / "s.json.lock"));
  CHECK(content(folder / "s.json.lock").empty());
  CHECK(store.lock(kInfo, {milliseconds{0}}, clock));
}

TEST_CASE("a reader sees whether the lock is held, and leaves it as it is") {
  const Folder folder;
  LocalStore store(folder / "s.json");
  TellingClock clock;
  CHECK(store.look_at_lock() == LockSight{});
  CHECK_FALSE(fs::exists(folder / "s.json.lock"));
  {
    const auto lock = store.lock(kInfo, {milliseconds{0}}, clock);
    REQUIRE(lock);
    CHECK(store.look_at_lock() == LockSight{LockSight::Kind::kHeld, kInfo});
    CHECK_FALSE(store.lock(kInfo, {milliseconds{0}}, clock));
  }
  CHECK(store.look_at_lock() == LockSight{});
  // A holder that was killed leaves its name, and nobody holds the lock.
  put(folder / "s.json.lock", to_json(kInfo));
  CHECK(store.look_at_lock() == LockSight{});
  CHECK(content(folder / "s.json.lock") == to_json(kInfo));
  CHECK(store.lock(kInfo, {milliseconds{0}}, clock));
  fs::remove(folder / "s.json.lock");
  fs::create_symlink("elsewhere", folder / "s.json.lock");
  CHECK(store.look_at_lock().kind == LockSight::Kind::kUnknown);
}

TEST_CASE("a lock can be waited for, and the wait ends") {
  const Folder folder;
  LocalStore store(folder / "s.json");
  TellingClock clock;
  auto lock = store.lock(kInfo, {milliseconds{0}}, clock);
  REQUIRE(lock);
  const auto late = store.lock(kInfo, {milliseconds{5000}}, clock);
  REQUIRE_FALSE(late);
  CHECK_THAT(late.error().message, Contains("after waiting 5 s"));
  CHECK(clock.ticks() == milliseconds{5000});

  clock.on_sleep = [&] { CHECK((*lock)->release()); };
  CHECK(store.lock(kInfo, {milliseconds{5000}}, clock));
  CHECK(clock.ticks() < milliseconds{6000});
}

TEST_CASE("the one that waits for a lock is told once for whom, and a stop ends the wait") {
  const Folder folder;
  LocalStore store(folder / "s.json");
  TellingClock clock;
  const auto lock = store.lock(kInfo, {}, clock);
  REQUIRE(lock);
  std::stop_source stop;
  std::vector<std::optional<LockInfo>> told;
  LockWait wait{milliseconds{60'000}, stop.get_token(), [&](const auto& holder) { told.push_back(holder); }};
  clock.on_sleep = [&] {
    if (clock.ticks() >= milliseconds{3000}) stop.request_stop();
  };
  const auto stopped = store.lock(kInfo, wait, clock);
  REQUIRE_FALSE(stopped);
  CHECK_THAT(stopped.error().message,
             Contains("The run was stopped while it waited for") && Contains("is locked by ana@runner-1"));
  CHECK(clock.ticks() < milliseconds{4000});
  CHECK(told == std::vector<std::optional<LockInfo>>{kInfo});

  // A holder that has not written who it is yet.
  fs::resize_file(folder / "s.json.lock", 0);
  told.clear();
  wait.stop = {};
  wait.timeout = milliseconds{1000};
  CHECK_FALSE(store.lock(kInfo, wait, clock));
  CHECK(told == std::vector<std::optional<LockInfo>>{std::nullopt});
}

TEST_CASE("another process is kept out, and let in by the holder's death") {
  const Folder folder;
  std::array<int, 2> ready{};
  REQUIRE(::pipe(ready.data()) == 0);
  const pid_t holder = in_child([&] {
    LocalStore store(folder / "s.json");
    TellingClock clock;
    const auto lock = store.lock({"kim", "runner-2", "now", 99, "apply"}, {milliseconds{0}}, clock);
    if (!lock || ::write(ready[1], "x", 1) != 1) return 1;
    for (;;) ::pause();
  });
  std::array<char, 1> byte{};
  REQUIRE(::read(ready[0], byte.data(), 1) == 1);
  LocalStore store(folder / "s.json");
  TellingClock clock;
  const auto second = store.lock(kInfo, {milliseconds{0}}, clock);
  REQUIRE_FALSE(second);
  CHECK_THAT(second.error().message, Contains("kim@runner-2"));
  ::kill(holder, SIGKILL);
  CHECK(exit_code(holder) == 128 + SIGKILL);
  CHECK(parse_lock_info(content(folder / "s.json.lock")));
  CHECK(store.lock(kInfo, {milliseconds{0}}, clock));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE("neither a forked nor an executed child keeps the lock") {
  const Folder folder;
  LocalStore store(folder / "s.json");
  TellingClock clock;
  auto lock = store.lock(kInfo, {milliseconds{0}}, clock);
  REQUIRE(lock);
  const pid_t forked = in_child([]() -> int {
    for (;;) ::pause();
  });
  // The executed child lists its descriptors; none of them may be the lock.
  const std::string listing =
      "for fd in /proc/self/fd/*; do readlink \"$fd\"; done | grep -q 's.json.lock' && exit 1; exit 0";
  const pid_t executed = in_child([&] { return ::execl("/bin/sh", "sh", "-c", listing.c_str(), nullptr); });
  CHECK(exit_code(executed) == 0);
  REQUIRE((*lock)->release());
  CHECK(store.lock(kInfo, {milliseconds{0}}, clock));
  ::kill(forked, SIGKILL);
  CHECK(exit_code(forked) == 128 + SIGKILL);
}

TEST_CASE("a state in a file keeps what every store promises") {
  const Folder folder;
  testing::check_store({[&] { return std::make_unique<LocalStore>(folder / "s.json"); }});
}

}  // namespace
}  // namespace rollcall::store
