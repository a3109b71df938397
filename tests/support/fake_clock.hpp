#pragma once

#include <cstdint>
#include <mutex>

#include "base/clock.hpp"
#include "base/entropy.hpp"

namespace rollcall::testing {

/// Time that moves only when somebody sleeps. Safe for many threads.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(Time start = Time{}) : start_(start) {}

  [[nodiscard]] Time now() const override { return start_ + ticks(); }
  [[nodiscard]] std::chrono::milliseconds ticks() const override {
    const std::lock_guard lock(mutex_);
    return passed_;
  }
  void sleep_for(std::chrono::milliseconds duration) override {
    const std::lock_guard lock(mutex_);
    passed_ += duration;
  }

 private:
  const Time start_;
  mutable std::mutex mutex_;
  std::chrono::milliseconds passed_{0};
};

/// Numbers that look random and are the same in every run. Safe for many threads.
class FakeEntropy final : public Entropy {
 public:
  explicit FakeEntropy(std::uint64_t seed = 1) : state_(seed) {}

  void fill(std::span<std::byte> bytes) override {
    const std::lock_guard lock(mutex_);
    for (std::byte& byte : bytes) {
      state_ = state_ * 6364136223846793005U + 1442695040888963407U;
      byte = static_cast<std::byte>(state_ >> 56U);
    }
  }

 private:
  std::mutex mutex_;
  std::uint64_t state_;
};

}  // namespace rollcall::testing
