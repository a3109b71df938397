#include <fmt/format.h>

#include <array>
#include <stop_token>
#include <utility>

#include "store/lease_keeper.hpp"
#include "store/postgres_error.hpp"
#include "store/postgres_sql.hpp"
#include "store/postgres_store.hpp"

namespace rollcall::store {
namespace {

using Cell = std::optional<std::string>;

/// Nothing where the row was not there.
std::optional<LockInfo> lock_in(const Cell& id, const Cell& holder) {
  if (!id) return std::nullopt;
  LockInfo info = parse_lock_info(holder.value_or("")).value_or(LockInfo{});
  info.id = *id;
  return info;
}

std::string as_seconds(std::chrono::milliseconds length) {
  constexpr double kMillisecondsInSecond = 1000.0;
  return fmt::format("{:.3f}", static_cast<double>(length.count()) / kMillisecondsInSecond);
}

/// One renewal, over `connection`.
Expected<Renewal> renew(PostgresConnection& connection, const PostgresPlace& place, const std::string& state,
                        const std::string& id, const std::string& length) {
  const auto answer = connection.run(kRenew, {{state}, {id}, {length}});
  if (!answer) return tl::unexpected<Error>(explain(answer.error(), place, "locked any longer"));
  const auto& row = answer->rows.at(0);
  if (row[0] != "0") return Renewal{};
  auto holder = lock_in(row[1], row[2]);
  if (holder && holder->id == id) return fail("It was over when it was to be renewed.");
  return Renewal{false, std::move(holder)};
}

}  // namespace

class PostgresStore::PostgresLock final : public Lock {
 public:
  PostgresLock(PostgresStore& store, std::shared_ptr<Lease> lease, std::string id)
      : store_(store), lease_(std::move(lease)), id_(std::move(id)) {}
  PostgresLock(const PostgresLock&) = delete;
  PostgresLock& operator=(const PostgresLock&) = delete;
  ~PostgresLock() override {
    if (const auto released = let_go(); !released && store_.run_.on_left_lock)
      store_.run_.on_left_lock(released.error());
  }

  Expected<void> release() override { return let_go(); }

  Expected<void> start(const Clock& clock) {
    // A renewal that hangs leaves time for another one.
    constexpr int kParts = 3;
    const auto part = store_.length_ / kParts;
    const PostgresPatience patience{1, part, part, part, std::chrono::milliseconds{0}};
    PostgresAccess access = store_.access_;
    access.stop = stop_.get_token();
    access.hide = nullptr;
    auto connection = std::make_shared<PostgresConnection>(store_.place_, std::move(access), patience);
    auto keeper = LeaseKeeper::start(
        lease_, store_.place_.name, clock,
        [connection = std::move(connection), place = store_.place_, state = store_.state_, id = id_,
         length = as_seconds(store_.length_)] { return renew(*connection, place, state, id, length); });
    if (!keeper) return tl::unexpected<Error>(keeper.error());
    keeper_ = std::move(*keeper);
    return {};
  }

 private:
  Expected<void> let_go() {
    const std::string id = std::exchange(id_, {});
    if (id.empty()) return {};
    stop_.request_stop();
    keeper_.reset();
    lease_->end();
    store_.lock_id_.clear();
    auto released = store_.unlock(id);
    if (released) return released;
    return fail(fmt::format("{} The lock of {} stays.", released.error().message, store_.place_.name),
                fmt::format("It expires within {} s; `rollcall unlock {}` removes it at once.",
                            std::chrono::ceil<std::chrono::seconds>(store_.length_).count(), quoted(id)));
  }

