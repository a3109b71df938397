#include "router.hpp"

#include <algorithm>
#include <functional>
#include <vector>

#include "endpoints.hpp"
#include "text.hpp"

namespace sandbox {
namespace {

enum class Resource { kNone, kAccount, kUser, kAgentBot };

struct Route {
  std::string method;
  std::vector<std::string> pattern;  // * stands for an id
  Resource resource;
  std::function<Reply(const Call&, Id)> handler;
};

// An endpoint on a collection, which takes no id.
std::function<Reply(const Call&, Id)> whole(Reply (*handler)(const Call&)) {
  return [handler](const Call& call, Id) { return handler(call); };
}

const std::vector<Route>& routes() {
  static const std::vector<Route> kRoutes = {
      {"GET", {"accounts"}, Resource::kNone, whole(list_accounts)},
      {"POST", {"accounts"}, Resource::kNone, whole(create_account)},
      {"GET", {"accounts", "*"}, Resource::kAccount, show_account},
      {"PATCH", {"accounts", "*"}, Resource::kAccount, update_account},
      {"DELETE", {"accounts", "*"}, Resource::kAccount, delete_account},
      {"GET", {"accounts", "*", "account_users"}, Resource::kAccount, list_members},
      {"POST", {"accounts", "*", "account_users"}, Resource::kAccount, upsert_member},
      {"DELETE", {"accounts", "*", "account_users"}, Resource::kAccount, delete_member},
      {"POST", {"users"}, Resource::kNone, whole(create_user)},
      {"GET", {"users", "*"}, Resource::kUser, show_user},
      {"PATCH", {"users", "*"}, Resource::kUser, update_user},
      {"DELETE", {"users", "*"}, Resource::kUser, delete_user},
      {"GET", {"users", "*", "login"}, Resource::kUser, user_login},
      {"POST", {"users", "*", "token"}, Resource::kUser, user_token},
      {"GET", {"agent_bots"}, Resource::kNone, whole(list_agent_bots)},
      {"POST", {"agent_bots"}, Resource::kNone, whole(create_agent_bot)},
      {"GET", {"agent_bots", "*"}, Resource::kAgentBot, show_agent_bot},
      {"PATCH", {"agent_bots", "*"}, Resource::kAgentBot, update_agent_bot},
      {"DELETE", {"agent_bots", "*"}, Resource::kAgentBot, delete_agent_bot},
      {"DELETE", {"agent_bots", "*", "avatar"}, Resource::kAgentBot, show_agent_bot},
  };
  return kRoutes;
}

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> parts;
  std::string part;
  for (const char c : path) {
    if (c == '/') {
      if (!part.empty()) parts.push_back(part);
      part.clear();
    } else {
      part += c;
    }
  }
  if (!part.empty()) parts.push_back(part);
  return parts;
}

// Fills the id of a path that fits the pattern.
bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& parts, std::size_t from,
          std::string& id) {
  if (parts.size() - from != pattern.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == "*") {
      id = url_decode(parts[from + i]);
    } else if (pattern[i] != parts[from + i]) {
      return false;
    }
  }
  return true;
}

Reply not_acceptable() {
  return {ReplyKind::kPage, 406, "application/xml; charset=UTF-8",
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<hash>\n  <status type=\"integer\">406</status>\n"
          "  <error>Not Acceptable</error>\n</hash>\n"};
}

// Where no route fits, the answer's format is what Accept names first.
Reply no_route(const Message& message) {
  if (starts_with_ignoring_case(message.header("accept"), "application/json")) return error_reply(404);
  return {
      ReplyKind::kPage, 404, "text/html; charset=UTF-8",
      "<!DOCTYPE html>\n<html>\n<head>\n  <title>The page you were looking for doesn't exist (404)</title>\n"
      "</head>\n<body>\n  <h1>The page you were looking for doesn't exist.</h1>\n</body>\n</html>\n"};
}

