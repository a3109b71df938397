#include "store/s3_store.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/digest.hpp"
#include "base/limits.hpp"

namespace rollcall::store {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Of no object.
constexpr const char* kNoEtag = "\"00000000000000000000000000000000\"";

constexpr const char* kOtherStores =
    "Keep the state in a store that does: AWS S3, MinIO since 2025-09, Ceph, Cloudflare R2; or on a server "
    "of "
    "Terraform's HTTP protocol, such as GitLab.";

}  // namespace

class S3Store::S3Lock final : public Lock {
 public:
  S3Lock(S3Store& store, std::shared_ptr<HeldS3Lock> held, std::unique_ptr<LeaseKeeper> keeper)
      : store_(store), held_(std::move(held)), keeper_(std::move(keeper)) {
    store_.held_ = held_;
  }
  S3Lock(const S3Lock&) = delete;
  S3Lock& operator=(const S3Lock&) = delete;
  ~S3Lock() override {
    if (const auto released = let_go(); !released && store_.reach_.run.on_left_lock)
      store_.reach_.run.on_left_lock(released.error());
  }

  Expected<void> release() override { return let_go(); }

 private:
  Expected<void> let_go() {
    const auto held = std::exchange(held_, nullptr);
    if (!held) return {};
    store_.held_.reset();
    // First, or a renewal would meet the end of the lock.
    keeper_.reset();
    const bool is_lost = store_.reach_.run.lease->lost().has_value();
    store_.reach_.run.lease->end();
    // Not every server heeds a condition here, and the lock may be another run's.
    if (is_lost) return {};
    // Where another run has taken it over there is nothing to remove.
    const auto removed = store_.objects_.remove(store_.lock_key_, held->etag());
    if (removed) return {};
    return fail(
        fmt::format("{} The lock of {} stays until it expires.", removed.error().message, store_.place_.name),
        fmt::format("That is in at most {} s; `rollcall unlock` removes it at once.",
                    std::chrono::ceil<seconds>(store_.place_.lease).count()));
  }

  S3Store& store_;
  std::shared_ptr<HeldS3Lock> held_;
  std::unique_ptr<LeaseKeeper> keeper_;
};

S3Store::S3Store(S3Place place, S3Reach reach)
    : place_(std::move(place)),
      reach_(std::move(reach)),
      objects_(place_, reach_.connect(std::nullopt)),
      lock_key_(place_.key + ".lock") {}

Expected<std::optional<Stored>> S3Store::read() {
  auto answer = objects_.get(place_.key, kStateLimit, "read");
  if (!answer) return tl::unexpected<Error>(answer.error());
  if (!answer->object) return std::optional<Stored>();
  S3Object& object = *answer->object;
  return std::optional<Stored>(Stored{std::move(object.bytes), std::move(object.etag), object.written_at});
}

Expected<std::string> S3Store::write(std::string_view bytes, const std::optional<std::string>& expected) {
  if (!held_) return fail(fmt::format("{} is not written without its lock.", place_.name));
  if (auto ours = require_lock(); !ours) return tl::unexpected<Error>(ours.error());
  auto written = objects_.put(place_.key, bytes, expected, "written");
  if (written && !written->done && !uncertain_.empty()) {
    // What the response was lost of is what this process wrote.
    const auto now = read();
    if (!now) return tl::unexpected<Error>(now.error());
    if (*now && sha256((*now)->bytes) == uncertain_)
      written = objects_.put(place_.key, bytes, (*now)->version, "written");
  }
  if (!written) {
    uncertain_ = sha256(bytes);
    return tl::unexpected<Error>(written.error());
  }
  if (written->done) return std::move(written->etag);
  return fail(fmt::format("{} has changed since this command read it; it was not written.", place_.name),
              "Something else writes it, or the lock was removed while this run held it: find out what, then "
              "run `rollcall refresh` so that the record learns what the server has.");
}

