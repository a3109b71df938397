#include "model/recorded.hpp"

#include <algorithm>

namespace rollcall::model {
namespace {

template <class Object, class Ref>
const Object* find_sorted(const std::vector<Object>& objects, Ref wanted, Ref Object::*ref) {
  const auto at = std::lower_bound(objects.begin(), objects.end(), wanted,
                                   [&](const Object& object, Ref value) { return object.*ref < value; });
  return at != objects.end() && (*at).*ref == wanted ? &*at : nullptr;
}

}  // namespace

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

}  // namespace rollcall::model
