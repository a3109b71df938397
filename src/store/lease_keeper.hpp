#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/lease.hpp"
#include "store/lock_info.hpp"

namespace rollcall::store {

/// What a store says to a run that asks for its lock once more.
struct Renewal {
  bool ours = true;
  /// Where it is not: who has it, if anybody.
  std::optional<LockInfo> holder = {};
};

/// What a run gives to the store of a state whose lock has an end of its own, and hears of it.
struct LeaseUse {
  /// Begun with the lock and renewed until that is let go.
  std::shared_ptr<Lease> lease = nullptr;
  /// Told whose lock has ended without having been let go, and is this run's now. Null: it is not said.
  std::function<void(const std::string& state, const LockInfo& holder)> on_takeover = nullptr;
  /// Told where the lock of an open state could not be let go. Null: it is not said.
  std::function<void(const Error&)> on_left_lock = nullptr;
};

/// Renews a lease that has begun, four times in its length, on a thread of its own, until it is lost or this
/// object ends.
class LeaseKeeper {
 public:
  /// Called on that thread; has to end within the length of the lease. An error: nobody knows, ask again.
  using Renew = std::function<Expected<Renewal>()>;

  /// `state` is what messages call it. An error where the thread cannot be started.
  static Expected<std::unique_ptr<LeaseKeeper>> start(std::shared_ptr<Lease> lease, std::string state,
                                                      const Clock& clock, Renew renew);
  LeaseKeeper(const LeaseKeeper&) = delete;
  LeaseKeeper& operator=(const LeaseKeeper&) = delete;
  /// Waits for a renewal that is going on.
  ~LeaseKeeper() = default;

 private:
  LeaseKeeper(std::shared_ptr<Lease> lease, std::string state, const Clock& clock, Renew renew);
  void keep(const std::stop_token& stop);

  std::shared_ptr<Lease> lease_;
  std::string state_;
  const Clock& clock_;
  Renew renew_;
  std::mutex mutex_;
  std::condition_variable_any timer_;
  /// Last, so that it ends first.
  std::jthread thread_;
};

}  // namespace rollcall::store
