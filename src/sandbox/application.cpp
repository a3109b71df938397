#include "endpoints.hpp"
#include "fields.hpp"
#include "text.hpp"

namespace sandbox {
namespace {

// The user behind a token who is a member of the account, or the refusal.
std::optional<Reply> refusal(const Data& data, const std::string& token, Id account_id) {
  const std::optional<Id> user_id = data.find_user_by_token(token);
  if (!user_id) return unauthorized("Invalid Access Token");
  if (data.accounts.count(account_id) == 0) return error_reply(404);
  if (!data.find_membership(account_id, *user_id)) {
    return unauthorized("You are not authorized to access this account");
  }
  return std::nullopt;
}

}  // namespace

Reply show_version(World& world) {
  const Lock lock(world.mutex);
  const Settings& settings = world.settings;
  return json_reply({{"version", "4.10.0"},
                     {"timestamp", iso_time(now_ms())},
                     {"queue_services", settings.redis ? "ok" : "failing"},
                     {"data_services", settings.database && !settings.fresh_boot ? "ok" : "failing"}});
}

Reply application_agents(World& world, const std::string& token, Id account_id) {
  const Lock lock(world.mutex);
  const Data& data = world.data;
  if (const auto refused = refusal(data, token, account_id)) return *refused;
  if (data.accounts.at(account_id).status == "suspended") return unauthorized("Account is suspended");
  Json list = Json::array();
  for (const Id id : data.memberships_of_account(account_id)) {
    const Membership& row = data.memberships.at(id);
    const auto user = data.users.find(row.user_id);
    if (user == data.users.end()) continue;
    list.push_back({{"id", row.user_id},
                    {"account_id", account_id},
                    {"availability_status", "offline"},
                    {"auto_offline", true},
                    {"confirmed", user->second.confirmed},
                    {"email", user->second.email},
                    {"provider", "email"},
                    {"available_name", user->second.display_name.value_or(user->second.name)},
                    {"name", user->second.name},
                    {"role", nullable(row.role)},
                    {"thumbnail", ""},
                    {"custom_role_id", nullptr}});
  }
  return json_reply(list);
}

Reply application_account(World& world, const std::string& token, Id account_id) {
  const Lock lock(world.mutex);
  if (const auto refused = refusal(world.data, token, account_id)) return *refused;
  const Account& account = world.data.accounts.at(account_id);
  const bool own_sender = account.support_email && !is_blank(*account.support_email);
  return json_reply(
      {{"settings", Json::object()},
       {"created_at", iso_time(account.created_at)},
       {"domain", nullable(account.domain)},
       {"features", features_json(account)},
       {"id", account.id},
       {"locale", nullable(account.locale)},
       {"name", account.name},
       {"support_email", nullable(own_sender ? account.support_email : world.settings.mailer_sender)},
       {"status", nullable(account.status)},
       {"cache_keys", {{"label", "0000000000"}, {"inbox", "0000000000"}, {"team", "0000000000"}}},
       {"latest_chatwoot_version", nullptr},
       {"subscribed_features", Json::array()}});
}

}  // namespace sandbox
