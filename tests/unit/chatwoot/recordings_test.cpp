#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "chatwoot/client.hpp"
#include "support/fake_transport.hpp"

// Every answer that the real server gave, through the client.
namespace rollcall::chatwoot {
namespace {

using Json = nlohmann::json;
using model::Field;
using testing::FakeServer;

constexpr const char* kMarker = "lineage/key/nonce";

Json load() {
  std::ifstream file(std::string(ROLLCALL_SOURCE_DIR) + "/tests/contract/chatwoot-4.10.0.json");
  return Json::parse(file);
}

testing::Answer answer_of(const Json& response) {
  const std::string type = response.value("content_type", "");
  const Json& body = response.at("body");
  return testing::answer(response.at("status").get<int>(),
                         body.is_string() ? body.get<std::string>() : body.dump(),
                         to_lower(type.substr(0, type.find(';'))));
}

/// Why no call of the client would send this request or see this response; nothing where one would.
std::optional<std::string> no_call(const Json& exchange) {
  const std::string method = exchange["request"]["method"];
  const std::string path = exchange["request"]["path"];
  if (method == "-") return "an observation that is no request";
  if (path.starts_with("/api/")) return "the application's API, not the platform's";
  if (path.find('?') != std::string::npos) return "no call has a query";
  if (method != "GET" && method != "POST" && method != "PATCH" && method != "DELETE")
    return "a method of no call";
  static const std::regex known(
      R"((GET|POST) /platform/api/v1/(accounts|agent_bots))"
      R"(|POST /platform/api/v1/users|GET /api)"
      R"(|(GET|PATCH|DELETE) /platform/api/v1/(accounts|users|agent_bots)/[1-9]\d*)"
      R"(|(GET|POST|DELETE) /platform/api/v1/accounts/[1-9]\d*/account_users)"
      R"(|GET /platform/api/v1/users/[1-9]\d*/login|POST /platform/api/v1/users/[1-9]\d*/token)"
      R"(|DELETE /platform/api/v1/agent_bots/[1-9]\d*/avatar)");
  if (!std::regex_match(method + " " + path, known)) return "a path or an id of no call";
  const Json& body = exchange["response"]["body"];
  if (body.is_string() && body.get<std::string>().starts_with("<account"))
    return "the response is masked whole";
  if (exchange["response"]["status"] == 304) return "no call asks for what has changed only";
  return std::nullopt;
}

Json json_of(const model::SettingsPatch& settings, Field field) {
  Json out = Json::object();
  for (const auto& [name, value] : settings)
    if (name.field == field) out[name.key] = Json::parse(to_text(value));
  return out;
}

void check_text(const Json& recorded, const char* name, const model::SettingsPatch& settings, Field field) {
  if (recorded.at(name).is_null())
    CHECK(settings.find(field) == nullptr);
  else
    CHECK(settings.text(field) == recorded.at(name).get<std::string>());
}

std::string role_text(const std::optional<model::Role>& role) {
  return role ? std::string(to_string(*role)) : "none";
}
std::string role_text(const Json& role) {
  return role.is_null() ? "none" : role.get<std::string>();
}

void check(const model::LiveAccount& account, const Json& recorded) {
  CHECK(account.id == recorded["id"].get<model::ServerId>());
  check_text(recorded, "name", account.settings, Field::kName);
  check_text(recorded, "locale", account.settings, Field::kLocale);
  check_text(recorded, "domain", account.settings, Field::kDomain);
  check_text(recorded, "support_email", account.settings, Field::kSupportEmail);
  check_text(recorded, "status", account.settings, Field::kStatus);
  CHECK(json_of(account.settings, Field::kFeatures) == recorded["features"]);
  CHECK(json_of(account.settings, Field::kLimits) == recorded["limits"]);
  Json attributes = json_of(account.settings, Field::kCustomAttributes);
  if (account.marker) attributes["rollcall"] = *account.marker;
  CHECK(attributes == recorded["custom_attributes"]);
}

void check(const model::LiveUser& user, const Json& recorded) {
  CHECK(user.id == recorded["id"].get<model::ServerId>());
  CHECK(user.email == recorded["email"].get<std::string>());
  check_text(recorded, "name", user.settings, Field::kName);
  check_text(recorded, "display_name", user.settings, Field::kDisplayName);
  Json attributes = json_of(user.settings, Field::kCustomAttributes);
  if (user.marker) attributes["rollcall"] = *user.marker;
  CHECK(attributes == recorded.value("custom_attributes", Json::object()));
  REQUIRE(user.memberships.size() == recorded["accounts"].size());
  std::map<model::ServerId, std::string> roles;
  for (const Json& row : recorded["accounts"]) roles[row["id"]] = role_text(row["role"]);
  for (const auto& membership : user.memberships)
    CHECK(role_text(membership.role) == roles[membership.account_id]);
}

void check(const model::LiveBot& bot, const Json& recorded) {
  CHECK(bot.id == recorded["id"].get<model::ServerId>());
  check_text(recorded, "name", bot.settings, Field::kName);
  check_text(recorded, "description", bot.settings, Field::kDescription);
  CHECK(bot.settings.find(Field::kOutgoingUrl) == nullptr);
  CHECK(bot.account_id == (recorded["account_id"].is_null()
                               ? std::nullopt
                               : std::optional(recorded["account_id"].get<model::ServerId>())));
}

void check(const std::vector<model::LiveMember>& members, const Json& recorded) {
  REQUIRE(members.size() == recorded.size());
  std::map<model::ServerId, std::string> roles;
  for (const Json& row : recorded) roles[row["user_id"]] = role_text(row["role"]);
  for (const auto& member : members) CHECK(role_text(member.role) == roles.at(member.user_id));
}

template <class Object>
void check(const std::vector<Object>& objects, const Json& recorded) {
  REQUIRE(objects.size() == recorded.size());
  for (const Json& row : recorded) {
    const auto found =
        std::find_if(objects.begin(), objects.end(), [&](const Object& o) { return o.id == row["id"]; });
    REQUIRE(found != objects.end());
    check(*found, row);
  }
}

void check(const ServerInfo& info, const Json& recorded) {
  CHECK(info == ServerInfo{recorded["version"], recorded["queue_services"], recorded["data_services"]});
}

void check(const Secret& secret, const Json& recorded) {
  CHECK(secret.reveal() == recorded.value("url", recorded.value("access_token", "")));
}

ErrorKind kind_of(int status, const std::string& type, const std::string& words) {
  if (status == 429) return ErrorKind::kThrottled;
  if (type != "application/json") return ErrorKind::kUnexpectedAnswer;
  if (status == 401)
    return words == "Invalid access_token" ? ErrorKind::kInvalidToken : ErrorKind::kNotPermitted;
  if (status == 404) return ErrorKind::kNotFound;
  if (status == 422) return ErrorKind::kRejected;
  if (status == 400) return ErrorKind::kBadRequest;
  return status == 500 ? ErrorKind::kServerError : ErrorKind::kUnexpectedAnswer;
}

void check_error(const CallError& error, const Json& exchange, const testing::Answer& given) {
  const Json& body = exchange["response"]["body"];
  const std::string words =
      body.is_object() ? body.value("message", body.value("error", std::string())) : std::string();
  CHECK(error.kind == kind_of(given->status, given->content_type, words));
  CHECK(error.server_words == words);
  CHECK(error.status == given->status);
  if (body.is_object() && body.contains("attributes"))
    CHECK(error.attributes == body["attributes"].get<std::vector<std::string>>());
  const bool is_get = exchange["request"]["method"] == "GET" ||
                      exchange["request"]["path"].get<std::string>().ends_with("/token");
  CHECK(error.unknown_outcome == (given->status == 500 && !is_get));
  CHECK_FALSE(error.message.empty());
}

/// Makes the call that sends this request, with arguments that fit the response.
struct Replay {
  Json exchange;