// Who takes a lock over need not have written yet.
Expected<void> S3Store::require_lock() {
  const auto seen = see_lock("written");
  if (!seen) return tl::unexpected<Error>(seen.error());
  const bool is_ours = seen->object && seen->holder.id == held_->id();
  if (is_ours && !seen->is_free) return {};
  const std::string why = !seen->object ? "somebody removed the lock of this run"
                          : is_ours     ? "the lock of this run expired"
                                        : "it is locked by " + describe(seen->holder);
  return fail(fmt::format("{} was not written: {}.", place_.name, why),
              "See to it that no other run is at work, then run this again.");
}

Expected<S3Store::SeenLock> S3Store::see_lock(std::string_view what) {
  auto answer = objects_.get(lock_key_, kObjectLimit, what);
  if (!answer) return tl::unexpected<Error>(answer.error());
  SeenLock seen{std::move(answer->object), {}, true, answer->time};
  if (!seen.object) return seen;
  LockObject lock = parse_lock_text(seen.object->bytes);
  seen.holder = std::move(lock.holder);
  seen.is_free = lock.expires && seen.time && *seen.time >= *lock.expires;
  return seen;
}

Expected<std::unique_ptr<Lock>> S3Store::lock(const LockInfo& info, const LockWait& wait, Clock& clock) {
  std::unique_ptr<Lock> lock;
  const auto held =
      wait_for_lock(place_.name, place_.lease, wait, clock, [&] { return try_lock(info, clock, lock); });
  if (!held) return tl::unexpected<Error>(held.error());
  return lock;
}

Expected<LockAttempt> S3Store::try_lock(const LockInfo& info, const Clock& clock,
                                        std::unique_ptr<Lock>& lock) {
  constexpr int kAttempts = 3;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const milliseconds asked = clock.ticks();
    auto seen = see_lock("locked");
    if (!seen) return tl::unexpected<Error>(seen.error());
    if (!seen->is_free) return LockAttempt{false, std::move(seen->holder)};
    if (!seen->time)
      return fail(fmt::format("The server of the state {} does not say what time it is, so no lock of it can "
                              "expire.",
                              place_.name),
                  "Its responses need the header Date; a proxy on the way may take it out.");
    auto taken = take_lock(info, *seen, ServerClock(*seen->time, asked), clock);
    if (!taken) return tl::unexpected<Error>(taken.error());
    lock = std::move(*taken);
    if (!lock) continue;
    if (seen->object && reach_.run.on_takeover) reach_.run.on_takeover(place_.name, seen->holder);
    return LockAttempt{true};
  }
  return LockAttempt{};
}

Expected<std::unique_ptr<Lock>> S3Store::take_lock(const LockInfo& info, const SeenLock& seen,
                                                   ServerClock time, const Clock& clock) {
  const milliseconds since = clock.ticks();
  const std::string text = lock_text(info, time.latest(since) + place_.lease);
  if (auto proven = prove_before(seen, text); !proven) return tl::unexpected<Error>(proven.error());
  const auto expected = seen.object ? std::optional(seen.object->etag) : std::nullopt;
  auto written = objects_.put(lock_key_, text, expected, "locked");
  if (!written) return tl::unexpected<Error>(written.error());
  if (!written->done) return std::unique_ptr<Lock>();
  if (auto proven = prove_after(text); !proven) {
    static_cast<void>(objects_.remove(lock_key_, written->etag));
    return tl::unexpected<Error>(proven.error());
  }
  is_proven_ = true;
  return hold(info, std::move(written->etag), time, since, clock);
}

