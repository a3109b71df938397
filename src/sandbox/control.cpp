#include "control.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "fields.hpp"
#include "jobs.hpp"
#include "router.hpp"
#include "text.hpp"

namespace sandbox {
namespace {

constexpr std::int64_t kLongestWait = 60'000;

Reply complaint(const std::string& text, int status = 400) {
  return control_reply({{"error", text}}, status);
}

std::int64_t number_in(const Json& params, const std::string& key, std::int64_t otherwise) {
  const auto it = params.find(key);
  return it == params.end() ? otherwise : as_integer(*it).value_or(otherwise);
}

Json query_of(const Message& message) {
  Message only_query;
  only_query.query = message.query;
  return *parse_params(only_query);
}

}  // namespace

Json snapshot_json(const World& world) {
  const Data& data = world.data;
  Json accounts = Json::array();
  for (const auto& [id, account] : data.accounts) {
    Json members = Json::array();
    for (const Id row_id : data.memberships_of_account(id)) {
      const Membership& row = data.memberships.at(row_id);
      const auto user = data.users.find(row.user_id);
      members.push_back({{"user_id", row.user_id},
                         {"email", user == data.users.end() ? Json(nullptr) : Json(user->second.email)},
                         {"role", nullable(row.role)}});
    }
    accounts.push_back({{"id", id},
                        {"name", account.name},
                        {"locale", nullable(account.locale)},
                        {"domain", nullable(account.domain)},
                        {"support_email", nullable(account.support_email)},
                        {"status", nullable(account.status)},
                        {"features", features_json(account)},
                        {"limits", account.limits},
                        {"custom_attributes", account.custom_attributes},
                        {"members", members}});
  }
  Json users = Json::array();
  for (const auto& [id, user] : data.users) {
    users.push_back({{"id", id},
                     {"email", user.email},
                     {"name", user.name},
                     {"display_name", nullable(user.display_name)},
                     {"confirmed", user.confirmed},
                     {"type", user.type},
                     {"custom_attributes", user.custom_attributes}});
  }
  Json bots = Json::array();
  for (const auto& [id, bot] : data.agent_bots) {
    bots.push_back({{"id", id},
                    {"name", nullable(bot.name)},
                    {"description", nullable(bot.description)},
                    {"outgoing_url", nullable(bot.outgoing_url)},
                    {"account_id", bot.account_id ? Json(*bot.account_id) : Json(nullptr)}});
  }
  Json apps = Json::array();
  for (const std::string& token : world.apps) {
    const auto it = data.permissions.find(token);
    const Permissions permitted = it == data.permissions.end() ? Permissions{} : it->second;
    apps.push_back(
        {{"accounts", permitted.accounts}, {"users", permitted.users}, {"agent_bots", permitted.agent_bots}});
  }
  return {{"accounts", accounts},
          {"users", users},
          {"agent_bots", bots},
          {"apps", apps},
          {"notification_settings", data.notification_settings},
          {"pending_jobs", data.jobs.size()}};
}

void Control::handle(Message message, std::function<void(Reply)> respond) {
  // A look at a fault may wait for it, a release does.
  if (normalized(message.path).rfind("/_sandbox/faults/", 0) != 0) return respond(answer(message));
  threads_.start(
      [this, message = std::move(message), respond = std::move(respond)] { respond(answer(message)); });
}

Reply Control::answer(const Message& message) {
  try {
    return perform(message);
  } catch (const nlohmann::json::exception& error) {
    return complaint(std::string("The body is not understood: ") + error.what());
  }
}

Reply Control::perform(const Message& message) {
  const std::string path = normalized(message.path);
  const std::string rest = path.size() > 10 ? path.substr(10) : "";  // after /_sandbox/
  const Json body = message.body.empty() ? Json::object() : Json::parse(message.body, nullptr, false);
  if (!body.is_object()) return complaint("The body is not a JSON object.");
  const std::string& method = message.method;
  if (rest == "log" && method == "GET") {
    const std::int64_t after = number_in(query_of(message), "after", 0);
    return control_reply(journal_.entries(static_cast<std::uint64_t>(std::max<std::int64_t>(after, 0))));
  }
  if (rest == "log" && method == "DELETE") {
    journal_.clear();
    return control_reply(Json::object());
  }
  if (rest == "counters" && method == "GET") {
    Json counters = journal_.counters();
    counters["held"] = world_.faults.held();
    counters["connections"] = world_.connections.load();
    return control_reply(counters);
  }
  if (rest == "snapshot" && method == "GET") return snapshot();
  if (rest == "settings") return settings(message, body);
  if (rest == "users" && method == "POST") return create_user(body);
  if (rest.rfind("jobs/", 0) == 0 && method == "POST") return run_jobs(rest.substr(5));
  if (rest == "reset" && method == "POST") return reset(body);
  if (rest == "faults" || rest.rfind("faults/", 0) == 0) return faults(message, rest.substr(6), body);
  return complaint("There is no " + method + " " + path + "; `rollcall help sandbox` lists what there is.",
                   404);
}

Reply Control::faults(const Message& message, const std::string& rest, const Json& body) {
  const std::string& method = message.method;
  if (rest.empty()) {
    if (method == "GET") return control_reply(world_.faults.describe());
    if (method == "DELETE") {
      world_.faults.clear();
      return control_reply(Json::object());
    }
    if (method != "POST") return complaint("Faults take GET, POST and DELETE.", 404);
    int id = 0;
    const auto problem = world_.faults.add(body, id);
    return problem ? complaint(*problem) : control_reply(world_.faults.describe(id).value_or(Json::object()));
  }
  const int id = static_cast<int>(leading_number(rest.substr(1)).value_or(0));
  const bool releasing = rest.size() > 8 && rest.compare(rest.size() - 8, 8, "/release") == 0;
  if (!world_.faults.describe(id)) return complaint("There is no fault " + std::to_string(id) + ".", 404);
  if (releasing && method == "POST") {
    const bool released = world_.faults.release(id, body.value("then", Json("continue")));
    if (!released) return complaint("The fault holds no request.", 409);
  } else if (method == "DELETE") {
    world_.faults.remove(id);
    return control_reply(Json::object());
  } else if (method == "GET") {
    const std::int64_t wait = number_in(query_of(message), "wait_ms", 0);
    world_.faults.await(id, std::chrono::milliseconds(std::clamp<std::int64_t>(wait, 0, kLongestWait)));
  } else {
    return complaint("A fault takes GET, DELETE, and POST of its release.", 404);
  }
  return control_reply(world_.faults.describe(id).value_or(Json::object()));
}

Reply Control::settings(const Message& message, const Json& body) {
  const Lock lock(world_.mutex);
  if (message.method == "PATCH") {
    if (const auto problem = change_settings(world_.settings, body)) return complaint(*problem);
    world_.jobs_changed.notify_all();
  } else if (message.method != "GET") {
    return complaint("Settings take GET and PATCH.", 404);
  }
  return control_reply(settings_json(world_.settings));
}

Reply Control::create_user(const Json& body) {
  User user;
  try {
    user.email = lower(body.at("email").get<std::string>());
    user.name = body.value("name", user.email);
    user.confirmed = body.value("confirmed", true);
    user.type = body.value("type", "");
  } catch (const nlohmann::json::exception& error) {
    return complaint(std::string("The user is not understood: ") + error.what());
  }
  const Lock lock(world_.mutex);
  if (world_.data.find_user_by_email(user.email)) return complaint("There is a user of that address.", 409);
  const Id id = world_.data.add_user(user).id;
  ++world_.changes;
  return control_reply({{"id", id}});
}

Reply Control::run_jobs(const std::string& which) {
  const Lock lock(world_.mutex);
  if (which == "run") return control_reply({{"ran", run_pending_jobs(world_)}});
  if (which != "daily") return complaint("Jobs are run, or daily.", 404);
  run_daily_job(world_);
  return control_reply(Json::object());
}

Reply Control::reset(const Json& body) {
  const Lock lock(world_.mutex);
  world_.data = Data{};
  ++world_.changes;
  if (body.value("data_only", false)) return control_reply(Json::object());
  journal_.clear();
  world_.faults.clear();
  return control_reply(Json::object());
}

Reply Control::snapshot() {
  const Lock lock(world_.mutex);
  return control_reply(snapshot_json(world_));
}

}  // namespace sandbox
