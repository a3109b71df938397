#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "http/transport.hpp"
#include "store/lease_keeper.hpp"
#include "store/lock_wait.hpp"
#include "store/s3_location.hpp"
#include "store/s3_lock.hpp"
#include "store/s3_objects.hpp"
#include "store/store.hpp"

namespace rollcall::store {

/// How a state in a bucket is reached.
struct S3Reach {
  /// A transport to the bucket. With a limit each request is sent once and has so long; without one nothing
  /// is sent that the lease does not allow.
  std::function<std::unique_ptr<http::Transport>(std::optional<std::chrono::milliseconds> limit)> connect;
  LeaseUse run;
};

/// A state in a bucket of S3, or of a server that speaks it and heeds conditions. Its lock is the object
/// KEY.lock with a lease: one that expired is taken over. Versions are ETags. Used by one thread at a time.
class S3Store final : public Store {
 public:
  S3Store(S3Place place, S3Reach reach);

  [[nodiscard]] std::string name() const override { return place_.name; }
  Expected<std::optional<Stored>> read() override;
  Expected<std::string> write(std::string_view bytes, const std::optional<std::string>& expected) override;
  Expected<std::unique_ptr<Lock>> lock(const LockInfo& info, const LockWait& wait, Clock& clock) override;
  LockSight look_at_lock() override;
  Expected<std::optional<LockInfo>> find_holder(const LockInfo& asking) override;
  Expected<void> remove_lock(const std::string& id) override;
  /// Those are the bucket's to keep.
  Expected<std::optional<std::string>> read_kept(std::int64_t serial) override;

 private:
  class S3Lock;
  /// The lock's object as it stands.
  struct SeenLock {
    std::optional<S3Object> object;
    LockInfo holder;
    /// Nobody holds it: there is none, or it expired.
    bool is_free = true;
    std::optional<std::chrono::sys_seconds> time;
  };

  Expected<SeenLock> see_lock(std::string_view what);
  Expected<void> require_lock();
  Expected<LockAttempt> try_lock(const LockInfo& info, const Clock& clock, std::unique_ptr<Lock>& lock);
  /// Nothing where another run was faster.
  Expected<std::unique_ptr<Lock>> take_lock(const LockInfo& info, const SeenLock& seen, ServerClock time,
                                            const Clock& clock);
  /// An error where the server writes although a condition does not hold: before the lock is written, and
  /// with it in place.
  Expected<void> prove_before(const SeenLock& seen, const std::string& text);
  Expected<void> prove_after(const std::string& text);
  Expected<std::unique_ptr<Lock>> hold(const LockInfo& info, std::string etag, ServerClock time,
                                       std::chrono::milliseconds since, const Clock& clock);

  S3Place place_;
  S3Reach reach_;
  S3Objects objects_;
  std::string lock_key_;
  /// The lock of this process, while it holds one.
  std::shared_ptr<const HeldS3Lock> held_;
  /// The server has shown that it heeds conditions.
  bool is_proven_ = false;
  /// The digest of a write of this process that may stand there by now; empty: none.
  std::string uncertain_;
};

}  // namespace rollcall::store
