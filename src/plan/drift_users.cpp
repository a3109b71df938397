#include <utility>

#include "plan/drift_parts.hpp"

namespace rollcall::plan {
namespace {

using model::DesiredUser;
using model::LiveUser;
using model::RecordedUser;

void compare_email(Comparison& all, const DesiredUser& wanted, const LiveUser& live) {
  const model::UserRef before = moved_from(all.moves.users, wanted.ref).value_or(wanted.ref);
  const std::string& w = all.directory.key(wanted.ref);
  const std::string& r = all.directory.key(before);
  if (live.email.empty()) return;
  const auto verdict = judge(std::optional(w), std::optional(r), std::optional(live.email));
  if (!verdict) return;
  DriftItem item;
  item.verdict = *verdict;
  item.address = model::object_address<model::User>(w);
  item.what = "email";
  item.wanted = Fact(w);
  item.recorded = Fact(r);
  item.live = Fact(live.email);
  item.origin = wanted.origin;
  if (*verdict == Verdict::kChanged || *verdict == Verdict::kConflict) {
    item.note.code = NoteCode::kAddressStays;
    item.second_look = SecondLook::kSignInAddress;
  }
  all.add(std::move(item));
}

const LiveUser* look_at(Comparison& all, const RecordedUser& recorded) {
  const LiveUser* live = model::find_user(all.live, recorded.id);
  count_checked(live, all.drift.users_checked);
  if (live == nullptr || live->sight == model::Sight::kNotRead) all.drift.users_read = false;
  return live;
}

void compare_recorded(Comparison& all, const DesiredUser& wanted, const RecordedUser& recorded) {
  const LiveUser* live = look_at(all, recorded);
  const std::string address = model::address_of(wanted.ref, all.directory);
  if (!compare_object(all, &wanted, recorded, live, address)) return;
  compare_settings(
      all, wanted, address,
      [&](const auto& name, const auto& value) { return recorded_value(recorded, name, value); },
      [&](const model::SettingName& name) { return model::live_value(live->settings, name); });
  compare_email(all, wanted, *live);
}

/// A user who is not recorded is known on the server only where a member that was read has the address.
void compare_new(Comparison& all, const DesiredUser& wanted) {
  const auto at = all.unrecorded.users.find(wanted.ref);
  const auto found = at == all.unrecorded.users.end() ? Found<LiveUser>{} : at->second;
  const RecordedUser* none = nullptr;
  DriftItem item =
      object_item(found.ruling, model::address_of(wanted.ref, all.directory), &wanted, none, found.live);
  if (item.verdict == Verdict::kStaleState) item.second_look = SecondLook::kStaleState;
  all.add(std::move(item));
}

/// Who left and had to be released, because the server deletes only who is a member of nothing.
void compare_waiting(Comparison& all, const RecordedUser& recorded, const std::string& address) {
  const LiveUser* live = look_at(all, recorded);
  if (live != nullptr) all.fail_to_read(address, live->sight, live->failure);
  const bool is_gone = live_of(live) == ObjectLive::kNo;
  const Ruling ruling{is_gone ? Verdict::kConverged : Verdict::kPending,
                      is_gone ? NoteCode::kNone : NoteCode::kMembershipLeft};
  const DesiredUser* none = nullptr;
  all.add(object_item(ruling, address, none, &recorded, live));
}

void compare_left(Comparison& all, const RecordedUser& recorded) {
  const std::string address = model::address_of(recorded.ref, all.directory);
  const DesiredUser* none = nullptr;
  if (!recorded.released || all.deletes(address))
    compare_object(all, none, recorded, look_at(all, recorded), address);
  else if (model::waits_for_deletion(recorded))
    compare_waiting(all, recorded, address);
}

}  // namespace

void compare_users(Comparison& all) {
  compare_kind<model::User>(
      all, [&](const auto& wanted) { compare_new(all, wanted); },
      [&](const auto& wanted, const auto& recorded) { compare_recorded(all, wanted, recorded); },
      [&](const auto& recorded) { compare_left(all, recorded); });
}

}  // namespace rollcall::plan
