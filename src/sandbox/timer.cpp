#include "timer.hpp"

#include <utility>

namespace sandbox {

Timer::Timer() : thread_([this] { run(); }) {}

Timer::~Timer() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void Timer::after(std::chrono::milliseconds delay, std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  waiting_.emplace(Clock::now() + delay, std::move(work));
  changed_.notify_all();
}

void Timer::run() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    if (waiting_.empty()) {
      changed_.wait(lock);
    } else if (const Clock::time_point due = waiting_.begin()->first; due > Clock::now()) {
      changed_.wait_until(lock, due);
    } else {
      const std::function<void()> work = std::move(waiting_.extract(waiting_.begin()).mapped());
      lock.unlock();
      work();
      lock.lock();
    }
  }
}

}  // namespace sandbox
