#include "endpoints.hpp"
#include "fields.hpp"
#include "jobs.hpp"
#include "text.hpp"

namespace sandbox {
namespace {

constexpr std::size_t kLongestDomain = 100;
constexpr std::size_t kLongestSupportEmail = 100;  // of the column; validation passes up to 255

Json account_json(const Account& account, const Settings& settings) {
  const bool own_sender = account.support_email && !is_blank(*account.support_email);
  Json json = {{"id", account.id},
               {"name", account.name},
               {"locale", nullable(account.locale)},
               {"domain", nullable(account.domain)},
               {"support_email", nullable(own_sender ? account.support_email : settings.mailer_sender)},
               {"features", nullptr},
               {"custom_attributes", nullptr},
               {"limits", nullptr},
               {"status", nullable(account.status)}};
  // Apart, as a list copies what it is made of.
  json["features"] = features_json(account);
  json["custom_attributes"] = account.custom_attributes;
  json["limits"] = account.limits;
  return json;
}

// Takes the fields over, features apart. False where the server fails on a value of an enumeration.
bool assign(Account& account, const Json& params) {
  static const std::map<Id, std::string> kStatuses = {{0, "active"}, {1, "suspended"}};
  if (was_sent(params, "name")) account.name = as_text(params["name"]).value_or("");
  if (was_sent(params, "domain")) account.domain = as_text(params["domain"]);
  if (was_sent(params, "support_email")) account.support_email = as_text(params["support_email"]);
  if (was_sent(params, "locale") && !read_enum(params["locale"], all_locales(), account.locale)) return false;
  if (was_sent(params, "status") && !read_enum(params["status"], kStatuses, account.status)) return false;
  if (const Json* limits = object_sent(params, "limits")) account.limits = *limits;
  if (const Json* attributes = object_sent(params, "custom_attributes"))
    account.custom_attributes = *attributes;
  return true;
}

// Switches flags; false for one that the server does not know.
bool apply_features(Account& account, const Json& params) {
  const Json* features = object_sent(params, "features");
  if (features == nullptr) return true;
  for (const auto& [name, value] : features->items()) {
    const std::string wanted = name;
    const auto& known = all_features();
    const bool is_known = std::any_of(known.begin(), known.end(),
                                      [&](const Feature& feature) { return feature.name == wanted; });
    if (!is_known) return false;
    if (is_present(value)) {
      account.features.insert(wanted);
    } else {
      account.features.erase(wanted);
    }
  }
  return true;
}

Problems problems_of(const Account& account, const Settings& settings) {
  Problems problems;
  if (is_blank(account.name)) problems.add("name", "Name", "can't be blank");
  problems.check_length("name", "Name", account.name, kLongestText);
  problems.check_length("domain", "Domain", account.domain, kLongestDomain);
  problems.check_length("support_email", "Support email", account.support_email, kLongestText);
  for (const auto& item : account.limits.items()) {
    const std::string& key = item.key();
    const bool known =
        key == "agents" || key == "inboxes" || key == "captain_responses" || key == "captain_documents";
    if (settings.enterprise && !known) {
      problems.add("limits", "Limits", ": Invalid data");
      break;
    }
  }
  return problems;
}

// Values that validation passes and PostgreSQL refuses.
bool database_refuses(const Account& account) {
  const auto bad = [](const std::optional<std::string>& text) { return text && has_nul(*text); };
  return bad(account.name) || bad(account.domain) || bad(account.support_email) ||
         json_has_nul(account.limits) || json_has_nul(account.custom_attributes) ||
         (account.support_email && length_of(*account.support_email) > kLongestSupportEmail);
}

}  // namespace

Reply list_accounts(const Call& call) {
  const Lock lock = call.lock();
  Json list = Json::array();
  for (const Id id : call.permissions().accounts) {
    const auto it = call.world.data.accounts.find(id);
    if (it == call.world.data.accounts.end()) return error_reply(500);
    list.push_back(account_json(it->second, call.world.settings));
  }
  return json_reply(list);
}

Reply create_account(const Call& call) {
  Account account;
  Lock lock = call.lock();
  for (const Feature& feature : all_features()) {
    if (feature.on) account.features.insert(feature.name);
  }
  if (!assign(account, call.params)) return error_reply(500);
  const Problems problems = problems_of(account, call.world.settings);
  if (problems.any()) return invalid(problems.messages(), problems.attributes());
  if (database_refuses(account)) return error_reply(500);
  lock.unlock();
  call.at("validated");

  lock.lock();
  account.id = call.world.data.next_id("accounts");
  account.created_at = now_ms();
  call.world.data.accounts[account.id] = account;
  ++call.world.changes;
  if (!call.world.settings.redis) return error_reply(500);
  lock.unlock();
  call.at("row");

  lock.lock();
  const auto row = call.world.data.accounts.find(account.id);
  if (row == call.world.data.accounts.end() || !apply_features(account, call.params)) return error_reply(500);
  row->second.features = account.features;
  ++call.world.changes;
  lock.unlock();
  call.at("features");

  lock.lock();
  call.permissions().accounts.insert(account.id);
  ++call.world.changes;
  return json_reply(account_json(account, call.world.settings));
}

Reply show_account(const Call& call, Id id) {
  const Lock lock = call.lock();
  const auto it = call.world.data.accounts.find(id);
  return it == call.world.data.accounts.end() ? error_reply(404)
                                              : json_reply(account_json(it->second, call.world.settings));
}

Reply update_account(const Call& call, Id id) {
  Lock lock = call.lock();
  const auto it = call.world.data.accounts.find(id);
  if (it == call.world.data.accounts.end()) return error_reply(404);
  Account account = it->second;
  if (!assign(account, call.params) || !apply_features(account, call.params)) return error_reply(500);
  const Problems problems = problems_of(account, call.world.settings);
  if (problems.any()) return invalid(problems.messages(), problems.attributes());
  if (database_refuses(account)) return error_reply(500);
  it->second = account;
  ++call.world.changes;
  Reply reply = json_reply(account_json(account, call.world.settings));
  lock.unlock();
  call.at("row");
  return reply;
}

Reply delete_account(const Call& call, Id id) {
  const Lock lock = call.lock();
  ++call.world.changes;
  const bool queued = enqueue(call.world, {JobKind::kDeleteAccount, id, 0, "low"});
  return queued ? empty_reply() : error_reply(500);
}

}  // namespace sandbox