  PostgresStore& store_;
  std::shared_ptr<Lease> lease_;
  std::string id_;
  std::stop_source stop_;
  std::unique_ptr<LeaseKeeper> keeper_;
};

Expected<void> PostgresStore::make_tables() {
  if (auto none = require_no_tables("locked"); !none) return none;
  for (const char* statement : kCreateTables) {
    const auto made = connection_.run(statement, {});
    // Another run makes them at this very moment.
    const bool is_there = !made && (made.error().sqlstate == "23505" || made.error().sqlstate == "42P07");
    if (made || is_there) continue;
    Error error = explain(made.error(), place_, "locked");
    if (made.error().sqlstate != "42501" && made.error().sqlstate != "3F000") return tl::unexpected(error);
    return fail(
        fmt::format("{} has no tables yet, and the role {} may not create them ({}).", place_.name,
                    place_.user, made.error().words),
        fmt::format("Have somebody who may run: {}GRANT SELECT, INSERT, UPDATE, DELETE ON rollcall_state, "
                    "rollcall_state_history, rollcall_lock TO {};",
                    create_tables_by_hand(), place_.user));
  }
  return {};
}

Expected<LockAttempt> PostgresStore::try_lock(const LockInfo& info, Clock& clock) {
  const std::string holder = to_json(info);
  const std::string length = as_seconds(length_);
  const std::vector<PostgresValue> values = {{state_}, {info.id}, {holder}, {length}};
  auto since = clock.ticks();
  auto answer = connection_.run(kLock, values);
  if (is_missing_table(answer)) {
    if (const auto made = make_tables(); !made) return tl::unexpected<Error>(made.error());
    since = clock.ticks();
    answer = connection_.run(kLock, values);
  }
  if (!answer) {
    // It may be taken all the same, and would keep everybody out for a while.
    if (answer.error().stage == PostgresFailure::Stage::kLost) static_cast<void>(unlock(info.id));
    return tl::unexpected<Error>(explain(answer.error(), place_, "locked"));
  }
  const auto& row = answer->rows.at(0);
  const auto before = lock_in(row[1], row[2]);
  if (row[0] == "0") return LockAttempt{false, before};
  run_.lease->begin(place_.name, since, length_);
  if (before && before->id != info.id && run_.on_takeover) run_.on_takeover(place_.name, *before);
  return LockAttempt{true, {}};
}

Expected<std::unique_ptr<Lock>> PostgresStore::lock(const LockInfo& info, const LockWait& wait,
                                                    Clock& clock) {
  if (!run_.lease) run_.lease = std::make_shared<Lease>(clock);
  const auto held = wait_for_lock(place_.name, length_, wait, clock, [&] { return try_lock(info, clock); });
  if (!held) return tl::unexpected<Error>(held.error());
  lock_id_ = info.id;
  auto lock = std::make_unique<PostgresLock>(*this, run_.lease, info.id);
  if (const auto kept = lock->start(clock); !kept) return tl::unexpected<Error>(kept.error());
  return std::unique_ptr<Lock>(std::move(lock));
}

Expected<void> PostgresStore::unlock(const std::string& id) {
  const auto answer = connection_.run(kUnlock, {{state_}, {id}});
  if (!answer) return tl::unexpected<Error>(explain(answer.error(), place_, "unlocked"));
  return {};
}

Expected<std::optional<LockInfo>> PostgresStore::holder() {
  const auto found = look_up(kLook, {{state_}});
  if (!found) return tl::unexpected<Error>(found.error());
  if (found->rows.empty()) return std::optional<LockInfo>();
  return lock_in(found->rows[0][0], found->rows[0][1]);
}

LockSight PostgresStore::look_at_lock() {
  auto held = holder();
  if (!held) return {LockSight::Kind::kUnknown, {}};
  return {*held ? LockSight::Kind::kHeld : LockSight::Kind::kFree, std::move(*held)};
}

Expected<std::optional<LockInfo>> PostgresStore::find_holder(const LockInfo& /*asking*/) {
  return holder();
}

Expected<void> PostgresStore::remove_lock(const std::string& id) {
  const auto answer = connection_.run(kUnlock, {{state_}, {id}});
  if (!answer && !is_missing_table(answer))
    return tl::unexpected<Error>(explain(answer.error(), place_, "unlocked"));
  // An attempt whose end is unknown may have removed it.
  if (answer && (!answer->rows.empty() || answer->repeated)) return {};
  const auto held = holder();
  if (!held) return tl::unexpected<Error>(held.error());
  return tl::unexpected<Error>(other_lock(place_.name, *held));
}

}  // namespace rollcall::store