// The lock is its own probe: nothing else is left in the bucket, whenever the run dies.
Expected<void> S3Store::prove_before(const SeenLock& seen, const std::string& text) {
  if (is_proven_ || seen.object) return {};
  const auto heeds = objects_.heeds(lock_key_, text, kNoEtag);
  if (!heeds) return tl::unexpected<Error>(heeds.error());
  if (*heeds) return {};
  const auto heeds_others = objects_.heeds(lock_key_, text, std::nullopt);
  if (const auto left = see_lock("locked"); left && left->object)
    static_cast<void>(objects_.remove(lock_key_, left->object->etag));
  if (heeds_others && *heeds_others)
    return fail(
        fmt::format("The server of the state {} writes an object under a condition that does not hold "
                    "(If-Match, where there is none): MinIO before 2025-09 does so. A state that was "
                    "removed could come back.",
                    place_.name),
        kOtherStores);
  return fail(fmt::format("The server of the state {} ignores the conditions of a write (If-Match, "
                          "If-None-Match), so two runs could overwrite each other's state.",
                          place_.name),
              kOtherStores);
}

Expected<void> S3Store::prove_after(const std::string& text) {
  if (is_proven_) return {};
  const auto heeds = objects_.heeds(lock_key_, text, std::nullopt);
  if (!heeds) return tl::unexpected<Error>(heeds.error());
  if (*heeds) return {};
  return fail(
      fmt::format("The server of the state {} ignores the condition of a write (If-None-Match), so two "
                  "runs could overwrite each other's state.",
                  place_.name),
      kOtherStores);
}

Expected<std::unique_ptr<Lock>> S3Store::hold(const LockInfo& info, std::string etag, ServerClock time,
                                              milliseconds since, const Clock& clock) {
  // A renewal has to end before the next one is due.
  constexpr int kRenewals = 4;
  auto held = std::make_shared<HeldS3Lock>(S3Objects(place_, reach_.connect(place_.lease / kRenewals)),
                                           lock_key_, info, place_.lease, std::move(etag), time, clock);
  reach_.run.lease->begin(place_.name, since, place_.lease);
  auto keeper = LeaseKeeper::start(reach_.run.lease, place_.name, clock, [held] { return held->renew(); });
  if (!keeper) {
    reach_.run.lease->end();
    static_cast<void>(objects_.remove(lock_key_, held->etag()));
    return tl::unexpected<Error>(keeper.error());
  }
  return std::unique_ptr<Lock>(std::make_unique<S3Lock>(*this, std::move(held), std::move(*keeper)));
}

LockSight S3Store::look_at_lock() {
  auto seen = see_lock("read");
  if (!seen) return {LockSight::Kind::kUnknown, {}};
  if (seen->is_free) return {};
  return {LockSight::Kind::kHeld, std::move(seen->holder)};
}

Expected<std::optional<LockInfo>> S3Store::find_holder(const LockInfo&) {
  auto seen = see_lock("read");
  if (!seen) return tl::unexpected<Error>(seen.error());
  return seen->is_free ? std::nullopt : std::optional(std::move(seen->holder));
}

Expected<void> S3Store::remove_lock(const std::string& id) {
  // Who holds it renews it now and then.
  constexpr int kAttempts = 3;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto seen = see_lock("unlocked");
    if (!seen) return tl::unexpected<Error>(seen.error());
    if (!seen->object || seen->holder.id != id)
      return tl::unexpected<Error>(
          other_lock(place_.name, seen->object ? std::optional(seen->holder) : std::nullopt));
    const auto removed = objects_.remove(lock_key_, seen->object->etag);
    if (!removed) return tl::unexpected<Error>(removed.error());
    if (*removed) return {};
  }
  return fail(fmt::format("The lock of {} changes while it is removed: its holder is at work.", place_.name),
              "Run this again once that run has ended.");
}

Expected<std::optional<std::string>> S3Store::read_kept(std::int64_t) {
  return fail(
      fmt::format("{} keeps no earlier states by their serials.", place_.name),
      fmt::format("Where the bucket has versioning, `aws s3api list-object-versions --bucket {} --prefix {}` "
                  "lists them.",
                  place_.bucket, place_.key));
}

}  // namespace rollcall::store
