#include <algorithm>
#include <optional>
#include <utility>

#include "model/marker.hpp"
#include "plan/drift_parts.hpp"

namespace rollcall::plan {
namespace {

using model::DesiredAccount;
using model::LiveAccount;
using model::RecordedAccount;

/// Settings and members of an account that was seen; `recorded` is nullptr where the roster binds one that is
/// not recorded yet.
void compare_parts(Comparison& all, const DesiredAccount& wanted, const RecordedAccount* recorded,
                   const LiveAccount& live) {
  const std::string address = model::address_of(wanted.ref, all.directory);
  const model::Value suspended = suspended_status();
  const auto value_of = [&](const model::SettingName& name,
                            const model::Value& value) -> const model::Value* {
    if (recorded == nullptr) return nullptr;
    if (name.field == model::Field::kStatus && recorded->suspended_by_removal) return &suspended;
    return recorded_value(*recorded, name, value);
  };
  compare_settings(all, wanted, address, value_of,
                   [&](const model::SettingName& name) { return model::live_value(live.settings, name); });
  all.fail_to_read(address, live.members_sight, live.members_failure);
  if (live.members_sight == model::Sight::kSeen) compare_members(all, wanted, live);
}

/// A key that `moved` gives the account, until an apply has written it into the marker.
void compare_key(Comparison& all, const DesiredAccount& wanted, const RecordedAccount& recorded,
                 const LiveAccount* live) {
  const auto* move = change_to(all.moves.accounts, wanted.ref);
  if (move == nullptr) return;
  DriftItem item;
  item.verdict = Verdict::kPending;
  item.address = model::address_of(wanted.ref, all.directory);
  item.what = "key";
  item.wanted = Fact(all.directory.key(wanted.ref));
  item.recorded = Fact(all.directory.key(move->from));
  item.origin = move->origin;
  const auto marker =
      live_of(live) == ObjectLive::kYes && live->marker ? model::parse_marker(*live->marker) : std::nullopt;
  // An account that was bound carries no marker.
  item.live_read = marker && marker->nonce == recorded.nonce;
  if (item.live_read) {
    item.live = Fact(marker->key);
    if (marker->key == all.directory.key(wanted.ref)) item.verdict = Verdict::kConverged;
  }
  all.add(std::move(item));
}

void compare_recorded(Comparison& all, const DesiredAccount& wanted, const RecordedAccount& recorded) {
  const LiveAccount* live = model::find_account(all.live, recorded.id);
  count_checked(live, all.drift.accounts_checked);
  compare_key(all, wanted, recorded, live);
  if (compare_object(all, &wanted, recorded, live, model::address_of(wanted.ref, all.directory)))
    compare_parts(all, wanted, &recorded, *live);
}

/// An account that the roster wants and that is not recorded: to be bound, found under the key, or to be
/// created.
void compare_new(Comparison& all, const DesiredAccount& wanted) {
  const std::string address = model::address_of(wanted.ref, all.directory);
  const RecordedAccount* none = nullptr;
  if (wanted.id) {
    const LiveAccount* live = model::find_account(all.live, *wanted.id);
    count_checked(live, all.drift.accounts_checked);
    if (live != nullptr) all.fail_to_read(address, live->sight, live->failure);
    if (const auto ruling = judge_object(ObjectWanted::kBound, ObjectRecorded::kNo, live_of(live)))
      all.add(object_item(*ruling, address, &wanted, none, live));
    if (live_of(live) == ObjectLive::kYes) compare_parts(all, wanted, nullptr, *live);
    return;
  }
  const auto found = all.unrecorded.accounts.find(wanted.ref);
  if (found == all.unrecorded.accounts.end()) {
    DriftItem item =
        object_item({Verdict::kPending}, address, &wanted, none, static_cast<LiveAccount*>(nullptr));
    item.live_read = all.drift.accounts_listed;
    all.add(std::move(item));
  } else {
    DriftItem item = object_item(found->second.ruling, address, &wanted, none, found->second.live);
    if (item.verdict == Verdict::kStaleState) item.second_look = SecondLook::kStaleState;
    all.add(std::move(item));
  }
  add_pending_grants(all, wanted);
}

/// A suspension by `on_remove` that was ended on the server. Where the record knows of it, the next plan
/// makes it anew.
void compare_suspension(Comparison& all, const RecordedAccount& recorded, const LiveAccount* live) {
  const std::string address = model::address_of(recorded.ref, all.directory);
  if (live != nullptr) all.fail_to_read(address, live->sight, live->failure);
  count_checked(live, all.drift.accounts_checked);
  if (live_of(live) != ObjectLive::kYes) return;
  const model::Value suspended = suspended_status();
  const model::Value status = model::live_value(live->settings, {model::Field::kStatus, {}});
  if (status == suspended) return;
  DriftItem item;
  item.verdict = recorded.suspended_by_removal ? Verdict::kChanged : Verdict::kPending;
  item.address = address;
  item.what = model::field_name(model::Field::kStatus);
  item.recorded = Fact(recorded.suspended_by_removal ? suspended : status);
  item.live = Fact(status);
  item.note.code = NoteCode::kActiveAgain;
  item.second_look = SecondLook::kActiveAgain;
  all.add(std::move(item), recorded.suspended_by_removal ? Weight::kPlain : Weight::kEndsAccess);
}

void compare_left(Comparison& all, const RecordedAccount& recorded) {
  const LiveAccount* live = model::find_account(all.live, recorded.id);
  const std::string address = model::address_of(recorded.ref, all.directory);
  if (recorded.released && !all.deletes(address)) {
    if (model::stays_suspended(recorded)) compare_suspension(all, recorded, live);
    return;
  }
  count_checked(live, all.drift.accounts_checked);
  const DesiredAccount* none = nullptr;
  const bool closes = recorded.on_remove == model::OnRemove::kSuspend;
  compare_object(all, none, recorded, live, address, closes ? Weight::kEndsAccess : Weight::kPlain);
}

}  // namespace

void compare_accounts(Comparison& all) {
  compare_kind<model::Account>(
      all, [&](const auto& wanted) { compare_new(all, wanted); },
      [&](const auto& wanted, const auto& recorded) { compare_recorded(all, wanted, recorded); },
      [&](const auto& recorded) { compare_left(all, recorded); });
}

}  // namespace rollcall::plan