bool has_prefix(const std::vector<std::string>& parts, const std::vector<std::string>& prefix) {
  return parts.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), parts.begin());
}

// 404 for what is not there, 401 for what this app may not see.
std::optional<Reply> refusal(const Call& call, Resource resource, std::optional<Id> id) {
  if (resource == Resource::kNone) return std::nullopt;
  if (!id) return error_reply(404);
  const Lock lock = call.lock();
  const Data& data = call.world.data;
  const Permissions& permitted = call.permissions();
  bool exists = false;
  bool allowed = false;
  if (resource == Resource::kAccount) {
    exists = data.accounts.count(*id) > 0;
    allowed = permitted.accounts.count(*id) > 0;
  } else if (resource == Resource::kUser) {
    exists = data.users.count(*id) > 0;
    allowed = permitted.users.count(*id) > 0;
  } else {
    exists = data.agent_bots.count(*id) > 0;
    allowed = permitted.agent_bots.count(*id) > 0;
  }
  if (!exists) return error_reply(404);
  if (!allowed) return unauthorized("Non permissible resource");
  return std::nullopt;
}

Reply platform(World& world, const Message& message, const Route& chosen, const std::string& id,
               std::optional<int> fault) {
  const std::string token = token_of(message);
  {
    const Lock lock(world.mutex);
    if (token.empty()) return unauthorized("Invalid access_token");
    if (!world.settings.database) return error_reply(500);
    world.settings.fresh_boot = false;
    const bool known = std::find(world.apps.begin(), world.apps.end(), token) != world.apps.end();
    if (!known) return unauthorized("Invalid access_token");
  }
  std::optional<Json> params = parse_params(message);
  if (!params) return error_reply(400);
  const Call call{world, message, token, std::move(*params), fault};
  const std::optional<Id> number = leading_number(id);
  if (const auto refused = refusal(call, chosen.resource, number)) return *refused;
  return chosen.handler(call, number.value_or(0));
}

Reply application(World& world, const Message& message, const std::vector<std::string>& parts) {
  const std::string token = token_of(message);
  const std::optional<Id> account = parts.size() > 3 ? leading_number(parts[3]) : std::nullopt;
  const bool readable = account && message.method == "GET" && parts[2] == "accounts";
  if (readable && parts.size() == 4) return application_account(world, token, *account);
  if (readable && parts.size() == 5 && parts[4] == "agents")
    return application_agents(world, token, *account);
  return no_route(message);
}

}  // namespace

std::string normalized(const std::string& path) {
  std::string result;
  for (const std::string& part : split(path)) result += "/" + part;
  return result.empty() ? "/" : result;
}

std::string token_of(const Message& message) {
  const std::string dashed = message.header("api-access-token");
  return dashed.empty() ? message.header("api_access_token") : dashed;
}

Reply route(World& world, const Message& message, const std::string& path, std::optional<int> fault) {
  std::vector<std::string> parts = split(path);
  if (parts.empty()) return no_route(message);
  const bool get = message.method == "GET" || message.method == "HEAD";
  if (get && path == "/api") return show_version(world);
  if (has_prefix(parts, {"api", "v1"})) return application(world, message, parts);
  if (!has_prefix(parts, {"platform", "api", "v1"})) return no_route(message);

  std::string& last = parts.back();
  const bool xml = last.size() > 4 && last.compare(last.size() - 4, 4, ".xml") == 0;
  const bool json = last.size() > 5 && last.compare(last.size() - 5, 5, ".json") == 0;
  if (xml || json) last.erase(last.rfind('.'));
  const std::string method = get ? "GET" : message.method == "PUT" ? "PATCH" : message.method;
  for (const Route& candidate : routes()) {
    std::string id;
    if (candidate.method != method || !fits(candidate.pattern, parts, 3, id)) continue;
    const Reply reply = platform(world, message, candidate, id, fault);
    return xml && reply.status == 200 ? not_acceptable() : reply;
  }
  return no_route(message);
}

}  // namespace sandbox
