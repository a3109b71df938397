#include "model/recorded.hpp"

#include <algorithm>

#include "model/sorted.hpp"

namespace rollcall::model {
const RecordedAccount* find(const RecordedEstate& estate, AccountRef account) {
  return find_sorted(estate.accounts, account, &RecordedAccount::account);
}

const RecordedUser* find(const RecordedEstate& estate, UserRef user) {
  return find_sorted(estate.users, user, &RecordedUser::user);
}

const RecordedBot* find(const RecordedEstate& estate, BotRef bot) {
  return find_sorted(estate.bots, bot, &RecordedBot::bot);
}

const Grant* find(const RecordedEstate& estate, AccountRef account, UserRef user) {
  const Grant least{account, user, Role::kAgent};
  const auto at = std::lower_bound(estate.grants.begin(), estate.grants.end(), least);
  return at != estate.grants.end() && at->account == account && at->user == user ? &*at : nullptr;
}

const UnlistedMember* find_member(const std::vector<UnlistedMember>& members, ServerId user) {
  return find_sorted(members, user, &UnlistedMember::user_id);
}

std::span<const Grant> grants_of(const RecordedEstate& estate, AccountRef account) {
  return of_account(estate.grants, account, [](const Grant& grant) { return grant.account; });
}

}  // namespace rollcall::model
