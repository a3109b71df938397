#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <catch2/catch.hpp>

#include "store/local_journals.hpp"
#include "store/local_store.hpp"

namespace {

/// While it lives, no folder can be synced.
class BrokenFolders {
 public:
  BrokenFolders() { broken = true; }
  BrokenFolders(const BrokenFolders&) = delete;
  BrokenFolders& operator=(const BrokenFolders&) = delete;
  ~BrokenFolders() { broken = false; }
  static inline bool broken = false;
};

}  // namespace

/// In the place of the C library's in this program.
extern "C" int fsync(int fd) {
  struct stat status {};
  if (BrokenFolders::broken && ::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_fsync, fd));
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
    CHECK(
        two.error().hint ==
        "A power cut now may bring the earlier file back. Look after the disk, then run the command again.");
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

}  // namespace rollcall::store
