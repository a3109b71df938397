#pragma once

#include <condition_variable>
#include <mutex>
#include <set>

#include "base/clock.hpp"

namespace rollcall::testing {

/// Time for several threads: it moves to the earliest end of a sleep once all of them sleep, so that what
/// they do takes no time and their waits pass side by side.
class WorkerClock final : public Clock {
 public:
  /// `workers` threads use it, and each calls `leave` at its end.
  explicit WorkerClock(int workers, Time start = Time{}) : start_(start), awake_(workers) {}

  [[nodiscard]] Time now() const override { return start_ + ticks(); }
  [[nodiscard]] std::chrono::milliseconds ticks() const override {
    const std::lock_guard lock(mutex_);
    return passed_;
  }
  void sleep_for(std::chrono::milliseconds duration) override {
    std::unique_lock lock(mutex_);
    const auto end = passed_ + duration;
    ends_.insert(end);
    --awake_;
    move_on();
    changed_.wait(lock, [&] { return passed_ >= end; });
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    --awake_;
    move_on();
  }

 private:
  /// Those whose sleep is over count as awake from here on, not from when their thread notices.
  void move_on() {
    if (awake_ > 0 || ends_.empty()) return;
    passed_ = *ends_.begin();
    while (!ends_.empty() && *ends_.begin() <= passed_) {
      ends_.erase(ends_.begin());
      ++awake_;
    }
    changed_.notify_all();
  }

  const Time start_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::multiset<std::chrono::milliseconds> ends_;
  std::chrono::milliseconds passed_{0};
  int awake_;
};

}  // namespace rollcall::testing
