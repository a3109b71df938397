#include <algorithm>
#include <iterator>
#include <vector>

#include "state/state_change.hpp"

namespace rollcall::state {
namespace {

/// One walk over two vectors that are sorted by reference.
template <class Kind>
void compare(const std::vector<model::Recorded<Kind>>& before,
             const std::vector<model::Recorded<Kind>>& after, std::vector<StateChange>& records) {
  auto old = before.begin();
  for (const model::Recorded<Kind>& object : after) {
    for (; old != before.end() && old->ref < object.ref; ++old) records.emplace_back(Drop<Kind>{old->ref});
    const bool known = old != before.end() && old->ref == object.ref;
    if (!known || !(*old == object)) records.emplace_back(Put<Kind>{object});
    if (known) ++old;
  }
  for (; old != before.end(); ++old) records.emplace_back(Drop<Kind>{old->ref});
}

}  // namespace

std::vector<StateChange> differences(const model::RecordedEstate& before,
                                     const model::RecordedEstate& after) {
  std::vector<StateChange> records;
  model::each_kind([&]<class Kind>(Kind) { compare<Kind>(before.of<Kind>(), after.of<Kind>(), records); });
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
