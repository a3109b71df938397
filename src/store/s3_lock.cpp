#include "store/s3_lock.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "base/limits.hpp"

namespace rollcall::store {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string lock_text(const LockInfo& holder, Time expires) {
  auto object = nlohmann::json::parse(to_json(holder), nullptr, false);
  object["id"] = holder.id;
  object["expires"] = rollcall::to_string(std::chrono::ceil<seconds>(expires));
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

LockObject parse_lock_text(std::string_view text) {
  LockObject lock{parse_lock_info(text).value_or(LockInfo{}), std::nullopt};
  const auto object = nlohmann::json::parse(text, nullptr, false);
  if (object.is_object())
    if (const auto at = object.find("expires"); at != object.end() && at->is_string())
      lock.expires = parse_time(at->get<std::string>());
  return lock;
}

// The server wrote the time, without its fraction, after it was asked.
Time ServerClock::latest(milliseconds ticks) const {
  return Time{time_} + seconds{1} + (ticks - asked_);
}

HeldS3Lock::HeldS3Lock(S3Objects objects, std::string key, LockInfo holder, milliseconds length,
                       std::string etag, ServerClock time, const Clock& clock)
    : objects_(std::move(objects)),
      key_(std::move(key)),
      holder_(std::move(holder)),
      length_(length),
      etag_(std::move(etag)),
      time_(time),
      clock_(clock) {}

Expected<bool> HeldS3Lock::write_again() {
  const milliseconds now = clock_.ticks();
  auto written = objects_.put(key_, lock_text(holder_, time_.latest(now) + length_), etag_, "locked");
  if (!written) return tl::unexpected<Error>(written.error());
  if (!written->done) return false;
  etag_ = std::move(written->etag);
  if (written->time) time_ = ServerClock(*written->time, now);
  return true;
}

Expected<Renewal> HeldS3Lock::renew() {
  // A renewal whose response was lost may have arrived after all.
  constexpr int kAttempts = 3;
  std::optional<LockInfo> other;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto written = write_again();
    if (!written) return tl::unexpected<Error>(written.error());
    if (*written) return Renewal{};
    auto now = objects_.get(key_, kObjectLimit, "locked");
    if (!now) return tl::unexpected<Error>(now.error());
    if (!now->object) return Renewal{false, std::nullopt};
    other = parse_lock_text(now->object->bytes).holder;
    if (other->id != holder_.id) return Renewal{false, std::move(other)};
    etag_ = std::move(now->object->etag);
  }
  return fail("The lock could not be renewed: it changes again and again.");
}

}  // namespace rollcall::store
