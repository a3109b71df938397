#include "observe/observe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include <catch2/catch.hpp>

#include "support/fake_transport.hpp"

namespace rollcall::observe {
namespace {

using model::ServerId;
using model::Sight;
using testing::answer;
using testing::FakeServer;

const std::string kNotFound = R"({"status":404,"error":"Not Found"})";
const std::string kForeign = R"({"error":"Non permissible resource"})";
const std::string kBroken = R"({"status":500,"error":"Internal Server Error"})";
const std::string kBase = "/platform/api/v1";

std::string account(ServerId id) {
  return fmt::format(
      R"({{"id":{},"name":"A{}","locale":"en","domain":null,"support_email":null,"features":{{}},)"
      R"("custom_attributes":{{}},"limits":{{}},"status":"active"}})",
      id, id);
}

std::string user(ServerId id) {
  return fmt::format(R"({{"id":{},"email":"u{}@example.com","name":"U","display_name":null,"accounts":[]}})",
                     id, id);
}

std::string bot(ServerId id) {
  return fmt::format(R"({{"id":{},"name":"B","description":null,"outgoing_url":"B","account_id":null}})", id);
}

std::string members(ServerId account_id, const std::vector<ServerId>& users) {
  std::string out;
  for (const ServerId id : users)
    out += fmt::format(R"({}{{"account_id":{},"user_id":{},"role":"agent"}})", out.empty() ? "" : ",",
                       account_id, id);
  return "[" + out + "]";
}

/// GETs by path; everything else is 404.
FakeServer server_of(std::map<std::string, testing::Answer> answers) {
  return FakeServer([answers = std::move(answers)](const http::Request& request) {
    const auto found = answers.find(request.path);
    return found == answers.end() ? answer(404, kNotFound) : found->second;
  });
}

std::map<std::string, testing::Answer> small_world() {
  return {{kBase + "/accounts", answer(200, "[" + account(9) + "," + account(2) + "," + account(4) + "]")},
          {kBase + "/accounts/2/account_users", answer(200, members(2, {12, 11, 77}))},
          {kBase + "/accounts/4/account_users", answer(200, members(4, {78, 77}))},
          {kBase + "/accounts/9/account_users", answer(200, members(9, {11}))},
          {kBase + "/users/11", answer(200, user(11))},
          {kBase + "/users/12", answer(200, user(12))},
          {kBase + "/users/77", answer(200, user(77))},
          {kBase + "/users/78", answer(401, kForeign)},
          {kBase + "/agent_bots", answer(200, "[" + bot(6) + "]")},
          {kBase + "/agent_bots/6", answer(200, bot(6))}};
}

/// The paths that were asked for, sorted and without the common part.
std::vector<std::string> paths(const FakeServer& server) {
  std::vector<std::string> out;
  for (const auto& request : server.requests())
    out.push_back(request.path.starts_with(kBase) ? request.path.substr(kBase.size()) : request.path);
  std::sort(out.begin(), out.end());
  return out;
}

Expected<model::LiveEstate> read(FakeServer& server, const Targets& targets, const Options& options = {}) {
  return read_server(targets, options, server.connections(), {});
}

TEST_CASE("one request a fact: the listing, each account's members, each user") {
  FakeServer server = server_of(small_world());
  const auto estate = read(server, {{4, 2, 5}, {12, 11}, {}});
  REQUIRE(estate);
  CHECK(paths(server) == std::vector<std::string>{"/accounts", "/accounts/2/account_users",
                                                  "/accounts/4/account_users", "/accounts/5", "/users/11",
                                                  "/users/12", "/users/77", "/users/78"});
  CHECK(estate->accounts_listing == model::AccountListing::kListed);
  CHECK(estate->accounts_seen_to == estate->accounts.back().id);
  REQUIRE(estate->accounts.size() == 4);
  CHECK(find_account(*estate, 2)->members.size() == 3);
  CHECK(find_account(*estate, 2)->members.front().user_id == 11);
  CHECK(find_account(*estate, 5)->sight == Sight::kMissing);
  CHECK(find_account(*estate, 5)->members_sight == Sight::kMissing);
  // Listed, but nobody's target: seen, its members not read.
  CHECK(find_account(*estate, 9)->sight == Sight::kSeen);
  CHECK(find_account(*estate, 9)->members_sight == Sight::kNotRead);
  REQUIRE(estate->users.size() == 4);
  CHECK(find_user(*estate, 77)->email == "u77@example.com");
  CHECK(find_user(*estate, 78)->sight == Sight::kNotPermitted);
}

TEST_CASE("of many members that nobody asked for a limited number is read, the lowest ids first") {
  std::vector<ServerId> ids;
  std::map<std::string, testing::Answer> world = {{kBase + "/accounts", answer(200, "[" + account(2) + "]")},
                                                  {kBase + "/users/11", answer(200, user(11))}};
  for (ServerId id = 2000; id < 2000 + 1001; ++id) {
    ids.push_back(id);
    world.emplace(fmt::format("{}/users/{}", kBase, id), answer(200, user(id)));
  }
  ids.push_back(11);
  world.emplace(kBase + "/accounts/2/account_users", answer(200, members(2, ids)));
  FakeServer server = server_of(std::move(world));
  const auto estate = read(server, {{2}, {11}, {}});
  REQUIRE(estate);
  CHECK(estate->unlisted_not_read == 1);
  CHECK(estate->users.size() == 1001);
  CHECK(find_user(*estate, 11) != nullptr);
  CHECK(find_user(*estate, 2999) != nullptr);
  CHECK(find_user(*estate, 3000) == nullptr);
  CHECK(server.requests().size() == 1003);
}

TEST_CASE("members who may stay unread are read last, and are not missed beyond the limit") {
  std::vector<ServerId> ids;
  std::map<std::string, testing::Answer> world = {
      {kBase + "/accounts", answer(200, "[" + account(2) + "," + account(4) + "]")}};
  for (ServerId id = 2000; id < 2000 + 1500; ++id) {
    ids.push_back(id);
    world.emplace(fmt::format("{}/users/{}", kBase, id), answer(200, user(id)));
  }
  world.emplace(kBase + "/accounts/2/account_users", answer(200, members(2, ids)));
  world.emplace(kBase + "/accounts/4/account_users", answer(200, members(4, {2001, 3499})));
  FakeServer server = server_of(std::move(world));
  Targets targets{{2, 4}, {}, {}};
  targets.may_stay_unread = [](ServerId account, ServerId) { return account == 2; };
  auto estate = read(server, targets);
  REQUIRE(estate);
  CHECK(estate->unlisted_not_read == 0);
  CHECK(estate->users.size() == 1000);
  CHECK(find_user(*estate, 3499) != nullptr);
  CHECK(find_user(*estate, 2001) != nullptr);
  CHECK(find_user(*estate, 2998) != nullptr);
  CHECK(find_user(*estate, 2999) == nullptr);
  targets.may_stay_unread = [](ServerId account, ServerId) { return account == 4; };
  estate = read(server, targets);
  REQUIRE(estate);
  CHECK(estate->unlisted_not_read == 500);
  CHECK(find_user(*estate, 3499) == nullptr);
}

TEST_CASE("users' own settings are left out on request") {
  FakeServer server = server_of(small_world());
  Options options;
  options.skip_users = true;
  const auto estate = read(server, {{2}, {11, 12}, {}}, options);
  REQUIRE(estate);
  CHECK(estate->users.empty());
  CHECK(paths(server) == std::vector<std::string>{"/accounts", "/accounts/2/account_users"});
}

TEST_CASE("where the listings are broken each known object is read by itself") {
  auto answers = small_world();
  answers[kBase + "/accounts"] = answer(500, kBroken);
  answers[kBase + "/accounts/2"] = answer(200, account(2));
  answers[kBase + "/accounts/4"] = answer(401, kForeign);
  answers[kBase + "/agent_bots"] = answer(500, kBroken);
  FakeServer server = server_of(answers);
  const auto estate = read(server, {{2, 3, 4}, {11, 12, 77}, {6, 7}});
  REQUIRE(estate);
  CHECK(estate->accounts_listing == model::AccountListing::kSearched);
  CHECK(estate->accounts_seen_to == 4);
  CHECK_FALSE(estate->bots_listed);
  CHECK(find_account(*estate, 2)->members_sight == Sight::kSeen);
  CHECK(find_account(*estate, 3)->sight == Sight::kMissing);
  CHECK(find_account(*estate, 4)->sight == Sight::kNotPermitted);
  CHECK(find_account(*estate, 4)->members_sight == Sight::kNotPermitted);
  CHECK(find_bot(*estate, 6)->sight == Sight::kSeen);
  CHECK(find_bot(*estate, 7)->sight == Sight::kMissing);
}

TEST_CASE("where the listing is broken, ids above the mark are asked for, and what is there is seen") {
  auto answers = small_world();
  answers[kBase + "/accounts"] = answer(500, kBroken);
  for (const ServerId id : {2, 9, 205})
    answers[fmt::format("{}/accounts/{}", kBase, id)] = answer(200, account(id));
  answers[kBase + "/accounts/12"] = answer(401, kForeign);
  SECTION("to the end") {
    FakeServer server = server_of(answers);
    const auto estate = read(server, {{2}, {}, {}, {}, 8});
    REQUIRE(estate);
    CHECK(estate->accounts_listing == model::AccountListing::kSearched);
    CHECK(estate->accounts_seen_to == 205);
    REQUIRE(estate->accounts.size() == 3);
    CHECK(find_account(*estate, 9)->sight == Sight::kSeen);
    CHECK(find_account(*estate, 9)->members_sight == Sight::kNotRead);
    CHECK(find_account(*estate, 205)->sight == Sight::kSeen);
    const auto asked = paths(server);
    CHECK(std::count(asked.begin(), asked.end(), "/accounts") == 3);
    CHECK(std::count(asked.begin(), asked.end(), "/accounts/8") == 0);
  }
  SECTION("unless one of them cannot be read") {
    answers[kBase + "/accounts/11"] = answer(500, kBroken);
    FakeServer server = server_of(answers);
    const auto estate = read(server, {{2}, {}, {}, {}, 8});
    REQUIRE(estate);
    CHECK(estate->accounts_listing == model::AccountListing::kNone);
    CHECK(estate->accounts_failure ==
          "The server failed when asked to read account 11 (500 Internal Server Error).");
    CHECK(find_account(*estate, 2)->sight == Sight::kSeen);
  }
}

TEST_CASE("a listing that fails once or twice is not broken") {
  const auto answers = small_world();
  std::map<std::string, int> asked;
  FakeServer server([&](const http::Request& request) {
    if ((request.path == kBase + "/accounts" || request.path == kBase + "/agent_bots") &&
        ++asked[request.path] < 3)
      return answer(500, kBroken);
    const auto found = answers.find(request.path);
    return found == answers.end() ? answer(404, kNotFound) : found->second;
  });
  const auto estate = read(server, {{2}, {}, {6}});
  REQUIRE(estate);
  CHECK(estate->accounts_listing == model::AccountListing::kListed);
  CHECK(estate->bots_listed);
}

TEST_CASE("a read that fails stays with its object") {
  auto answers = small_world();
  answers[kBase + "/accounts/2/account_users"] = answer(500, kBroken);
  answers[kBase + "/users/11"] = testing::no_answer(http::Failure::kTimeout, true);
  FakeServer server = server_of(answers);
  const auto estate = read(server, {{2, 4}, {11, 12}, {}});
  REQUIRE(estate);
  CHECK(find_account(*estate, 2)->sight == Sight::kSeen);
  CHECK(find_account(*estate, 2)->members_sight == Sight::kFailed);
  CHECK(find_account(*estate, 2)->members_failure ==
        "The server failed when asked to list the members of account 2 (500 Internal Server Error).");
  CHECK(find_user(*estate, 11)->sight == Sight::kFailed);
  CHECK(find_user(*estate, 12)->sight == Sight::kSeen);
}

TEST_CASE("a wrong token and a server that is gone end the reading at once, with one error") {
  const auto error_of = [](const testing::Answer& given) {
    FakeServer server([given](const http::Request&) { return given; });
    const auto estate = read(server, {{2, 4}, {11, 12}, {6}});
    REQUIRE_FALSE(estate);
    CHECK(server.requests().size() == 1);
    return estate.error().message;
  };
  CHECK(error_of(answer(401, R"({"error":"Invalid access_token"})")) ==
        "The server does not accept the token.");
  CHECK(error_of(testing::no_answer(http::Failure::kConnect, false)) ==
        "No response when asked to list the accounts: No response.");
  CHECK(error_of(answer(200, "<html>", "text/html")).find("a web page") != std::string::npos);
}

TEST_CASE("a token that is withdrawn in the middle ends the reading") {
  auto answers = small_world();
  answers[kBase + "/users/11"] = answer(401, R"({"error":"Invalid access_token"})");
  FakeServer server = server_of(answers);
  const auto estate = read(server, {{2, 4}, {11, 12}, {}});
  REQUIRE_FALSE(estate);
  CHECK(estate.error().message == "The server does not accept the token.");
}

TEST_CASE("an address where everything is 404 is not a server on which everything is gone") {
  FakeServer server = server_of({});
  const auto estate = read(server, {{2, 4}, {11}, {}});
  REQUIRE_FALSE(estate);
  CHECK(paths(server) == std::vector<std::string>{"/accounts", "/api"});

  // A Chatwoot before 4.5 has no listing, but it tells its version.
  FakeServer old =
      server_of({{"/api", answer(200, R"({"version":"4.4.0","queue_services":"ok","data_services":"ok"})")},
                 {kBase + "/accounts/2", answer(200, account(2))},
                 {kBase + "/accounts/2/account_users", answer(200, "[]")}});
  const auto seen = read(old, {{2}, {}, {}});
  REQUIRE(seen);
  CHECK(seen->accounts_listing == model::AccountListing::kSearched);
  CHECK(find_account(*seen, 2)->sight == Sight::kSeen);
}

TEST_CASE("the result does not depend on the number of workers, and progress counts every request") {
  std::map<std::string, testing::Answer> answers;
  std::string listing;
  Targets targets;
  for (ServerId id = 1; id <= 40; ++id) {
    listing = account(id) + (listing.empty() ? "" : ",") + listing;
    targets.accounts.push_back(41 - id);
    targets.users.push_back(140 - id);
    answers[fmt::format("{}/accounts/{}/account_users", kBase, id)] =
        answer(200, members(id, {100 + id, 200 + id}));
    answers[fmt::format("{}/users/{}", kBase, 99 + id)] = answer(200, user(99 + id));
    answers[fmt::format("{}/users/{}", kBase, 200 + id)] =
        answer(id % 2 == 0 ? 200 : 401, id % 2 == 0 ? user(200 + id) : kForeign);
  }
  answers[kBase + "/accounts"] = answer(200, "[" + listing + "]");
  std::optional<model::LiveEstate> first;
  for (const std::size_t workers : {1U, 3U, 8U, 64U}) {
    FakeServer server = server_of(answers);
    Options options;
    options.workers = workers;
    std::size_t last_done = 0;
    std::size_t last_total = 0;
    bool in_order = true;
    const auto estate =
        read_server(targets, options, server.connections(), {}, [&](std::size_t done, std::size_t total) {
          in_order = in_order && done == last_done + 1 && done <= total;
          last_done = done;
          last_total = total;
        });
    REQUIRE(estate);
    CHECK(in_order);
    CHECK(last_done == server.requests().size());
    CHECK(last_total == last_done);
    if (!first) first = *estate;
    CHECK(*estate == *first);
  }
}

TEST_CASE("a stop ends the reading") {
  std::stop_source stop;
  FakeServer server([&](const http::Request& request) {
    stop.request_stop();
    return request.path == kBase + "/accounts" ? answer(200, "[" + account(2) + "]") : answer(404, kNotFound);
  });
  const auto estate = read_server({{2}, {11}, {}}, {}, server.connections(), stop.get_token());
  REQUIRE_FALSE(estate);
  CHECK(estate.error().message == "The run was stopped before the server was read.");
  CHECK(server.requests().size() == 1);
}

}  // namespace
}  // namespace rollcall::observe
