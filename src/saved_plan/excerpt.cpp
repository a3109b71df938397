#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "saved_plan/saved_plan.hpp"

namespace rollcall::saved_plan {
namespace {

/// The recorded object without all that no report of a plan shows.
template <class Kind>
model::Recorded<Kind> name_of(const model::Recorded<Kind>& object) {
  model::Recorded<Kind> part;
  part.ref = object.ref;
  if (const model::Value* name = object.settings.find(model::Field::kName))
    part.settings.set(model::Field::kName, *name);
  return part;
}

/// Whether reports count or name the members of the account.
bool shows_members(const plan::Action& action) {
  return plan::suspends(action) || action.verb == plan::Verb::kDelete || action.verb == plan::Verb::kRelease;
}

}  // namespace

model::RecordedEstate excerpt(const plan::Plan& plan, const model::RecordedEstate& recorded) {
  std::set<model::AccountRef> accounts, closed;
  std::set<model::UserRef> users, moved;
  for (const plan::Action& action : plan.actions) {
    if (const auto* account = std::get_if<plan::AccountAction>(&action.object)) {
      const model::AccountRef ref = account->moved_from.value_or(account->ref);
      accounts.insert(ref);
      if (shows_members(action)) closed.insert(ref);
    }
    if (const auto* user = std::get_if<plan::UserAction>(&action.object)) {
      users.insert(user->moved_from.value_or(user->ref));
      if (user->moved_from) moved.insert({*user->moved_from, user->ref});
    }
  }
  model::RecordedEstate part;
  for (const model::AccountRef ref : accounts)
    if (const auto* account = model::find(recorded, ref))
      part.accounts.emplace_back(name_of(*account)).unlisted =
          closed.contains(ref) ? account->unlisted : std::vector<model::UnlistedMember>();
  for (const model::UserRef ref : users)
    if (const auto* user = model::find(recorded, ref)) part.users.push_back(name_of(*user));
  for (const model::Grant& grant : recorded.grants)
    if (closed.contains(grant.account) || moved.contains(grant.user)) part.grants.push_back(grant);
  return part;
}

}  // namespace rollcall::saved_plan
