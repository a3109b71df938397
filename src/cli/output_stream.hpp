#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <stop_token>
#include <string_view>

#include "base/descriptor.hpp"

namespace rollcall::cli {

/// Standard output or error, whose reader may take nothing: a pipe that is full, or a terminal that was
/// stopped (Ctrl-S). No single write waits for it.
class OutputStream {
 public:
  explicit OutputStream(int fd);

  /// The bytes that the reader takes within a look (50 ms); nothing, and errno, where the stream is broken.
  [[nodiscard]] std::optional<std::size_t> write_some(std::string_view text) const;
  /// All of it, for however long the reader takes; after a stop only as long as it takes something within
  /// `patience`. 0 or errno, which is EINTR where it was given up.
  [[nodiscard]] int write(std::string_view text, const std::stop_token& stop,
                          std::chrono::milliseconds patience) const;

 private:
  int fd_;
  /// A terminal opened once more, to be written to without waiting: who shares `fd_` must not notice.
  Descriptor terminal_;
  /// So many bytes never wait once the stream is ready.
  std::size_t piece_;
};

}  // namespace rollcall::cli
