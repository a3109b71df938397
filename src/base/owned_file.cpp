#include "base/owned_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/descriptor.hpp"
#include "base/file.hpp"

namespace rollcall {
namespace {

constexpr const char* kNameAnother =
    "Name another place for the state with --state, ROLLCALL_STATE or `state:`.";

bool is_same_file(const struct stat& status, const std::filesystem::path& other) {
  struct stat there {};
  return ::lstat(other.c_str(), &there) == 0 && there.st_dev == status.st_dev &&
         there.st_ino == status.st_ino;
}

/// Nothing where there is no such file.
Expected<std::optional<Descriptor>> open_own(const std::filesystem::path& path,
                                             const std::vector<std::filesystem::path>& other_names) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file.open()) {
    if (errno == ENOENT) return std::optional<Descriptor>();
    return read_failure(path, errno);
  }
  if (const auto own = require_own(file.get(), path, other_names); !own)
    return tl::unexpected<Error>(own.error());
  return std::optional<Descriptor>(std::move(file));
}

}  // namespace

Expected<void> require_own(int fd, const std::filesystem::path& path,
                           const std::vector<std::filesystem::path>& other_names) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return read_failure(path, errno);
  if (!S_ISREG(status.st_mode))
    return fail(fmt::format("{} is not a regular file.", path.string()), kNameAnother);
  if (status.st_uid != ::geteuid() && status.st_uid != 0)
    return fail(fmt::format("{} belongs to another user (uid {}), so it is not trusted.", path.string(),
                            status.st_uid),
                "If it is yours, give it to the user that runs Rollcall (chown); "
                "otherwise keep the state in a folder that others cannot write to.");
  const auto known = static_cast<nlink_t>(
      std::count_if(other_names.begin(), other_names.end(),
                    [&](const std::filesystem::path& other) { return is_same_file(status, other); }));
  if (status.st_nlink > 1 + known)
    return fail(fmt::format("{} has a second name (a hard link), so a write would change another file, too.",
                            path.string()),
                "Replace it with a copy, or name another place for the state.");
  return {};
}

Expected<std::optional<std::string>> read_own_file(const std::filesystem::path& path, std::uint64_t limit,
                                                   const std::vector<std::filesystem::path>& other_names) {
  const auto file = open_own(path, other_names);
  if (!file) return tl::unexpected<Error>(file.error());
  if (!*file) return std::optional<std::string>();
  auto bytes = read_all((*file)->get(), path, limit);
  if (!bytes) return tl::unexpected<Error>(bytes.error());
  return std::optional<std::string>(std::move(*bytes));
}

Expected<void> require_ours(const std::filesystem::path& path, const IsOurs& is_ours,
                            const std::vector<std::filesystem::path>& other_names) {
  const auto file = open_own(path, other_names);
  if (!file) return tl::unexpected<Error>(file.error());
  if (!*file || !is_ours) return {};
  std::array<char, kStartOfFile> start{};
  const ssize_t got = ::read((*file)->get(), start.data(), start.size());
  if (got < 0) return read_failure(path, errno);
  if (is_ours({start.data(), static_cast<std::size_t>(got)})) return {};
  return fail(fmt::format("{} is not a file of Rollcall's, so it is left as it is.", path.string()),
              "Move it away, or name another place for the state with --state, ROLLCALL_STATE or `state:`.");
}

}  // namespace rollcall
