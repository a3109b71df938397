#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "store/lock_info.hpp"
#include "store/store.hpp"

namespace rollcall::store {

/// What an attempt to take a lock came to.
struct LockAttempt {
  bool held_by_us = false;
  /// Of the lock that another one has, where the store says it.
  std::optional<LockInfo> holder = {};
};

/// Attempts until the lock is held, with pauses of 1 s that grow to 16 s, as `wait` allows. An error that
/// names the holder of the lock of `state` where there is no more time. `lease` is the time after which the
/// lock of a run that died ends; nothing: it stays.
Expected<void> wait_for_lock(const std::string& state, std::optional<std::chrono::milliseconds> lease,
                             const LockWait& wait, Clock& clock,
                             const std::function<Expected<LockAttempt>()>& attempt);

/// Of a lock that was to be removed by its ID and is not there: `holder` has another one, or nobody any.
Error other_lock(const std::string& state, const std::optional<LockInfo>& holder);

}  // namespace rollcall::store