  void run() {
    const std::string method = exchange["request"]["method"];
    const std::string path = exchange["request"]["path"];
    std::smatch match;
    std::regex_search(path, match, std::regex(R"(/(\d+)(/\w+)?$)"));
    const model::ServerId id = match.empty() ? 0 : std::stoll(match[1]);
    const std::string tail = match.empty() ? "" : match[2].str();
    const std::string object = path.find("/users") != std::string::npos        ? "user"
                               : path.find("/agent_bots") != std::string::npos ? "bot"
                                                                               : "account";
    Json& body = exchange["response"]["body"];
    if (path == "/api") return expect([](Client& c) { return c.server_info(); });
    if (tail == "/account_users") return members(method, id, body);
    if (tail == "/login") return expect([&](Client& c) { return c.login_link(id); });
    if (tail == "/token") return expect([&](Client& c) { return c.access_token(id); });
    if (tail == "/avatar") return expect([&](Client& c) { return c.delete_bot_avatar(id); });
    if (object == "account") return accounts(method, id, body);
    if (object == "user") return users(method, id, body);
    return bots(method, id);
  }

 private:
  void accounts(const std::string& method, model::ServerId id, Json& body) {
    if (method == "POST") {
      // The recordings' accounts were not created by Rollcall: give them the marker that it would have sent.
      const bool created = body.is_object() && body.contains("custom_attributes");
      if (created) body["custom_attributes"]["rollcall"] = kMarker;
      return expect([&](Client& c) {
        return c.create_account({created ? body["name"].get<std::string>() : "x", kMarker});
      });
    }
    if (id == 0) return expect([](Client& c) { return c.list_accounts(); });
    if (method == "GET") return expect([&](Client& c) { return c.get_account(id); });
    if (method == "PATCH") return expect([&](Client& c) { return c.update_account(id, {}); });
    expect_done([&](Client& c) { return c.delete_account(id); });
  }

