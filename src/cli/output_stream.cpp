#include "cli/output_stream.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace rollcall::cli {
namespace {

/// How long a look for room lasts, in milliseconds.
constexpr int kRoomLook = 50;

int open_terminal(int fd) {
  if (::isatty(fd) != 1) return -1;
  return ::open(fmt::format("/proc/self/fd/{}", fd).c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

}  // namespace

OutputStream::OutputStream(int fd) : fd_(fd), terminal_(open_terminal(fd)), piece_(PIPE_BUF) {
  // A pipe that is ready takes PIPE_BUF bytes. A terminal may have room for fewer, and waits for the rest.
  if (terminal_.open())
    fd_ = terminal_.get();
  else if (::isatty(fd) == 1)
    piece_ = 1;
}

std::optional<std::size_t> OutputStream::write_some(std::string_view text) const {
  pollfd writable{fd_, POLLOUT, 0};
  if (::poll(&writable, 1, kRoomLook) <= 0) return 0;
  const ssize_t written = ::write(fd_, text.data(), std::min(text.size(), piece_));
  if (written >= 0) return static_cast<std::size_t>(written);
  return errno == EINTR || errno == EAGAIN ? std::optional<std::size_t>(0) : std::nullopt;
}

int OutputStream::write(std::string_view text, const std::stop_token& stop,
                        std::chrono::milliseconds patience) const {
  auto since = std::chrono::steady_clock::now();
  while (!text.empty()) {
    const std::optional<std::size_t> written = write_some(text);
    if (!written) return errno;
    text.remove_prefix(*written);
    const auto now = std::chrono::steady_clock::now();
    if (*written != 0 || !stop.stop_requested())
      since = now;
    else if (now - since >= patience)
      return EINTR;
  }
  return 0;
}

}  // namespace rollcall::cli
