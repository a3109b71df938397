#include <algorithm>
#include <iterator>
#include <vector>

#include "state/state_change.hpp"

namespace rollcall::state {
namespace {

/// One walk over two vectors that are sorted by reference.
template <class Put, class Drop, class Object, class Ref>
void compare(const std::vector<Object>& before, const std::vector<Object>& after, Ref Object::*ref,
             std::vector<StateChange>& records) {
  auto old = before.begin();
  for (const Object& object : after) {
    for (; old != before.end() && (*old).*ref < object.*ref; ++old) records.emplace_back(Drop{(*old).*ref});
    const bool known = old != before.end() && (*old).*ref == object.*ref;
    if (!known || !(*old == object)) records.emplace_back(Put{object});
    if (known) ++old;
  }
  for (; old != before.end(); ++old) records.emplace_back(Drop{(*old).*ref});
}

}  // namespace

std::vector<StateChange> differences(const model::RecordedEstate& before,
                                     const model::RecordedEstate& after) {
  std::vector<StateChange> records;
  compare<PutAccount, DropAccount>(before.accounts, after.accounts, &model::RecordedAccount::account,
                                   records);
  compare<PutUser, DropUser>(before.users, after.users, &model::RecordedUser::user, records);
  compare<PutBot, DropBot>(before.bots, after.bots, &model::RecordedBot::bot, records);
  for (const model::Grant& grant : before.grants)
    if (model::find(after, grant.account, grant.user) == nullptr)
      records.emplace_back(DropGrant{grant.account, grant.user});
  std::vector<model::Grant> given;
  std::set_difference(after.grants.begin(), after.grants.end(), before.grants.begin(), before.grants.end(),
                      std::back_inserter(given));
  for (const model::Grant& grant : given) records.emplace_back(PutGrant{grant});
  if (after.accounts_seen_to != before.accounts_seen_to)
    records.emplace_back(PutAccountsSeenTo{after.accounts_seen_to});
  return records;
}

}  // namespace rollcall::state
