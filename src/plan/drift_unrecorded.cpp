#include <fmt/format.h>

#include <set>
#include <utility>

#include "model/marker.hpp"
#include "plan/drift_parts.hpp"

namespace rollcall::plan {
namespace {

using model::ServerId;

/// Whose marker an object that this state does not know carries.
enum class Owner : std::uint8_t {
  kNobody,  // or this state's, which has forgotten the object since
  kInterruptedRun,
  kThisState,
  kOtherState,
};

Owner owner_of(const Comparison& all, model::ObjectKind kind, ServerId id,
               const std::optional<model::Marker>& marker) {
  if (!marker || model::is_forgotten(all.recorded, kind, id, marker->nonce)) return Owner::kNobody;
  if (marker->lineage != all.context.lineage) return Owner::kOtherState;
  return all.open_by_nonce(marker->nonce) != nullptr ? Owner::kInterruptedRun : Owner::kThisState;
}

std::optional<model::Marker> marker_of(const std::optional<std::string>& attribute) {
  return attribute ? model::parse_marker(*attribute) : std::nullopt;
}

/// The verdict on an object with such a marker. `to_be_created`: the roster wants its key, and the record has
/// none under it. An object of another state is no obstacle to a key that is recorded.
Ruling judge_owner(Owner owner, bool to_be_created) {
  switch (owner) {
    case Owner::kInterruptedRun:
      return {Verdict::kPending, NoteCode::kInterrupted};
    case Owner::kThisState:
      return {Verdict::kStaleState, NoteCode::kOldState};
    case Owner::kOtherState:
      return {to_be_created ? Verdict::kStaleState : Verdict::kUnlisted, NoteCode::kOtherState};
    case Owner::kNobody:
      break;
  }
  return {Verdict::kUnlisted};
}

void report(Comparison& all, const Ruling& ruling, std::string address, const model::SettingsPatch& settings,
            bool keeps) {
  DriftItem item;
  item.verdict = ruling.verdict;
  item.address = std::move(address);
  item.live = name_of(settings);
  item.note.code = ruling.note;
  if (ruling.verdict == Verdict::kStaleState) item.second_look = SecondLook::kStaleState;
  all.add(std::move(item), keeps ? Weight::kKept : Weight::kPlain);
}

void find_accounts(Comparison& all) {
  std::set<ServerId> known = ids_of(all.recorded.accounts);
  for (const model::DesiredAccount& wanted : all.desired.accounts)
    if (wanted.id) known.insert(*wanted.id);
  for (const model::LiveAccount& account : all.live.accounts) {
    if (account.sight != model::Sight::kSeen || known.contains(account.id)) continue;
    const auto marker = marker_of(account.marker);
    const Owner owner = owner_of(all, model::ObjectKind::kAccount, account.id, marker);
    const auto key = marker ? all.directory.accounts.find(marker->key) : std::nullopt;
    const model::DesiredAccount* wanted = key ? model::find(all.desired, *key) : nullptr;
    const bool to_be_created = wanted != nullptr && !wanted->id && model::find(all.recorded, *key) == nullptr;
    const Ruling ruling = judge_owner(owner, to_be_created);
    if (to_be_created &&
        all.unrecorded.accounts.try_emplace(*key, Found<model::LiveAccount>{&account, ruling}).second)
      continue;
    if (owner == Owner::kInterruptedRun) continue;
    report(all, ruling, fmt::format("accounts.#{}", account.id), account.settings,
           all.context.policy.keeps_accounts);
  }
}

/// Users cannot be listed: only members that were read are known. As members they are reported already.
void find_users(Comparison& all) {
  const std::set<ServerId> known = ids_of(all.recorded.users);
  for (const model::LiveUser& user : all.live.users) {
    if (user.sight != model::Sight::kSeen || known.contains(user.id)) continue;
    const auto marker = marker_of(user.marker);
    const Owner owner = owner_of(all, model::ObjectKind::kUser, user.id, marker);
    const auto key = all.directory.users.find(user.email);
    const model::DesiredUser* wanted = key ? model::find(all.desired, *key) : nullptr;
    if (wanted != nullptr && model::find(all.recorded, *key) == nullptr) {
      Ruling ruling = judge_owner(owner, !wanted->adopt);
      if (ruling.verdict == Verdict::kUnlisted)
        ruling = {Verdict::kPending, wanted->adopt ? NoteCode::kNone : NoteCode::kNotAdopted};
      all.unrecorded.users.try_emplace(*key, Found<model::LiveUser>{&user, ruling});
    } else if (owner == Owner::kThisState) {
      report(all, judge_owner(owner, false), fmt::format("users.#{}", user.id), user.settings, false);
    }
  }
}

void find_bots(Comparison& all) {
  const std::set<ServerId> known = ids_of(all.recorded.bots);
  for (const model::LiveBot& bot : all.live.bots)
    if (bot.sight == model::Sight::kSeen && !known.contains(bot.id))
      report(all, {Verdict::kUnlisted}, fmt::format("agent_bots.#{}", bot.id), bot.settings,
             all.context.policy.keeps_bots);
}

}  // namespace

void find_unrecorded(Comparison& all) {
  find_accounts(all);
  find_users(all);
  find_bots(all);
}

}  // namespace rollcall::plan
