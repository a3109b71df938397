#include "base/file.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

namespace rollcall {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  explicit Folder(const fs::path& parent = fs::temp_directory_path()) {
    std::string name = (parent / "rollcall-file-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }
  fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

TEST_CASE("a file is read whole, up to the limit") {
  const Folder folder;
  for (const std::size_t size : {0U, 1U, 65535U, 65536U, 65537U, 200000U}) {
    const std::string bytes(size, 'x');
    std::ofstream(folder / "f") << bytes;
    CHECK(**read_file(folder / "f", 200000) == bytes);
  }
  CHECK_FALSE(read_file(folder / "f", 199999));
  CHECK_FALSE(*read_file(folder / "none", 10));
  CHECK_FALSE(read_file(folder / ".", 10));
}

TEST_CASE("an atomic write replaces, keeps the old one and leaves nothing behind") {
  const Folder folder;
  REQUIRE(write_file_atomically(folder / "f", "one", folder / "f.bak"));
  CHECK_FALSE(fs::exists(folder / "f.bak"));
  REQUIRE(write_file_atomically(folder / "f", "two", folder / "f.bak"));
  CHECK(**read_file(folder / "f", 10) == "two");
  CHECK(**read_file(folder / "f.bak", 10) == "one");
  CHECK_FALSE(fs::exists(folder / "f.tmp"));
}

TEST_CASE("where no hard link can be made, the old one is kept as a copy") {
  const Folder folder;
  // Between two file systems there are none, as on those that have none at all.
  const Folder other("/dev/shm");
  struct stat here {
  }, there{};
  REQUIRE(::stat((folder / ".").c_str(), &here) == 0);
  REQUIRE(::stat((other / ".").c_str(), &there) == 0);
  if (here.st_dev == there.st_dev) {
    WARN("Not tested: the folder for temporary files is in memory.");
    return;
  }
  REQUIRE(write_file_atomically(folder / "f", "one", other / "f.bak"));
  CHECK_FALSE(fs::exists(other / "f.bak"));
  REQUIRE(write_file_atomically(folder / "f", "two", other / "f.bak"));
  REQUIRE(write_file_atomically(folder / "f", "three", other / "f.bak"));
  CHECK(**read_file(folder / "f", 10) == "three");
  CHECK(**read_file(other / "f.bak", 10) == "two");
  CHECK(fs::status(other / "f.bak").permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  CHECK_FALSE(fs::exists(other / "f.bak.tmp"));
}

TEST_CASE("a failed write changes nothing and says what to do") {
  const Folder folder;
  fs::create_directory(folder / "f");
  CHECK_FALSE(write_file_atomically(folder / "f", "x"));
  CHECK(fs::is_directory(folder / "f"));
  CHECK_FALSE(fs::exists(folder / "f.tmp"));
  const auto missing = write_file_atomically(folder / "none" / "f", "x");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().hint == "Create the folder first.");
}

TEST_CASE("a link that waits at the temporary's place is not followed") {
  const Folder folder;
  std::ofstream(folder / "victim") << "kept";
  fs::create_symlink("victim", folder / "f.tmp");
  CHECK_FALSE(write_file_atomically(folder / "f", "x"));
  CHECK(**read_file(folder / "victim", 10) == "kept");
}

}  // namespace
}  // namespace rollcall
