#include <algorithm>
#include <set>
#include <utility>

#include "model/sorted.hpp"
#include "plan/live_view.hpp"
#include "plan/moves.hpp"
#include "plan/plan.hpp"

namespace rollcall::plan {
namespace {

std::vector<model::UnlistedMember> members_of(const model::LiveAccount& account, const MemberNames& names) {
  std::vector<model::UnlistedMember> members;
  if (account.members_sight != model::Sight::kSeen) return members;
  for (const model::LiveMember& member : account.members)
    members.push_back({member.user_id, member.role, names.name_of(member.user_id).email});
  return members;
}

/// The id under which an account is to be bound: the recorded one of what was released, or that of `id:`.
std::optional<model::ServerId> id_to_bind(const model::RecordedEstate& recorded,
                                          const std::set<model::ServerId>& recorded_ids,
                                          const model::DesiredAccount& wanted) {
  if (const model::RecordedAccount* known = model::find(recorded, wanted.ref))
    return known->released ? std::optional(known->id) : std::nullopt;
  const bool is_another = wanted.id && recorded_ids.contains(*wanted.id);
  return is_another ? std::nullopt : wanted.id;
}

/// The accounts that a user's own response names and the record does not know.
std::vector<model::ServerId> accounts_elsewhere(const std::set<model::ServerId>& known,
                                                const model::LiveUser* user) {
  std::vector<model::ServerId> accounts;
  if (user == nullptr || user->sight != model::Sight::kSeen) return accounts;
  for (const model::LiveMembership& membership : user->memberships)
    if (!known.contains(membership.account_id)) accounts.push_back(membership.account_id);
  return accounts;
}

}  // namespace

Existing find_existing(const model::DesiredEstate& desired, const model::RecordedEstate& as_recorded,
                       const model::LiveEstate& live, const model::Directory& directory) {
  // Moves that no plan can make are the plan's to refuse.
  const Moves moves = effective_moves(desired, as_recorded, directory).value_or(Moves{});
  model::RecordedEstate renamed;
  const model::RecordedEstate& recorded = after_moves(as_recorded, moves, desired, directory, renamed);
  const std::set<model::ServerId> accounts = ids_of(recorded.accounts);
  Existing existing;
  const MemberNames names(recorded, live, directory);
  for (const model::DesiredAccount& wanted : desired.accounts) {
    const auto id = id_to_bind(recorded, accounts, wanted);
    const model::LiveAccount* account = id ? model::find_account(live, *id) : nullptr;
    if (account == nullptr || account->sight != model::Sight::kSeen) continue;
    existing.accounts.push_back({wanted.ref, account->settings, members_of(*account, names)});
  }
  for (const model::RecordedUser& known : recorded.users) {
    if (!known.released || model::find(desired, known.ref) == nullptr) continue;
    const model::LiveUser* user = model::find_user(live, known.id);
    if (user != nullptr && user->sight == model::Sight::kSeen)
      existing.users.push_back({known.ref, user->id, user->settings});
  }
  for (const model::LiveUser& user : live.users) {
    const auto ref = user.sight == model::Sight::kSeen ? directory.users.find(user.email) : std::nullopt;
    const model::DesiredUser* wanted = ref ? model::find(desired, *ref) : nullptr;
    if (wanted != nullptr && wanted->adopt && model::find(recorded, *ref) == nullptr)
      existing.users.push_back({*ref, user.id, user.settings});
  }
  for (const model::RecordedUser& known : recorded.users)
    if (model::deletes_on_removal(known) && model::find(desired, known.ref) == nullptr)
      if (auto others = accounts_elsewhere(accounts, model::find_user(live, known.id)); !others.empty())
        existing.elsewhere.push_back({known.ref, std::move(others)});
  std::sort(existing.users.begin(), existing.users.end(),
            [](const Existing::User& a, const Existing::User& b) { return a.ref < b.ref; });
  return existing;
}

}  // namespace rollcall::plan
