#include "model/live.hpp"

#include "model/sorted.hpp"

namespace rollcall::model {
const LiveAccount* find_account(const LiveEstate& estate, ServerId id) {
  return find_sorted(estate.accounts, id, &LiveAccount::id);
}
const LiveUser* find_user(const LiveEstate& estate, ServerId id) {
  return find_sorted(estate.users, id, &LiveUser::id);
}
const LiveBot* find_bot(const LiveEstate& estate, ServerId id) {
  return find_sorted(estate.bots, id, &LiveBot::id);
}
const LiveMember* find_member(const std::vector<LiveMember>& members, ServerId user) {
  return find_sorted(members, user, &LiveMember::user_id);
}

}  // namespace rollcall::model
