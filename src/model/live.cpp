#include "model/live.hpp"

#include "model/sorted.hpp"

namespace rollcall::model {
const LiveAccount* find_account(const LiveEstate& estate, ServerId id) {
  return find_live<Account>(estate, id);
}
const LiveUser* find_user(const LiveEstate& estate, ServerId id) {
  return find_live<User>(estate, id);
}
const LiveBot* find_bot(const LiveEstate& estate, ServerId id) {
  return find_live<Bot>(estate, id);
}
const LiveMember* find_member(const std::vector<LiveMember>& members, ServerId user) {
  return find_sorted(members, user, &LiveMember::user_id);
}

}  // namespace rollcall::model
