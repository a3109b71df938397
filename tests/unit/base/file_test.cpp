#include "base/file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stop_token>
#include <thread>

#include <catch2/catch.hpp>

#include "base/owned_file.hpp"
#include "base/stream.hpp"

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

/// What every file of one kind begins with.
bool is_ours(std::string_view start) {
  constexpr std::string_view kStart = "ours";
  return start.substr(0, kStart.size()) == kStart.substr(0, start.size());
}

TEST_CASE("neighbours that are not ours are left as they are, and so is the file") {
  for (const char* neighbour : {"f.tmp", "f.bak", "f.bak.tmp"}) {
    const Folder folder;
    REQUIRE(write_file_atomically(folder / "f", "ours 1", folder / "f.bak", is_ours));
    std::ofstream(folder / neighbour) << "somebody else's";
    const auto written = write_file_atomically(folder / "f", "ours 2", folder / "f.bak", is_ours);
    REQUIRE_FALSE(written);
    CHECK(written.error().message ==
          (folder / neighbour).string() + " is not a file of Rollcall's, so it is left as it is.");
    CHECK(**read_file(folder / neighbour, 100) == "somebody else's");
    CHECK(**read_file(folder / "f", 100) == "ours 1");
  }
}

TEST_CASE("what a killed run left makes room") {
  for (const char* leftover : {"", "ou", "ours and more"}) {
    const Folder folder;
    std::ofstream(folder / "f.tmp") << leftover;
    std::ofstream(folder / "f.bak.tmp") << leftover;
    REQUIRE(write_file_atomically(folder / "f", "ours 1", folder / "f.bak", is_ours));
    fs::create_hard_link(folder / "f", folder / "f.bak");
    fs::create_hard_link(folder / "f", folder / "f.bak.tmp");
    REQUIRE(write_file_atomically(folder / "f", "ours 2", folder / "f.bak", is_ours));
    CHECK(**read_file(folder / "f", 100) == "ours 2");
    CHECK(**read_file(folder / "f.bak", 100) == "ours 1");
    CHECK_FALSE(fs::exists(folder / "f.tmp"));
    CHECK_FALSE(fs::exists(folder / "f.bak.tmp"));
  }
}

TEST_CASE("a file with another name, of another user or of another kind is not ours") {
  const Folder folder;
  std::ofstream(folder / "f") << "ours";
  CHECK(**read_own_file(folder / "f", 10) == "ours");
  CHECK_FALSE(*read_own_file(folder / "none", 10));
  fs::create_hard_link(folder / "f", folder / "g");
  REQUIRE_FALSE(read_own_file(folder / "f", 10));
  CHECK(**read_own_file(folder / "f", 10, {folder / "g"}) == "ours");
  fs::remove(folder / "g");
  fs::create_symlink("f", folder / "link");
  CHECK_FALSE(read_own_file(folder / "link", 10));
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  const auto pipe = read_own_file(folder / "pipe", 10);
  REQUIRE_FALSE(pipe);
  CHECK(pipe.error().message == (folder / "pipe").string() + " is not a regular file.");
  if (::geteuid() != 0) return;
  REQUIRE(::chown((folder / "f").c_str(), 12345, static_cast<gid_t>(-1)) == 0);
  const auto foreign = read_own_file(folder / "f", 10);
  REQUIRE_FALSE(foreign);
  CHECK(foreign.error().message ==
        (folder / "f").string() + " belongs to another user (uid 12345), so it is not trusted.");
}

TEST_CASE("pipes and devices are not read as files, and nothing waits for them") {
  const Folder folder;
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  for (const fs::path& path : {folder / "pipe", fs::path("/dev/zero"), fs::path("/dev/ptmx")}) {
    const auto read = read_file(path, 10);
    REQUIRE_FALSE(read);
    CHECK(read.error().message == path.string() + " is not a regular file.");
  }
}

TEST_CASE("a stream is read to its end, and a stop ends the wait for it") {
  const Folder folder;
  std::ofstream(folder / "f") << "word";
  CHECK(**read_stream(folder / "f", 10, {}) == "word");
  CHECK_FALSE(*read_stream(folder / "none", 10, {}));
  CHECK_FALSE(read_stream(folder / "f", 3, {}));
  CHECK_FALSE(read_stream("/dev/zero", 1000, {}));

  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  {
    const std::jthread writer([&] {
      std::ofstream pipe(folder / "pipe");
      pipe << "wo" << std::flush << "rd";
    });
    CHECK(**read_stream(folder / "pipe", 10, {}) == "word");
  }
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = read_stream(folder / "pipe", 10, stop.get_token());
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().message ==
        "The run was stopped while it waited for " + (folder / "pipe").string() + ".");

  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  ::close(ends[1]);
  CHECK((**read_stream("/dev/fd/" + std::to_string(ends[0]), 10, {})).empty());
  ::close(ends[0]);
}

TEST_CASE("a replaced file keeps its rights, and nothing else than a regular file is replaced") {
  const Folder folder;
  REQUIRE(replace_file(folder / "f", "one"));
  CHECK(**read_file(folder / "f", 10) == "one");
  fs::permissions(folder / "f", fs::perms::owner_read | fs::perms::owner_write);
  REQUIRE(replace_file(folder / "f", "two"));
  CHECK(**read_file(folder / "f", 10) == "two");
  CHECK(fs::status(folder / "f").permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  fs::create_symlink(folder / "f", folder / "link");
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  for (const char* name : {"link", "pipe", "."}) {
    INFO(name);
    CHECK_FALSE(replace_file(folder / name, "three"));
  }
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(**read_file(folder / "f", 10) == "two");
  CHECK(replace_file(folder / "none" / "f", "four").error().hint == "Create the folder first.");
  // Nothing else is left there.
  CHECK(std::distance(fs::directory_iterator(folder / "."), fs::directory_iterator()) == 3);
}

TEST_CASE("an appended text is there as a whole, up to the limit") {
  const Folder folder;
  CHECK(*append_to_file(folder / "f", "one", 6));
  CHECK(*append_to_file(folder / "f", "two", 6));
  CHECK_FALSE(*append_to_file(folder / "f", "!", 6));
  CHECK(**read_file(folder / "f", 10) == "onetwo");
  CHECK_FALSE(append_to_file(folder / ".", "x", 6));
  CHECK_FALSE(append_to_file(folder / "none" / "f", "x", 6));
}

}  // namespace
}  // namespace rollcall
