#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "json.hpp"

namespace sandbox {

using Id = std::int64_t;

struct Account {
  Id id = 0;
  std::string name;
  std::optional<std::string> locale = "en";
  std::optional<std::string> domain;
  std::optional<std::string> support_email;
  std::optional<std::string> status = "active";
  std::set<std::string> features;
  Json limits = Json::object();
  Json custom_attributes = Json::object();
  std::int64_t created_at = 0;
};

struct User {
  Id id = 0;
  std::string name;
  std::optional<std::string> display_name;
  std::string email;
  Json custom_attributes = Json::object();
  std::string access_token;
  std::string pubsub_token;
  std::string type;  // empty, or SuperAdmin
  bool confirmed = true;
};

struct Membership {
  Id id = 0;
  Id account_id = 0;
  Id user_id = 0;
  std::optional<std::string> role;
  std::int64_t created_at = 0;
  std::int64_t updated_at = 0;
};

struct AgentBot {
  Id id = 0;
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<std::string> outgoing_url;
  std::optional<Id> account_id;
  std::string access_token;
};

// What a platform app may see: ids of things it made, or adopted. They stay after a deletion, which is
// why the server's lists answer 500 from then on.
struct Permissions {
  std::set<Id> accounts;
  std::set<Id> users;
  std::set<Id> agent_bots;
};

enum class JobKind { kDeleteAccount, kDeleteUser, kDropOfAccount, kDropOfUser, kClearNotifications };

// Work that the server does after its answer. account_id and user_id as the kind needs them.
struct Job {
  JobKind kind = JobKind::kDeleteAccount;
  Id account_id = 0;
  Id user_id = 0;
  std::string queue;
  std::int64_t due = 0;
};

// The whole installation, as its database would hold it.
class Data {
 public:
  std::map<Id, Account> accounts;
  std::map<Id, User> users;
  std::map<Id, Membership> memberships;
  std::map<Id, AgentBot> agent_bots;
  std::map<std::string, Permissions> permissions;     // by the app's token
  std::set<std::pair<Id, Id>> notification_settings;  // account, user
  std::deque<Job> jobs;
  std::map<std::string, Id> last_ids;  // by table

  Id next_id(const std::string& table) { return ++last_ids[table]; }

  // Rows of one account or user in order of creation; also of one that is gone already.
  std::vector<Id> memberships_of_account(Id account_id) const;
  std::vector<Id> memberships_of_user(Id user_id) const;
  std::optional<Id> find_membership(Id account_id, Id user_id) const;
  std::optional<Id> find_user_by_email(const std::string& email) const;
  std::optional<Id> find_user_by_token(const std::string& token) const;

  User& add_user(User user);
  void change_email(User& user, const std::string& email);
  void erase_user(Id id);
  Membership& add_membership(Id account_id, Id user_id, std::optional<std::string> role);
  void erase_membership(Id id);

  Json to_json() const;
  static Data from_json(const Json& json);

 private:
  std::map<std::string, Id> users_by_email_;
  std::map<std::string, Id> users_by_token_;
  std::map<std::pair<Id, Id>, Id> by_account_;  // account, membership -> user
  std::map<std::pair<Id, Id>, Id> by_user_;     // user, membership -> account
  std::map<std::pair<Id, Id>, Id> by_both_;     // account, user -> membership

  void index(const User& user);
  void index(const Membership& membership);
};

}  // namespace sandbox
