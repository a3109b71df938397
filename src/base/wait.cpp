#include "base/wait.hpp"

#include <poll.h>

#include <cerrno>

namespace rollcall {

std::optional<bool> wait_readable(int fd, std::chrono::milliseconds time) {
  pollfd wait{fd, POLLIN, 0};
  const int ready = ::poll(&wait, 1, static_cast<int>(time.count()));
  if (ready < 0 && errno != EINTR) return std::nullopt;
  return ready > 0;
}

}  // namespace rollcall
