#include <array>

#include "data.hpp"

namespace sandbox {
namespace {

constexpr std::array kJobKinds = {"delete_account", "delete_user", "drop_of_account", "drop_of_user",
                                  "clear_notifications"};

template <typename T>
Json optional_json(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

template <typename T>
std::optional<T> optional_at(const Json& json, const char* key) {
  const Json& value = json.at(key);
  return value.is_null() ? std::nullopt : std::optional<T>(value.get<T>());
}

Json to_json(const Account& account) {
  return {{"id", account.id},
          {"name", account.name},
          {"locale", optional_json(account.locale)},
          {"domain", optional_json(account.domain)},
          {"support_email", optional_json(account.support_email)},
          {"status", optional_json(account.status)},
          {"features", account.features},
          {"limits", account.limits},
          {"custom_attributes", account.custom_attributes},
          {"created_at", account.created_at}};
}

Account account_from(const Json& json) {
  Account account;
  account.id = json.at("id");
  account.name = json.at("name");
  account.locale = optional_at<std::string>(json, "locale");
  account.domain = optional_at<std::string>(json, "domain");
  account.support_email = optional_at<std::string>(json, "support_email");
  account.status = optional_at<std::string>(json, "status");
  account.features = json.at("features").get<std::set<std::string>>();
  account.limits = json.at("limits");
  account.custom_attributes = json.at("custom_attributes");
  account.created_at = json.at("created_at");
  return account;
}

Json to_json(const User& user) {
  return {{"id", user.id},
          {"name", user.name},
          {"display_name", optional_json(user.display_name)},
          {"email", user.email},
          {"custom_attributes", user.custom_attributes},
          {"access_token", user.access_token},
          {"pubsub_token", user.pubsub_token},
          {"type", user.type},
          {"confirmed", user.confirmed}};
}

User user_from(const Json& json) {
  User user;
  user.id = json.at("id");
  user.name = json.at("name");
  user.display_name = optional_at<std::string>(json, "display_name");
  user.email = json.at("email");
  user.custom_attributes = json.at("custom_attributes");
  user.access_token = json.at("access_token");
  user.pubsub_token = json.at("pubsub_token");
  user.type = json.at("type");
  user.confirmed = json.at("confirmed");
  return user;
}

Json to_json(const Membership& row) {
  return {{"id", row.id},
          {"account_id", row.account_id},
          {"user_id", row.user_id},
          {"role", optional_json(row.role)},
          {"created_at", row.created_at},
          {"updated_at", row.updated_at}};
}

Membership membership_from(const Json& json) {
  return {json.at("id"),         json.at("account_id"),
          json.at("user_id"),    optional_at<std::string>(json, "role"),
          json.at("created_at"), json.at("updated_at")};
}

Json to_json(const AgentBot& bot) {
  return {{"id", bot.id},
          {"name", optional_json(bot.name)},
          {"description", optional_json(bot.description)},
          {"outgoing_url", optional_json(bot.outgoing_url)},
          {"account_id", optional_json(bot.account_id)},
          {"access_token", bot.access_token}};
}

AgentBot bot_from(const Json& json) {
  return {json.at("id"),
          optional_at<std::string>(json, "name"),
          optional_at<std::string>(json, "description"),
          optional_at<std::string>(json, "outgoing_url"),
          optional_at<Id>(json, "account_id"),
          json.at("access_token")};
}

Json to_json(const Job& job) {
  return {{"kind", kJobKinds.at(static_cast<std::size_t>(job.kind))},
          {"account_id", job.account_id},
          {"user_id", job.user_id},
          {"queue", job.queue},
          {"due", job.due}};
}

Job job_from(const Json& json) {
  Job job{JobKind::kDeleteAccount, json.at("account_id"), json.at("user_id"), json.at("queue"),
          json.at("due")};
  for (std::size_t i = 0; i < kJobKinds.size(); ++i) {
    if (json.at("kind") == kJobKinds.at(i)) job.kind = static_cast<JobKind>(i);
  }
  return job;
}

template <typename Rows>
Json list_of(const Rows& rows) {
  Json list = Json::array();
  for (const auto& [id, row] : rows) list.push_back(to_json(row));
  return list;
}

}  // namespace

Json Data::to_json() const {
  Json apps = Json::object();
  for (const auto& [token, permitted] : permissions) {
    apps[token] = {
        {"accounts", permitted.accounts}, {"users", permitted.users}, {"agent_bots", permitted.agent_bots}};
  }
  Json pending = Json::array();
  for (const Job& job : jobs) pending.push_back(sandbox::to_json(job));
  return {{"accounts", list_of(accounts)},
          {"users", list_of(users)},
          {"memberships", list_of(memberships)},
          {"agent_bots", list_of(agent_bots)},
          {"permissions", apps},
          {"notification_settings", notification_settings},
          {"jobs", pending},
          {"last_ids", last_ids}};
}

Data Data::from_json(const Json& json) {
  Data data;
  for (const Json& item : json.at("accounts")) {
    Account account = account_from(item);
    data.accounts[account.id] = std::move(account);
  }
  for (const Json& item : json.at("users")) {
    const User user = user_from(item);
    data.index(user);
    data.users[user.id] = user;
  }
  for (const Json& item : json.at("memberships")) {
    const Membership row = membership_from(item);
    data.index(row);
    data.memberships[row.id] = row;
  }
  for (const Json& item : json.at("agent_bots")) {
    AgentBot bot = bot_from(item);
    data.agent_bots[bot.id] = std::move(bot);
  }
  for (const auto& [token, permitted] : json.at("permissions").items()) {
    data.permissions[token] = {permitted.at("accounts").get<std::set<Id>>(),
                               permitted.at("users").get<std::set<Id>>(),
                               permitted.at("agent_bots").get<std::set<Id>>()};
  }
  data.notification_settings = json.at("notification_settings").get<std::set<std::pair<Id, Id>>>();
  for (const Json& item : json.at("jobs")) data.jobs.push_back(job_from(item));
  data.last_ids = json.at("last_ids").get<std::map<std::string, Id>>();
  return data;
}

}  // namespace sandbox
