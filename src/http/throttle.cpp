#include "http/throttle.hpp"

#include <algorithm>

namespace rollcall::http {
namespace {

// Short enough for a stop to be noticed at once, long enough to cost nothing.
constexpr std::chrono::milliseconds kStep{50};
constexpr std::chrono::seconds kBurst{1};

std::chrono::microseconds ceil_of(std::chrono::microseconds whole, unsigned parts) {
  return (whole + std::chrono::microseconds{parts - 1}) / parts;
}

}  // namespace

bool wait_for(Clock& clock, std::chrono::milliseconds duration, const std::stop_token& stop) {
  const auto end = clock.ticks() + duration;
  for (auto now = clock.ticks(); now < end; now = clock.ticks()) {
    if (stop.stop_requested()) return false;
    clock.sleep_for(std::min(end - now, kStep));
  }
  return true;
}

Throttle::Throttle(Clock& clock, unsigned requests_per_minute)
    : clock_(clock),
      // With the second that may be made up for, a minute has the turns of 61 seconds.
      interval_(requests_per_minute == 0 ? Ticks{0}
                                         : ceil_of(std::chrono::minutes{1} + kBurst, requests_per_minute)) {}

bool Throttle::wait_turn(const std::stop_token& stop) {
  Ticks turn{};
  {
    const std::lock_guard lock(mutex_);
    const Ticks now = clock_.ticks();
    turn = std::max(next_turn_, now - Ticks{kBurst});
    next_turn_ = turn + interval_;
  }
  while (true) {
    Ticks until{};
    {
      const std::lock_guard lock(mutex_);
      until = std::max(turn, paused_until_);
    }
    const Ticks left = until - Ticks{clock_.ticks()};
    if (left <= Ticks{0}) return true;
    if (!wait_for(clock_, std::chrono::ceil<std::chrono::milliseconds>(left), stop)) return false;
  }
}

void Throttle::pause_for(std::chrono::milliseconds duration) {
  const std::lock_guard lock(mutex_);
  paused_until_ = std::max(paused_until_, Ticks{clock_.ticks()} + duration);
  // After the pause the pace starts afresh, so that no crowd of late turns goes out at once.
  next_turn_ = std::max(next_turn_, paused_until_);
}

}  // namespace rollcall::http
