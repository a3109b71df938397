#pragma once

#include <chrono>
#include <optional>

namespace rollcall {

/// Waits until a read of the descriptor gives something or its end, at most for `time`: whether that is so by
/// then. Nothing where the system cannot wait, which errno says; a signal only ends the wait early.
std::optional<bool> wait_readable(int fd, std::chrono::milliseconds time);

}  // namespace rollcall