  void users(const std::string& method, model::ServerId id, const Json& body) {
    if (method == "POST")
      return expect([&](Client& c) {
        return c.create_user(
            {body.is_object() ? body.value("email", "x@example.com") : "", {}, kMarker, Secret("p")});
      });
    if (method == "GET") return expect([&](Client& c) { return c.get_user(id); });
    if (method == "PATCH") return expect([&](Client& c) { return c.update_user(id, {}); });
    expect_done([&](Client& c) { return c.delete_user(id); });
  }

  void bots(const std::string& method, model::ServerId id) {
    if (method == "POST") return expect([](Client& c) { return c.create_bot({}); });
    if (id == 0) return expect([](Client& c) { return c.list_bots(); });
    if (method == "GET") return expect([&](Client& c) { return c.get_bot(id); });
    if (method == "PATCH") return expect([&](Client& c) { return c.update_bot(id, {}); });
    expect_done([&](Client& c) { return c.delete_bot(id); });
  }

  void members(const std::string& method, model::ServerId account, const Json& body) {
    if (method == "GET") return expect([&](Client& c) { return c.list_members(account); });
    if (method == "DELETE") return expect_done([&](Client& c) { return c.delete_member(account, 1); });
    const bool added = body.is_object() && body.contains("user_id");
    const model::ServerId user = added ? body["user_id"].get<model::ServerId>() : 1;
    const auto role = added ? model::parse_role(role_text(body["role"])) : model::Role::kAgent;
    if (role) return expect_done([&](Client& c) { return c.put_member(account, user, *role); });
    // Rollcall asks for a role always: a response without one is not what it asked for.
    FakeServer server({answer_of(exchange["response"])});
    const auto transport = server.connect();
    const auto result = Client(*transport).put_member(account, user, model::Role::kAgent);
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == ErrorKind::kUnexpectedAnswer);
  }

  template <class Call>
  auto answered(Call call) {
    FakeServer server({answer_of(exchange["response"])});
    const auto transport = server.connect();
    Client client(*transport);
    auto result = call(client);
    const auto requests = server.requests();
    REQUIRE(requests.size() == 1);
    CHECK(to_string(requests[0].method) == exchange["request"]["method"].get<std::string>());
    CHECK(requests[0].path == exchange["request"]["path"].get<std::string>());
    return result;
  }

  template <class Call>
  void expect(Call call) {
    const auto given = answer_of(exchange["response"]);
    const auto result = answered(call);
    REQUIRE(result.has_value() == (given->status == 200));
    if (result)
      check(*result, exchange["response"]["body"]);
    else
      check_error(result.error(), exchange, given);
  }

  template <class Call>
  void expect_done(Call call) {
    const auto given = answer_of(exchange["response"]);
    const auto result = answered(call);
    REQUIRE(result.has_value() == (given->status == 200));
    if (!result) check_error(result.error(), exchange, given);
  }
};

TEST_CASE("every recorded answer to a request of the client is decoded for what it is") {
  std::map<std::string, int> left_out;
  int decoded = 0;
  for (const Json& exchange : load()) {
    if (const auto reason = no_call(exchange)) {
      ++left_out[*reason];
      continue;
    }
    INFO(exchange["id"].get<std::string>());
    Replay{exchange}.run();
    ++decoded;
  }
  CHECK(decoded == 586);
  CHECK(left_out == std::map<std::string, int>{{"a method of no call", 9},
                                               {"a path or an id of no call", 27},
                                               {"an observation that is no request", 19},
                                               {"no call asks for what has changed only", 1},
                                               {"no call has a query", 5},
                                               {"the response is masked whole", 3},
                                               {"the application's API, not the platform's", 3}});
}

}  // namespace
}  // namespace rollcall::chatwoot
