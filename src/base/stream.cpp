#include "base/stream.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>

#include "base/descriptor.hpp"
#include "base/file.hpp"
#include "base/wait.hpp"

namespace rollcall {
namespace {

/// How often a wait looks for a stop.
constexpr std::chrono::milliseconds kLookForStop{50};

/// A pipe by name may still get its first writer. One that was handed over (`<(…)`, standard input) gets no
/// other.
bool may_get_writer(const std::filesystem::path& path) {
  struct stat named {};
  return ::lstat(path.c_str(), &named) == 0 && S_ISFIFO(named.st_mode);
}

Expected<std::string> read_waiting(int fd, const std::filesystem::path& path, std::uint64_t limit,
                                   const std::stop_token& stop) {
  std::string bytes;
  bool has_writer = !may_get_writer(path);
  std::array<char, 4096> piece{};
  while (!stop.stop_requested()) {
    const std::optional<bool> is_readable = wait_readable(fd, kLookForStop);
    if (!is_readable) return read_failure(path, errno);
    has_writer = has_writer || *is_readable;
    const ssize_t got = ::read(fd, piece.data(), piece.size());
    if (got < 0 && errno != EINTR && errno != EAGAIN) return read_failure(path, errno);
    if (got == 0 && has_writer) return bytes;
    if (got > 0) bytes.append(piece.data(), static_cast<std::size_t>(got));
    if (bytes.size() > limit) return fail(fmt::format("{} is longer than {} bytes.", path.string(), limit));
  }
  return fail(fmt::format("The run was stopped while it waited for {}.", path.string()));
}

}  // namespace

Expected<std::optional<std::string>> read_stream(const std::filesystem::path& path, std::uint64_t limit,
                                                 const std::stop_token& stop) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.open()) {
    if (errno == ENOENT) return std::optional<std::string>();
    return read_failure(path, errno);
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return read_failure(path, errno);
  if (S_ISDIR(status.st_mode)) return read_failure(path, EISDIR);
  auto bytes = S_ISREG(status.st_mode) ? read_all(file.get(), path, limit)
                                       : read_waiting(file.get(), path, limit, stop);
  if (!bytes) return tl::unexpected<Error>(bytes.error());
  return std::optional<std::string>(std::move(*bytes));
}

}  // namespace rollcall
