#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/address.hpp"
#include "plan/drift.hpp"
#include "plan/drift_verdict.hpp"
#include "plan/live_view.hpp"
#include "plan/moves.hpp"

namespace rollcall::plan {

using Side = std::optional<Fact>;

/// An object of the server that stands where the roster wants one to be created.
template <class Live>
struct Found {
  const Live* live = nullptr;
  Ruling ruling{Verdict::kPending};
};

/// Objects of the server that this state does not know, under the wanted keys that their markers name.
struct Unrecorded {
  std::map<model::AccountRef, Found<model::LiveAccount>> accounts;
  std::map<model::UserRef, Found<model::LiveUser>> users;
};

/// What earlier runs left open, by what it is looked up by; the first of each.
struct OpenActions {
  explicit OpenActions(const std::vector<OpenAction>& open);
  std::unordered_map<std::string_view, const OpenAction*> by_address;
  std::unordered_map<std::string_view, const OpenAction*> by_nonce;
};

/// What the parts of a comparison share, and the report that they add to.
struct Comparison {
  const model::DesiredEstate& desired;
  /// After the moves.
  const model::RecordedEstate& recorded;
  const model::LiveEstate& live;
  const model::Directory& directory;
  const Moves& moves;
  const DriftContext& context;
  MemberNames names;
  OpenActions open;
  AccountsById accounts;
  Unrecorded unrecorded{};
  Drift drift{};

  /// Adds the item, with what decides whether it counts. What an interrupted run left open is pending,
  /// whatever the three say.
  DriftItem& add(DriftItem item, Weight weight = Weight::kPlain);
  void fail_to_read(const std::string& address, model::Sight sight, const std::string& failure);
  /// The action that an earlier run left open; nullptr where there is none.
  [[nodiscard]] const OpenAction* open_by_address(const std::string& address) const;
  [[nodiscard]] const OpenAction* open_by_nonce(const std::string& nonce) const;
  /// Whether a deletion of this object was sent and has not been seen to be over.
  [[nodiscard]] bool deletes(const std::string& address) const;
};

template <class Object>
ObjectLive live_of(const Object* object) {
  if (object == nullptr) return ObjectLive::kNotRead;
  switch (object->sight) {
    case model::Sight::kSeen:
      return ObjectLive::kYes;
    case model::Sight::kMissing:
      return ObjectLive::kNo;
    default:
      return ObjectLive::kNotRead;
  }
}

template <class Object>
void count_checked(const Object* object, std::size_t& checked) {
  if (live_of(object) != ObjectLive::kNotRead) ++checked;
}

Side name_of(const model::SettingsPatch& settings);
/// The `status` of an account that is closed for everybody.
model::Value suspended_status();

template <class Recorded>
ObjectRecorded recorded_of(const Recorded& recorded, bool deletes) {
  if (deletes) return ObjectRecorded::kDeleting;
  if (recorded.released) return ObjectRecorded::kReleased;
  return recorded.missing_since ? ObjectRecorded::kMissing : ObjectRecorded::kManaged;
}

/// The item of an object as a whole; `wanted`, `recorded` and `live` may be nullptr.
template <class Wanted, class Recorded, class Live>
DriftItem object_item(const Ruling& ruling, const std::string& address, const Wanted* wanted,
                      const Recorded* recorded, const Live* live) {
  DriftItem item;
  item.verdict = ruling.verdict;
  item.address = address;
  if (wanted != nullptr) item.wanted = name_of(wanted->settings), item.origin = wanted->origin;
  if (recorded != nullptr) item.recorded = name_of(recorded->settings);
  if (live_of(live) == ObjectLive::kYes) item.live = name_of(live->settings);
  item.live_read = live_of(live) != ObjectLive::kNotRead;
  item.note.code = ruling.note;
  if (ruling.verdict == Verdict::kGone && recorded != nullptr && recorded->missing_since)
    item.note = {NoteCode::kFirstMissed, recorded->missing_since};
  return item;
}

/// Judges an object that is recorded, and adds what there is to say. True where it was seen and is wanted, so
/// that its parts can be compared.
template <class Wanted, class Recorded, class Live>
bool compare_object(Comparison& all, const Wanted* wanted, const Recorded& recorded, const Live* live,
                    const std::string& address, Weight weight = Weight::kPlain) {
  if (live != nullptr) all.fail_to_read(address, live->sight, live->failure);
  const auto ruling = judge_object(wanted == nullptr ? ObjectWanted::kNo : ObjectWanted::kYes,
                                   recorded_of(recorded, all.deletes(address)), live_of(live));
  if (ruling)
    all.add(object_item(*ruling, address, wanted, &recorded, live),
            ruling->verdict == Verdict::kPending ? weight : Weight::kPlain);
  return wanted != nullptr && live_of(live) == ObjectLive::kYes;
}

/// What is recorded of a setting. Of what was released nobody kept track: where the server differs by now,
/// nothing is.
template <class Recorded>
const model::Value* recorded_value(const Recorded& recorded, const model::SettingName& name,
                                   const model::Value& live) {
  const model::Value* value = recorded.settings.find(name);
  return recorded.released && value != nullptr && *value != live ? nullptr : value;
}

/// Settings that the roster manages. `recorded_value(name, live)` answers a pointer, `live_value(name)` a
/// value.
template <class Wanted, class RecordedValue, class LiveValue>
void compare_settings(Comparison& all, const Wanted& wanted, const std::string& address,
                      const RecordedValue& recorded_value, const LiveValue& live_value) {
  for (const model::Setting& setting : wanted.settings) {
    // The server answers a bot's name for this one (agent_bots.* of the recordings).
    if (setting.name.field == model::Field::kOutgoingUrl) continue;
    const model::Value live = live_value(setting.name);
    const model::Value* recorded = recorded_value(setting.name, live);
    const auto verdict = judge_setting(setting.value, recorded, live);
    if (!verdict) continue;
    DriftItem item;
    item.verdict = *verdict;
    item.address = address;
    item.what = model::to_string(setting.name);
    item.wanted = Fact(setting.value);
    if (recorded != nullptr) item.recorded = Fact(*recorded);
    item.live = Fact(live);
    item.origin = model::origin_of(wanted, setting.name);
    if (setting.name.field == model::Field::kStatus && setting.value == suspended_status() &&
        (*verdict == Verdict::kChanged || *verdict == Verdict::kConflict))
      item.second_look = SecondLook::kActiveAgain;
    all.add(std::move(item));
  }
}

/// One walk over roster and record: what only the roster has, what both have, and what only the record has.
template <class Kind, class New, class Both, class Left>
void compare_kind(Comparison& all, const New& is_new, const Both& is_recorded, const Left& has_left) {
  const auto ref = [](const auto& object) { return object.ref; };
  model::merge_sorted(all.desired.of<Kind>(), ref, all.recorded.of<Kind>(), ref, is_new, is_recorded,
                      has_left);
}

/// Reports what only the server has. What stands under a wanted key that is not recorded is left in
/// `unrecorded` for the comparison of the objects, which come after.
void find_unrecorded(Comparison& all);
void compare_accounts(Comparison& all);
void compare_users(Comparison& all);
void compare_bots(Comparison& all);
/// The members of an account that was read, against the grants of roster and record.
void compare_members(Comparison& all, const model::DesiredAccount& wanted, const model::LiveAccount& live);
/// Grants of an account that is to be created.
void add_pending_grants(Comparison& all, const model::DesiredAccount& wanted);
}  // namespace rollcall::plan
