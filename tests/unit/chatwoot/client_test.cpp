#include "chatwoot/client.hpp"

#include <fmt/format.h>

#include <stop_token>

#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "support/fake_transport.hpp"

namespace rollcall::chatwoot {
namespace {

using model::Field;
using testing::answer;
using testing::no_answer;

const std::string kAccount =
    R"({"id":3,"name":"Acme","locale":null,"domain":null,"support_email":"Help <help@example.com>",)"
    R"("features":{"macros":true},"custom_attributes":{"rollcall":"l/k/n","tier":2},"limits":{"agents":null},)"
    R"("status":"active"})";

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  return text.replace(text.find(from), from.size(), to);
}

template <class Call>
auto call(testing::Answer given, Call with) {
  testing::FakeServer server({std::move(given)});
  const auto transport = server.connect();
  Client client(*transport);
  return with(client);
}

auto get_account(testing::Answer given) {
  return call(std::move(given), [](Client& client) { return client.get_account(3); });
}

auto put_member(testing::Answer given) {
  return call(std::move(given), [](Client& client) { return client.put_member(3, 5, model::Role::kAgent); });
}

TEST_CASE("an account is decoded with its marker apart") {
  const auto account = get_account(answer(200, kAccount));
  REQUIRE(account);
  CHECK(account->sight == model::Sight::kSeen);
  CHECK(account->marker == "l/k/n");
  CHECK(account->settings.text(Field::kName) == "Acme");
  CHECK(account->settings.find(Field::kLocale) == nullptr);
  CHECK(*account->settings.find({Field::kFeatures, "macros"}) == model::Value(true));
  CHECK(account->settings.find({Field::kLimits, "agents"})->is_null());
  CHECK(account->settings.find({Field::kCustomAttributes, "rollcall"}) == nullptr);
  CHECK(*account->settings.find({Field::kCustomAttributes, "tier"}) == model::Value(2));
}

TEST_CASE("a marker that is no text is an attribute like any other") {
  const auto account = get_account(answer(200, replaced(kAccount, "\"l/k/n\"", "7")));
  REQUIRE(account);
  CHECK_FALSE(account->marker);
  CHECK(*account->settings.find({Field::kCustomAttributes, "rollcall"}) == model::Value(7));
}

TEST_CASE("answers that are not what was asked for are refused, never bent into shape") {
  const auto reason = [](std::string body, std::string type = "application/json") {
    const auto account = get_account(answer(200, std::move(body), std::move(type)));
    REQUIRE_FALSE(account);
    CHECK(account.error().kind == ErrorKind::kUnexpectedAnswer);
    CHECK_FALSE(account.error().unknown_outcome);
    CHECK_FALSE(account.error().hint.empty());
    return account.error().message;
  };
  const std::string start = "The response when asked to read account 3 cannot be understood: ";
  CHECK(reason("") == start + "it is empty.");
  CHECK(reason("{\"id\":3") == start + "it is not valid JSON.");
  CHECK(reason("[]") == start + "it is not a JSON object.");
  CHECK(reason("{}") == start + "`id` is missing.");
  CHECK(reason(replaced(kAccount, "\"id\":3", "\"id\":3.9")) == start + "`id` is not an id.");
  CHECK(reason(replaced(kAccount, "\"id\":3", "\"id\":true")) == start + "`id` is not an id.");
  CHECK(reason(replaced(kAccount, "\"id\":3", "\"id\":-1")) == start + "`id` is not an id.");
  CHECK(reason(replaced(kAccount, "\"id\":3", "\"id\":18446744073709551615")) ==
        start + "`id` is not an id.");
  CHECK(reason(replaced(kAccount, "\"id\":3", "\"id\":4")) == start + "it is about id 4, not 3.");
  CHECK(reason(replaced(kAccount, "\"Acme\"", "5")) == start + "`name` is not a string.");
  CHECK(reason(replaced(kAccount, "{\"macros\":true}", "[]")) == start + "`features` is not a JSON object.");
  CHECK(reason(std::string(kAccount) + '\0' + "x") == start + "it is not valid JSON.");
  CHECK(reason(replaced(kAccount, "{\"macros\":true}", "{\"macros\":\"yes\"}")) ==
        start + "a value of `features` is neither true nor false.");
  CHECK(reason(replaced(kAccount, "Acme", "\xff")) == start + "it is not valid UTF-8.");
  CHECK(reason(replaced(kAccount, "\"id\":3", "\"id\":3,\"id\":3")) ==
        start + "an object in it has the same key twice.");
  CHECK(reason(replaced(kAccount, "\"tier\":2", "\"tier\":2,\"tier\":1")) ==
        start + "an object in it has the same key twice.");
  CHECK(reason(replaced(kAccount, "\"id\":3", "\"id\":1e400")) ==
        start + "it has a number that is too large.");
  CHECK(reason(replaced(kAccount, "\"id\":3", "\"id\":9223372036854775808")) == start + "`id` is not an id.");
  CHECK(reason(replaced(kAccount, "\"id\":3", "\"id\":9007199254740991")) == start + "`id` is not an id.");
  CHECK(get_account(answer(200, replaced(kAccount, "\"id\":3", "\"id\":9007199254740990"))).error().message ==
        start + "it is about id 9007199254740990, not 3.");
  CHECK(reason(replaced(kAccount, "Acme", std::string(10'241, 'x'))) ==
        start + "`name` is longer than 10 KiB.");
  std::string values = "[0";
  while (values.size() < 400'000) values += ",0";
  CHECK(reason(replaced(kAccount, "2}", values + "]}")) ==
        start + "an object in it has more than 200,000 values.");
  CHECK(reason(replaced(kAccount, "\"id\":3", "\"id\":0")) == start + "`id` is not an id.");
  CHECK(reason(replaced(kAccount, "\"id\":3", "\"id\":\"3\"")) == start + "`id` is not an id.");
  CHECK(reason(replaced(kAccount, "2}", std::string(300, '[') + std::string(300, ']') + "}")) ==
        start + "it is nested too deeply.");
  CHECK(reason("<html>Log in</html>", "text/html") ==
        "What answered when asked to read account 3 is not Chatwoot's Platform API: status 200, a web page.");
}

TEST_CASE("what is read is nested no deeper than the state may be") {
  const auto nested = [](std::size_t levels) {
    // The account and its attributes are two levels.
    const std::string value = std::string(levels - 2, '[') + std::string(levels - 2, ']');
    return get_account(answer(200, replaced(kAccount, "\"tier\":2", "\"tier\":" + value)));
  };
  CHECK(nested(104));
  REQUIRE_FALSE(nested(105));
  CHECK(nested(105).error().message.ends_with("it is nested too deeply."));
}

TEST_CASE("a list is read row by row, whatever its order") {
  const auto list = [](std::string body) {
    return call(answer(200, std::move(body)), [](Client& client) { return client.list_members(3); });
  };
  std::string rows = "[";
  for (int user = 50'000; user > 0; --user)
    rows +=
        fmt::format(R"({}{{"account_id":3,"user_id":{},"role":"agent"}})", rows.size() == 1 ? "" : ",", user);
  const auto members = list(rows + "]");
  REQUIRE(members);
  REQUIRE(members->size() == 50'000);
  CHECK(members->front().user_id == 1);
  CHECK(members->back().user_id == 50'000);
  CHECK(list("[]")->empty());

  const auto reason = [&](std::string body) { return list(std::move(body)).error().message; };
  const std::string start = "The response when asked to list the members of account 3 cannot be understood: ";
  CHECK(reason("{}") == start + "it is not a list.");
  CHECK(reason("7") == start + "it is not a list.");
  CHECK(reason("[{},{}]") == start + "`user_id` is missing.");
  CHECK(reason("[7]") == start + "it is not a JSON object.");
  CHECK(reason("[]]") == start + "it is not valid JSON.");
  CHECK(reason(R"([{"account_id":3,"user_id":1,"role":null},{"account_id":3,"user_id":1,"role":null}])") ==
        start + "id 1 comes twice.");
}

TEST_CASE("each refusal has its meaning, in the sense of the request") {
  const auto error = [](int status, std::string body, std::string type = "application/json") {
    return put_member(answer(status, std::move(body), std::move(type))).error();
  };
  const auto token = error(401, R"({"error":"Invalid access_token"})");
  CHECK(token.kind == ErrorKind::kInvalidToken);
  CHECK(token.message == "The server does not accept the token.");
  CHECK(is_fatal(token));

  const auto foreign = error(401, R"({"error":"Non permissible resource"})");
  CHECK(foreign.kind == ErrorKind::kNotPermitted);
  CHECK(foreign.message ==
        "Account 3 exists, but the token may not use it (401 when asked to give user 5 the role agent in "
        "account 3).");

  CHECK(error(404, R"({"status":404,"error":"Not Found"})").kind == ErrorKind::kNotFound);

  const auto rejected = error(422, R"({"message":"User must exist","attributes":["user"]})");
  CHECK(rejected.kind == ErrorKind::kRejected);
  CHECK(rejected.message ==
        "The server refused to give user 5 the role agent in account 3: User must exist.");
  CHECK(rejected.hint == "Correct user, and try again.");
  CHECK(rejected.server_words == "User must exist");
  CHECK(rejected.attributes == std::vector<std::string>{"user"});
  CHECK_FALSE(rejected.unknown_outcome);

  CHECK(error(400, R"({"status":400,"error":"Bad Request"})").kind == ErrorKind::kBadRequest);
  const auto busy = error(429, "Retry later\n", "text/plain");
  CHECK(busy.kind == ErrorKind::kThrottled);
  CHECK_FALSE(busy.unknown_outcome);

  const auto failed = error(500, R"({"status":500,"error":"Internal Server Error"})");
  CHECK(failed.kind == ErrorKind::kServerError);
  CHECK(failed.unknown_outcome);
  CHECK(failed.message ==
        "The server failed when asked to give user 5 the role agent in account 3 (500 Internal Server "
        "Error).");
}

TEST_CASE("a page of a proxy is never read as missing, as forbidden or as a wrong token") {
  for (const int status : {401, 403, 404, 406, 422}) {
    const auto error = get_account(answer(status, "<html>Not Found</html>", "text/html")).error();
    CHECK(error.kind == ErrorKind::kUnexpectedAnswer);
  }
  CHECK(get_account(answer(404, R"({"message":"no such route"})")).error().kind ==
        ErrorKind::kUnexpectedAnswer);
  auto redirect = answer(301, "", "text/html");
  redirect->headers = {{"Location", "https://login.example.com/start?token=hush"}};
  const auto error = get_account(std::move(redirect)).error();
  CHECK(error.message ==
        "What answered when asked to read account 3 is not Chatwoot's Platform API: status 301, a "
        "redirection to "
        "https://login.example.com/start.");
}

TEST_CASE("what a server says is kept to the length of a message") {
  const auto error =
      get_account(answer(422, R"({"message":"no )" + std::string(100'000, 'x') + R"("})")).error();
  CHECK(error.kind == ErrorKind::kRejected);
  CHECK(error.message.size() < 1200);
}

TEST_CASE("a response that holds the password that was sent is refused, and its creation is unknown") {
  for (const char* body :
       {R"({"message":"no: {\"password\":\"Hush-hush-1\"}"})", R"({"name":"HUSH-\u0068ush-1"})"}) {
    for (const int status : {200, 422}) {
      const auto error = call(answer(status, body), [](Client& client) {
                           return client.create_user({"ana@example.com", {}, "l/k/n", Secret("Hush-hush-1")});
                         }).error();
      CHECK(error.kind == ErrorKind::kUnexpectedAnswer);
      CHECK(error.unknown_outcome);
      for (const std::string& text : {error.message, error.hint, error.server_words})
        CHECK(to_lower(text).find("hush") == std::string::npos);
    }
  }
}

TEST_CASE("a proxy that wants a password is told as such") {
  const auto error = get_account(answer(407, "<html>Who are you?</html>", "text/html")).error();
  CHECK(error.kind == ErrorKind::kUnexpectedAnswer);
  CHECK(error.message ==
        "A proxy requires a user name and password for the request to read account 3 "
        "(407).");
}

TEST_CASE(
    "of a write without a response it is unknown whether it was done, unless it was certainly not sent") {
  const auto lost = put_member(no_answer(http::Failure::kTimeout, true)).error();
  CHECK(lost.kind == ErrorKind::kTransport);
  CHECK(lost.failure == http::Failure::kTimeout);
  CHECK(lost.unknown_outcome);
  CHECK_FALSE(is_fatal(lost));
  const auto refused = put_member(no_answer(http::Failure::kConnect, false)).error();
  CHECK_FALSE(refused.unknown_outcome);
  CHECK(is_fatal(refused));
  CHECK(is_fatal(put_member(no_answer(http::Failure::kProxy, false)).error()));
  CHECK_FALSE(get_account(no_answer(http::Failure::kTimeout, true)).error().unknown_outcome);
}

TEST_CASE("a success that does not show what was asked for is an error") {
  const auto role = put_member(answer(200, R"({"id":1,"account_id":3,"user_id":5,"role":null})")).error();
  CHECK(role.message ==
        "The server did not do all that it was asked to. Asked to give user 5 the role agent in account 3, "
        "it shows "
        "the role none.");
  CHECK(role.unknown_outcome);
  CHECK_FALSE(put_member(answer(200, R"({"id":1,"account_id":3,"user_id":6,"role":"agent"})")));
  CHECK(put_member(answer(200, R"({"id":1,"account_id":3,"user_id":5,"role":"agent"})")));

  const auto update = [](AccountPatch patch) {
    return call(answer(200, kAccount), [&](Client& client) { return client.update_account(3, patch); });
  };
  AccountPatch same;
  same.plain.set(Field::kName, "Acme");
  same.plain.set({Field::kFeatures, "teleport"}, false);
  same.custom_attributes = model::Value::Map{{"rollcall", "l/k/n"}, {"tier", 2}};
  CHECK(update(same));
  AccountPatch other;
  other.plain.set(Field::kName, "Beta");
  CHECK(update(other).error().message ==
        "The server did not do all that it was asked to. Asked to set name \"Beta\" of account 3, it shows "
        "name "
        "\"Acme\" instead of \"Beta\".");
  AccountPatch fewer;
  fewer.custom_attributes = model::Value::Map{{"rollcall", "l/k/n"}};
  CHECK_FALSE(update(fewer));
  CHECK_FALSE(call(answer(200, kAccount), [](Client& client) {
    return client.create_account({"Acme", "l/k/other"});
  }));
}

TEST_CASE("creations are never repeated by themselves, everything else may be") {
  testing::FakeServer server([](const http::Request&) { return answer(500); });
  const auto transport = server.connect();
  Client client(*transport);
  client.create_account({"Acme", "l/k/n"});
  client.create_user({"ana@example.com", {}, "l/k/n", Secret("pass")});
  client.create_bot({});
  client.list_accounts();
  client.update_account(3, {});
  client.put_member(3, 5, model::Role::kAgent);
  client.delete_member(3, 5);
  client.delete_user(5);
  std::vector<bool> repeatable;
  for (const auto& request : server.requests()) repeatable.push_back(request.repeatable);
  CHECK(repeatable == std::vector<bool>{false, false, false, true, true, true, true, true});
}

TEST_CASE("what an attempt of the same call may have deleted is deleted") {
  const auto remove = [](bool earlier) {
    auto gone = answer(404, R"({"status":404,"error":"Not Found"})");
    gone->earlier_attempt_unknown = earlier;
    return call(std::move(gone), [](Client& client) { return client.delete_account(3); });
  };
  CHECK(remove(true));
  REQUIRE_FALSE(remove(false));
  CHECK(remove(false).error().kind == ErrorKind::kNotFound);
}

TEST_CASE("members are sorted, and roles that are none or unknown are nobody's") {
  const auto members = call(
      answer(200, R"([{"id":2,"account_id":3,"user_id":9,"role":"owner"},{"id":1,"account_id":3,"user_id":5,)"
                  R"("role":"administrator"},{"id":3,"account_id":3,"user_id":7,"role":null}])"),
      [](Client& client) { return client.list_members(3); });
  REQUIRE(members);
  CHECK(*members == std::vector<model::LiveMember>{{5, model::Role::kAdministrator}, {7, {}}, {9, {}}});
}

TEST_CASE("a stop ends the reading of a large list") {
  std::string rows = "[";
  for (int id = 1; id < 5000; ++id)
    rows += fmt::format(R"({{"id":{0},"account_id":3,"user_id":{0},"role":"agent"}},)", id);
  const auto read = [](const std::string& body, bool stopped) {
    std::stop_source stop;
    if (stopped) stop.request_stop();
    auto given = answer(200, body);
    given->stop = stop.get_token();
    return call(std::move(given), [](Client& client) { return client.list_members(3); });
  };
  const std::string end = R"({"id":5000,"account_id":3,"user_id":5000,"role":"agent"}])";
  CHECK(read(rows + end, false)->size() == 5000);
  // The end of the list is no JSON: it was not looked at.
  const auto stopped = read(rows + "]", true);
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().failure == http::Failure::kStopped);
  CHECK(is_fatal(stopped.error()));
  CHECK(
      stopped.error().message ==
      "No response when asked to list the members of account 3: The run was stopped before the response was "
      "read.");
  // A small one is read all the same.
  CHECK(read("[" + end, true)->size() == 1);
}

TEST_CASE("values of any length are shown cut") {
  const std::string words(5000, 'w');
  const auto refused =
      get_account(answer(422, R"({"message":")" + words + R"(","attributes":[")" + words + R"("]})"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "The server refused to read account 3: " + words.substr(0, 200) + "….");
  CHECK(refused.error().hint == "Correct " + words.substr(0, 200) + "…, and try again.");
  const auto foreign = get_account(answer(200, "x", "text/" + words));
  CHECK(foreign.error().message.size() < 400);
}

TEST_CASE("the version is asked without the token") {
  testing::FakeServer server(
      {answer(200, R"({"version":"4.10.0","queue_services":"ok","data_services":"ok"})")});
  const auto transport = server.connect();
  CHECK(Client(*transport).server_info() == ServerInfo{"4.10.0", "ok", "ok"});
  CHECK_FALSE(server.requests()[0].authenticated);
}

TEST_CASE("a request takes JSON, and says so of a body that it sends") {
  testing::FakeServer server({answer(200, "[]"), answer(200, "")});
  const auto transport = server.connect();
  REQUIRE(Client(*transport).list_members(3));
  REQUIRE(Client(*transport).delete_member(3, 4));
  CHECK(server.requests()[0].headers == http::Headers{{"Accept", "application/json"}});
  CHECK(server.requests()[1].headers ==
        http::Headers{{"Accept", "application/json"}, {"Content-Type", "application/json"}});
}

TEST_CASE("the token goes into Chatwoot's own header") {
  const http::Credentials credentials = platform_credentials(Secret("tok-en"));
  CHECK(credentials.header == "api_access_token");
  CHECK(credentials.value.reveal() == "tok-en");
}

}  // namespace
}  // namespace rollcall::chatwoot
