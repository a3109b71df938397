#include "data.hpp"

#include "text.hpp"

namespace sandbox {
namespace {

template <typename T>
std::optional<T> found(const std::map<std::string, T>& map, const std::string& key) {
  const auto it = map.find(key);
  return it == map.end() ? std::nullopt : std::optional<T>(it->second);
}

std::vector<Id> ids_under(const std::map<std::pair<Id, Id>, Id>& map, Id first) {
  std::vector<Id> ids;
  for (auto it = map.lower_bound({first, 0}); it != map.end() && it->first.first == first; ++it) {
    ids.push_back(it->first.second);
  }
  return ids;
}

}  // namespace

std::vector<Id> Data::memberships_of_account(Id account_id) const {
  return ids_under(by_account_, account_id);
}

std::vector<Id> Data::memberships_of_user(Id user_id) const {
  return ids_under(by_user_, user_id);
}

std::optional<Id> Data::find_membership(Id account_id, Id user_id) const {
  const auto it = by_both_.find({account_id, user_id});
  return it == by_both_.end() ? std::nullopt : std::optional<Id>(it->second);
}

std::optional<Id> Data::find_user_by_email(const std::string& email) const {
  return found(users_by_email_, email);
}

std::optional<Id> Data::find_user_by_token(const std::string& token) const {
  return found(users_by_token_, token);
}

User& Data::add_user(User user) {
  user.id = next_id("users");
  user.access_token = random_token(24);
  user.pubsub_token = random_token(24);
  index(user);
  return users[user.id] = std::move(user);
}

void Data::change_email(User& user, const std::string& email) {
  users_by_email_.erase(user.email);
  user.email = email;
  users_by_email_[email] = user.id;
}

void Data::erase_user(Id id) {
  const auto it = users.find(id);
  if (it == users.end()) return;
  users_by_email_.erase(it->second.email);
  users_by_token_.erase(it->second.access_token);
  users.erase(it);
}

Membership& Data::add_membership(Id account_id, Id user_id, std::optional<std::string> role) {
  const std::int64_t now = now_ms();
  const Membership row{next_id("memberships"), account_id, user_id, std::move(role), now, now};
  index(row);
  return memberships[row.id] = row;
}

void Data::erase_membership(Id id) {
  const auto it = memberships.find(id);
  if (it == memberships.end()) return;
  by_account_.erase({it->second.account_id, id});
  by_user_.erase({it->second.user_id, id});
  by_both_.erase({it->second.account_id, it->second.user_id});
  memberships.erase(it);
}

void Data::index(const User& user) {
  users_by_email_[user.email] = user.id;
  users_by_token_[user.access_token] = user.id;
}

void Data::index(const Membership& membership) {
  by_account_[{membership.account_id, membership.id}] = membership.user_id;
  by_user_[{membership.user_id, membership.id}] = membership.account_id;
  by_both_[{membership.account_id, membership.user_id}] = membership.id;
}

}  // namespace sandbox
