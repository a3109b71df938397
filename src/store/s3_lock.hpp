#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "store/lease_keeper.hpp"
#include "store/lock_info.hpp"
#include "store/s3_objects.hpp"

/// The object that is the lock of a state in a bucket. It says by the server's clock when it expires.
namespace rollcall::store {

struct LockObject {
  LockInfo holder;
  /// Nothing where another program made it: such a lock has no end.
  std::optional<Time> expires;
};

/// One JSON object.
std::string lock_text(const LockInfo& holder, Time expires);
/// A text of any other form is a lock, too, of a holder that is not named.
LockObject parse_lock_text(std::string_view text);

/// What a server's clock shows, as far as its responses to the second tell.
class ServerClock {
 public:
  /// The response to what was asked at `asked` said this time.
  ServerClock(std::chrono::sys_seconds time, std::chrono::milliseconds asked) : time_(time), asked_(asked) {}
  /// Not before the server's clock shows as much.
  [[nodiscard]] Time latest(std::chrono::milliseconds ticks) const;

 private:
  std::chrono::sys_seconds time_;
  std::chrono::milliseconds asked_;
};

/// The lock of this run, renewed over a transport of its own.
class HeldS3Lock {
 public:
  HeldS3Lock(S3Objects objects, std::string key, LockInfo holder, std::chrono::milliseconds length,
             std::string etag, ServerClock time, const Clock& clock);
  Expected<Renewal> renew();
  [[nodiscard]] const std::string& id() const { return holder_.id; }
  /// Of the object as this run wrote it last.
  [[nodiscard]] const std::string& etag() const { return etag_; }

 private:
  Expected<bool> write_again();

  S3Objects objects_;
  std::string key_;
  LockInfo holder_;
  std::chrono::milliseconds length_;
  std::string etag_;
  ServerClock time_;
  const Clock& clock_;
};

}  // namespace rollcall::store
