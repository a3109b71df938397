#pragma once

#include <chrono>
#include <mutex>
#include <stop_token>

#include "base/clock.hpp"

namespace rollcall::http {

/// Waits in small steps. False: a stop was requested before the time was over.
bool wait_for(Clock& clock, std::chrono::milliseconds duration, const std::stop_token& stop);

/// The pace that all workers of a run share. May be called from any thread.
class Throttle {
 public:
  /// Requests are spread evenly, never more than so many in any 60 seconds; those that were not sent for a
  /// second may follow at once. 0: no limit.
  Throttle(Clock& clock, unsigned requests_per_minute);

  /// Waits for the caller's turn. False: a stop was requested while it waited.
  bool wait_turn(const std::stop_token& stop);

  /// No request gets a turn before `duration` has passed. A longer pause that runs already stays.
  void pause_for(std::chrono::milliseconds duration);

 private:
  using Ticks = std::chrono::microseconds;

  Clock& clock_;
  const Ticks interval_;
  std::mutex mutex_;
  Ticks next_turn_{};
  Ticks paused_until_{};
};

}  // namespace rollcall::http
