#include "endpoints.hpp"
#include "fields.hpp"
#include "jobs.hpp"
#include "text.hpp"

namespace sandbox {
namespace {

std::string available_name(const User& user) {
  return user.display_name && !is_blank(*user.display_name) ? *user.display_name : user.name;
}

// Fails where an account is gone whose memberships still stand: the server cannot show such a user.
Reply user_reply(const User& user, const Data& data) {
  Json accounts = Json::array();
  Json account_id = nullptr;
  Json role = nullptr;
  for (const Id id : data.memberships_of_user(user.id)) {
    const Membership& row = data.memberships.at(id);
    const auto account = data.accounts.find(row.account_id);
    if (account == data.accounts.end()) return error_reply(500);
    if (accounts.empty()) {
      account_id = row.account_id;
      role = nullable(row.role);
    }
    accounts.push_back({{"id", row.account_id},
                        {"name", account->second.name},
                        {"active_at", nullptr},
                        {"role", nullable(row.role)}});
  }
  Json body = {{"access_token", user.access_token},
               {"account_id", account_id},
               {"available_name", available_name(user)},
               {"avatar_url", ""},
               {"confirmed", user.confirmed},
               {"display_name", nullable(user.display_name)},
               {"message_signature", nullptr},
               {"email", user.email},
               {"id", user.id},
               {"name", user.name},
               {"provider", "email"},
               {"pubsub_token", user.pubsub_token}};
  if (!user.custom_attributes.empty()) body["custom_attributes"] = user.custom_attributes;
  body["role"] = role;
  body["ui_settings"] = Json::object();
  body["uid"] = user.email;
  body["accounts"] = accounts;
  return json_reply(body);
}

// What a request makes of a user: fields as they would be saved, name null where the column forbids it.
struct Draft {
  User user;
  std::optional<std::string> name;
  bool check_password = false;
  Json password = nullptr;
};

Draft draft_of(const User& user, const Json& params) {
  Draft draft{user, user.id > 0 ? std::optional(user.name) : std::nullopt, user.id == 0, nullptr};
  if (was_sent(params, "name")) draft.name = as_text(params["name"]);
  if (was_sent(params, "display_name")) draft.user.display_name = as_text(params["display_name"]);
  if (was_sent(params, "email")) draft.user.email = lower(strip(as_text(params["email"]).value_or("")));
  if (was_sent(params, "password") && !params["password"].is_null()) {
    draft.check_password = true;
    draft.password = params["password"];
  }
  if (const Json* attributes = object_sent(params, "custom_attributes")) {
    draft.user.custom_attributes.update(*attributes);
  }
  draft.user.name = draft.name.value_or("");
  return draft;
}

Problems problems_of(const Draft& draft, const World& world) {
  Problems problems;
  const User& user = draft.user;
  problems.check_length("name", "Name", draft.name, kLongestText);
  problems.check_length("display_name", "Display name", user.display_name, kLongestText);
  const auto taken = world.data.find_user_by_email(user.email);
  if (taken && *taken != user.id) problems.add("email", "Email", "has already been taken");
  check_email(user.email, problems);
  if (draft.check_password) check_password(draft.password, problems);
  const auto seats = world.settings.seats;
  if (user.id == 0 && seats && static_cast<int>(world.data.users.size()) >= *seats) {
    problems.add("base", "", "User limit reached. Please purchase more licenses from super admin");
  }
  return problems;
}

// A user without a name, or a NUL anywhere: PostgreSQL refuses the row.
bool database_refuses(const Draft& draft) {
  const User& user = draft.user;
  return !draft.name || has_nul(*draft.name) || (user.display_name && has_nul(*user.display_name)) ||
         has_nul(user.email) || json_has_nul(user.custom_attributes);
}

// The last steps that a new user and one who exists have in common.
Reply permit(const Call& call, Id id) {
  call.at("row");
  const Lock lock = call.lock();
  const auto it = call.world.data.users.find(id);
  if (it == call.world.data.users.end()) return error_reply(500);
  call.permissions().users.insert(id);
  ++call.world.changes;
  return user_reply(it->second, call.world.data);
}

}  // namespace

Reply create_user(const Call& call) {
  const Json& params = call.params;
  const bool odd_email =
      was_sent(params, "email") && !params["email"].is_null() && !params["email"].is_string();
  if (odd_email) return error_reply(500);
  const std::string email = was_sent(params, "email") ? lower(as_text(params["email"]).value_or("")) : "";
  Lock lock = call.lock();
  const std::optional<Id> existing = call.world.data.find_user_by_email(email);
  lock.unlock();
  call.at("lookup");

  lock.lock();
  if (existing) {
    const auto it = call.world.data.users.find(*existing);
    if (it == call.world.data.users.end()) return error_reply(500);
    it->second.confirmed = true;
    ++call.world.changes;
    lock.unlock();
    return permit(call, *existing);
  }
  const Draft draft = draft_of(User{}, params);
  const Problems problems = problems_of(draft, call.world);
  if (problems.any()) return invalid(problems.messages(), problems.attributes());
  lock.unlock();
  call.at("validated");

  lock.lock();
  const bool taken = call.world.data.find_user_by_email(draft.user.email).has_value();
  if (taken || database_refuses(draft) || !call.world.settings.redis) return error_reply(500);
  const Id id = call.world.data.add_user(draft.user).id;
  ++call.world.changes;
  lock.unlock();
  return permit(call, id);
}

Reply show_user(const Call& call, Id id) {
  const Lock lock = call.lock();
  const auto it = call.world.data.users.find(id);
  return it == call.world.data.users.end() ? error_reply(404) : user_reply(it->second, call.world.data);
}

Reply update_user(const Call& call, Id id) {
  Lock lock = call.lock();
  const auto it = call.world.data.users.find(id);
  if (it == call.world.data.users.end()) return error_reply(404);
  const Draft draft = draft_of(it->second, call.params);
  const Problems problems = problems_of(draft, call.world);
  if (problems.any()) return invalid(problems.messages(), problems.attributes());
  if (database_refuses(draft)) return error_reply(500);
  const std::string email = draft.user.email;
  const std::string before = it->second.email;
  it->second = draft.user;
  it->second.email = before;
  call.world.data.change_email(it->second, email);
  ++call.world.changes;
  Reply reply = user_reply(it->second, call.world.data);
  lock.unlock();
  call.at("row");
  return reply;
}

Reply delete_user(const Call& call, Id id) {
  const Lock lock = call.lock();
  ++call.world.changes;
  const bool queued = enqueue(call.world, {JobKind::kDeleteUser, 0, id, "low"});
  return queued ? empty_reply() : error_reply(500);
}

Reply user_login(const Call& call, Id id) {
  const Lock lock = call.lock();
  const auto it = call.world.data.users.find(id);
  if (it == call.world.data.users.end()) return error_reply(404);
  return json_reply({{"url", call.world.settings.frontend_url + "/app/login?email=" +
                                 query_escape(it->second.email) + "&sso_auth_token=" + random_token(32)}});
}

Reply user_token(const Call& call, Id id) {
  const Lock lock = call.lock();
  const auto it = call.world.data.users.find(id);
  if (it == call.world.data.users.end()) return error_reply(404);
  const User& user = it->second;
  return json_reply({{"access_token", user.access_token},
                     {"expiry", nullptr},
                     {"user",
                      {{"id", user.id},
                       {"name", user.name},
                       {"display_name", nullable(user.display_name)},
                       {"email", user.email},
                       {"pubsub_token", user.pubsub_token}}}});
}

}  // namespace sandbox
