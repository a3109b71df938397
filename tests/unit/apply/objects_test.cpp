#include "fixture.hpp"

using namespace rollcall;
using http::Method;
using model::Field;
using model::OnRemove;
using plan::Outcome;
using testing::Answer;
using testing::Applied;
using testing::FakeChatwoot;

TEST_CASE("an update sends only what changes, merged into what the server has") {
  Applied a;
  auto& wanted = a.want_account("desk").settings;
  auto& has = a.has_account("desk").settings;
  wanted.set({Field::kCustomAttributes, "region"}, "emea");
  wanted.set({Field::kCustomAttributes, "old"}, model::Value());
  has.set({Field::kCustomAttributes, "region"}, "apac");
  has.set({Field::kCustomAttributes, "old"}, "x");
  a.serve();
  a.chatwoot.accounts[100]["custom_attributes"]["by_hand"] = 1;
  a.run();
  CHECK(a.all_done());
  CHECK(a.chatwoot.log() == std::vector<std::string>{"GET /accounts/100", "PATCH /accounts/100"});
  CHECK(a.chatwoot.accounts[100]["custom_attributes"] ==
        FakeChatwoot::Json({{"region", "emea"}, {"by_hand", 1}, {"rollcall", "lineage/desk/ndesk"}}));
  CHECK(a.chatwoot.server.requests()[1].body.find("name") == std::string::npos);
}

TEST_CASE("an update stops with both values where somebody else changed the setting") {
  Applied a;
  a.want_account("desk").settings.set(Field::kLocale, "de");
  a.has_account("desk").settings.set(Field::kLocale, "en");
  a.serve();
  a.chatwoot.accounts[100]["locale"] = "fr";
  a.run();
  const auto& result = a.of("accounts.desk");
  CHECK(result.outcome == Outcome::kFailed);
  CHECK(result.error.message == R"(locale is "fr" on the server, but "en" is recorded and "de" is wanted.)");
  CHECK(a.chatwoot.count("PATCH /accounts/100") == 0);
}

TEST_CASE("what is as wanted already is recorded, and nothing is sent") {
  Applied a;
  a.want_account("desk").settings.set(Field::kLocale, "de");
  a.has_account("desk").settings.set(Field::kLocale, "en");
  a.serve();
  a.chatwoot.accounts[100]["locale"] = "de";
  a.run();
  CHECK(a.outcome("accounts.desk") == Outcome::kUnchanged);
  CHECK(a.after().accounts[0].settings.text(Field::kLocale) == "de");
}

TEST_CASE("a change of on_remove alone sends nothing") {
  Applied a;
  a.want_account("desk").on_remove = OnRemove::kSuspend;
  a.has_account("desk");
  a.serve();
  a.run();
  CHECK(a.outcome("accounts.desk") == Outcome::kDone);
  CHECK(a.chatwoot.log().empty());
  CHECK(a.after().accounts[0].on_remove == OnRemove::kSuspend);
}

TEST_CASE("a feature that the server does not keep is an error that says why") {
  Applied a;
  a.want_account("desk").settings.set({Field::kFeatures, "sla"}, true);
  a.has_account("desk");
  a.serve();
  a.chatwoot.after = [&](const http::Request& request) -> std::optional<Answer> {
    if (request.method != Method::kPatch) return std::nullopt;
    a.chatwoot.accounts[100]["features"].erase("sla");
    return testing::answer(200, a.chatwoot.accounts[100].dump());
  };
  a.run();
  const auto& result = a.of("accounts.desk");
  CHECK(result.outcome == Outcome::kFailed);
  CHECK(result.error.message.find("features.sla is false, wanted true") != std::string::npos);
  CHECK(result.error.hint.find("paid plans") != std::string::npos);
}

TEST_CASE("a 500 on an update is decided by reading again") {
  Applied a;
  a.want_account("desk").settings.set(Field::kLocale, "de");
  a.has_account("desk").settings.set(Field::kLocale, "en");
  a.serve();
  a.chatwoot.after = [](const http::Request& request) -> std::optional<Answer> {
    if (request.method == Method::kPatch) return FakeChatwoot::server_error();
    return std::nullopt;
  };
  a.run();
  CHECK(a.all_done());
}

TEST_CASE("moves change the account's marker and the user's address") {
  Applied a;
  a.want_account("new");
  a.has_account("old").settings.set(Field::kName, "Account new");
  a.want_user("ana");
  a.has_user("anna").settings.set(Field::kName, "User ana");
  a.move(model::ObjectKind::kAccount, "old", "new");
  a.move(model::ObjectKind::kUser, "anna", "ana");
  a.serve();
  a.run();
  CHECK(a.all_done());
  CHECK(a.chatwoot.accounts[100]["custom_attributes"]["rollcall"] == "lineage/new/nold");
  CHECK(a.chatwoot.users[101]["email"] == "ana@example.com");
  CHECK(model::find(a.after(), a.account("new"))->id == 100);
  CHECK(model::find(a.after(), a.user("ana"))->id == 101);
}

TEST_CASE("once an account has moved with its bots, `moved` can leave the roster") {
  Applied a;
  a.want_account("emea");
  a.has_account("eu").settings.set(model::Field::kName, "Account emea");
  a.want_bot("triage", "emea");
  a.has_bot("triage", "eu");
  a.move(model::ObjectKind::kAccount, "eu", "emea");
  a.serve();
  a.run();
  REQUIRE(a.all_done());
  a.recorded = a.after();
  a.desired.moves.clear();
  a.plan_it();
  CHECK(test::describe(a.plan, a.directory) == "");
}

TEST_CASE("a user whose address somebody else changed is not moved") {
  Applied a;
  a.want_user("ana");
  a.has_user("anna").settings.set(Field::kName, "User ana");
  a.move(model::ObjectKind::kUser, "anna", "ana");
  a.serve();
  a.chatwoot.users[100]["email"] = "other@example.com";
  a.run();
  CHECK(a.outcome("users.ana@example.com") == Outcome::kFailed);
  CHECK(a.chatwoot.users[100]["email"] == "other@example.com");
}

TEST_CASE("bind sends the differences and records what was there as bound") {
  Applied a;
  a.want_account("desk").id = 42;
  a.chatwoot.add_account(42, "By hand");
  a.run();
  CHECK(a.all_done());
  CHECK(a.chatwoot.accounts[42]["name"] == "Account desk");
  REQUIRE(a.after().accounts.size() == 1);
  CHECK(a.after().accounts[0].provenance == model::Provenance::kBound);
}

TEST_CASE("what this token may not see is not bound") {
  Applied a;
  a.want_account("desk").id = 42;
  a.chatwoot.add_account(42, "By hand");
  a.chatwoot.hidden.insert(42);
  a.run();
  CHECK(a.outcome("accounts.desk") == Outcome::kFailed);
  CHECK(a.of("accounts.desk").error.message.find("may not manage account 42") != std::string::npos);
}

TEST_CASE("a key that comes back lifts the suspension of its removal") {
  Applied a;
  a.want_account("desk");
  auto& has = a.has_account("desk");
  has.released = has.suspended_by_removal = true;
  a.serve();
  a.chatwoot.accounts[100]["status"] = "suspended";
  a.run();
  CHECK(a.all_done());
  CHECK(a.chatwoot.accounts[100]["status"] == "active");
  CHECK_FALSE(a.after().accounts[0].released);
}

TEST_CASE("what leaves is released, suspended or deleted as recorded") {
  Applied a;
  a.options.allow_deletes = true;
  a.options.guardrails.max_removals = model::RemovalCount{100};
  a.has_account("kept");
  a.has_account("locked").on_remove = OnRemove::kSuspend;
  a.has_account("gone").on_remove = OnRemove::kDelete;
  a.has_user("joe").on_remove = OnRemove::kDelete;
  a.has_bot("triage", "kept").on_remove = OnRemove::kDelete;
  a.serve();
  a.run();
  CHECK(a.all_done());
  CHECK(a.chatwoot.accounts.size() == 2);
  CHECK(a.chatwoot.accounts[101]["status"] == "suspended");
  CHECK(a.chatwoot.users.empty());
  CHECK(a.chatwoot.bots.empty());
  const auto after = a.after();
  CHECK(after.accounts.size() == 2);
  CHECK(after.users.empty());
  CHECK(after.bots.empty());
}

TEST_CASE("nothing is deleted that does not carry its marker, or is a member still") {
  Applied a;
  a.options.allow_deletes = true;
  a.has_account("gone").on_remove = OnRemove::kDelete;
  a.has_user("joe").on_remove = OnRemove::kDelete;
  a.serve();
  a.chatwoot.accounts[100]["custom_attributes"].erase("rollcall");
  a.chatwoot.add_account(500, "Elsewhere");
  a.chatwoot.members[500][101] = "agent";
  a.run();
  CHECK(a.outcome("accounts.gone") == Outcome::kFailed);
  CHECK(a.outcome("users.joe@example.com") == Outcome::kFailed);
  CHECK(a.of("users.joe@example.com").error.message.find("1 account (id 500)") != std::string::npos);
  CHECK(a.chatwoot.count("DELETE /accounts/100") + a.chatwoot.count("DELETE /users/101") == 0);
}

namespace {

/// The desk and its member joe leave together; the server deletes accounts `late`, as its job queue does.
void serve_late_deletion(Applied& a, std::chrono::milliseconds late) {
  a.options.allow_deletes = true;
  a.has_account("desk").on_remove = OnRemove::kDelete;
  a.has_user("joe").on_remove = OnRemove::kDelete;
  a.has_grant("desk", "joe", model::Role::kAgent);
  a.serve();
  a.chatwoot.before = [&a, late, at = std::optional<std::chrono::milliseconds>()](
                          const http::Request& request) mutable -> std::optional<Answer> {
    if (at && a.clock.ticks() >= *at) {
      a.chatwoot.accounts.erase(100);
      a.chatwoot.members.erase(100);
    }
    if (!FakeChatwoot::is(request, Method::kDelete, "/accounts/100")) return std::nullopt;
    at = a.clock.ticks() + late;
    return testing::answer(200);
  };
}

}  // namespace

TEST_CASE("a member of an account that this run deletes is deleted once the server is done with it") {
  Applied a;
  serve_late_deletion(a, std::chrono::seconds(3));
  a.run();
  CHECK(a.all_done());
  CHECK(a.chatwoot.users.empty());
  CHECK(a.clock.ticks() == std::chrono::seconds(3));
}

TEST_CASE("a deletion counts once the server shows it, and is waited for no longer than 10 seconds") {
  Applied a;
  serve_late_deletion(a, std::chrono::hours(1));
  a.run();
  CHECK(a.outcome("accounts.desk") == Outcome::kUnknown);
  CHECK(a.of("accounts.desk").error.message.find("not carried it out yet") != std::string::npos);
  CHECK(a.outcome("users.joe@example.com") == Outcome::kSkipped);
  CHECK(a.clock.ticks() == std::chrono::seconds(10));
  CHECK(a.chatwoot.users.size() == 1);
  // It stays recorded and begun: the next run looks.
  CHECK(a.after().accounts.size() == 1);
  REQUIRE(a.recorder.open().size() == 1);
  CHECK(a.recorder.open().begin()->second.accepted);
}

TEST_CASE("once the server's jobs are behind, nobody else waits for them") {
  Applied a;
  a.options.allow_deletes = true;
  a.settings.parallelism = 1;
  for (const char* name : {"ana", "ben", "joe"}) a.has_user(name).on_remove = OnRemove::kDelete;
  a.serve();
  a.chatwoot.before = [](const http::Request& request) -> std::optional<Answer> {
    if (request.method == Method::kDelete) return testing::answer(200);
    return std::nullopt;
  };
  a.run();
  for (const plan::ActionResult& one : a.result.results) CHECK(one.outcome == Outcome::kUnknown);
  CHECK(a.clock.ticks() == std::chrono::seconds(10));
}

TEST_CASE("a leaver who is a member elsewhere is not waited for") {
  Applied a;
  serve_late_deletion(a, std::chrono::seconds(3));
  a.chatwoot.add_account(500, "Elsewhere");
  a.chatwoot.members[500][101] = "agent";
  a.run();
  CHECK(a.of("users.joe@example.com").error.message.find("1 account (id 500)") != std::string::npos);
  CHECK(a.clock.ticks() == std::chrono::seconds(3));
}

TEST_CASE("nobody waits for a deletion after a stop") {
  Applied a;
  serve_late_deletion(a, std::chrono::seconds(3));
  std::stop_source stop;
  a.settings.stop = stop.get_token();
  a.chatwoot.after = [&](const http::Request& request) -> std::optional<Answer> {
    if (FakeChatwoot::is(request, Method::kDelete, "/accounts/100")) stop.request_stop();
    return std::nullopt;
  };
  const auto late = a.chatwoot.before;
  a.chatwoot.before = [&, late](const http::Request& request) -> std::optional<Answer> {
    auto answer = late(request);
    if (FakeChatwoot::is(request, Method::kDelete, "/accounts/100")) stop.request_stop();
    return answer;
  };
  a.run();
  CHECK(a.outcome("accounts.desk") == Outcome::kUnknown);
  CHECK(a.outcome("users.joe@example.com") == Outcome::kNotStarted);
  CHECK(a.clock.ticks() == std::chrono::seconds(0));
}

TEST_CASE("a user is read again while the server answers 500 for members of a vanishing account") {
  Applied a;
  serve_late_deletion(a, std::chrono::seconds(1));
  a.chatwoot.after = [&](const http::Request& request) -> std::optional<Answer> {
    if (FakeChatwoot::is(request, Method::kGet, "/users/101") && a.clock.ticks() < std::chrono::seconds(2))
      return FakeChatwoot::server_error();
    return std::nullopt;
  };
  a.run();
  CHECK(a.all_done());
  CHECK(a.clock.ticks() == std::chrono::seconds(2));
}

TEST_CASE("what was released may come back under a new key") {
  Applied a;
  a.want_account("desk");
  a.has_account("old").released = true;
  a.want_user("ana");
  a.has_user("anna").released = true;
  a.desired.moves = {
      {{model::ObjectKind::kAccount, "old", ""}, {model::ObjectKind::kAccount, "desk", ""}, {}},
      {{model::ObjectKind::kUser, "anna@example.com", ""},
       {model::ObjectKind::kUser, "ana@example.com", ""},
       {}}};
  a.serve();
  a.run();
  CHECK(a.all_done());
  CHECK(a.chatwoot.accounts[100]["custom_attributes"]["rollcall"] == "lineage/desk/nold");
  CHECK(a.chatwoot.users[101]["email"] == "ana@example.com");
  a.recorded = a.after();
  a.plan_it();
  CHECK(a.plan.empty());
}

TEST_CASE("an account that comes back is held against its members, who may have changed in the meantime") {
  Applied a;
  a.want_account("desk");
  a.has_account("desk").released = true;
  a.both_users({"ana", "joe"});
  a.both_grant("desk", "ana", model::Role::kAdministrator);
  a.both_grant("desk", "joe", model::Role::kAgent);
  a.serve();
  SECTION("as they were") {
    a.run();
    CHECK(a.all_done());
  }
  SECTION("changed") {
    a.chatwoot.members[100] = {{102, "administrator"}, {900, "administrator"}};
    a.run();
    CHECK(a.outcome("accounts.desk") == Outcome::kFailed);
    CHECK(a.of("accounts.desk").error.message.find("2 grants") != std::string::npos);
    a.recorded = a.after();
    CHECK_FALSE(a.recorded.accounts[0].released);
    REQUIRE(a.recorded.accounts[0].unlisted.size() == 1);
    a.run();
    CHECK(a.all_done());
    CHECK(a.chatwoot.members[100][101] == "administrator");
    CHECK(a.chatwoot.members[100][102] == "agent");
  }
}

TEST_CASE(
    "an account that comes back is managed again once its members are recorded, whatever ends the run") {
  Applied a;
  a.want_account("desk");
  a.has_account("desk").released = true;
  a.both_users({"ana", "joe", "kim"});
  a.both_grant("desk", "ana", model::Role::kAdministrator);
  a.both_grant("desk", "joe", model::Role::kAgent);
  a.want_grant("desk", "kim", model::Role::kAgent);
  a.serve();
  a.chatwoot.members[100] = {{101, "administrator"}, {900, "agent"}};
  const auto next_runs_make_it_right = [&] {
    a.recorded = a.after();
    a.chatwoot.before = [](const http::Request&) { return std::nullopt; };
    a.recorder.fail_from(0);
    a.recorder.fail_begin_from(0);
    for (int more = 0; more < 2; ++more) {
      a.run();
      a.recorded = a.after();
    }
    CHECK(a.all_done());
    CHECK(a.chatwoot.members[100] ==
          std::map<model::ServerId, std::string>{
              {101, "administrator"}, {102, "agent"}, {103, "agent"}, {900, "agent"}});
  };
  SECTION("the run ends with the next action") {
    a.recorder.fail_begin_from(2);
    a.run();
    REQUIRE(a.result.fatal);
    CHECK_FALSE(a.after().accounts[0].released);
    CHECK(a.after().grants.size() == 1);
    CHECK(a.after().accounts[0].unlisted.size() == 1);
    CHECK(a.outcome("accounts.desk") == Outcome::kFailed);
  }
  SECTION("they cannot be read") {
    a.chatwoot.before =
        FakeChatwoot::once(Method::kGet, "/accounts/100/account_users", FakeChatwoot::server_error());
    a.run();
    CHECK(a.outcome("accounts.desk") == Outcome::kUnknown);
    CHECK(a.of("accounts.desk").error.message.find("it is unknown who has access now: ") !=
          std::string::npos);
    CHECK(a.outcome("grants.desk/kim@example.com") == Outcome::kSkipped);
    CHECK(a.after() == a.recorded);
    CHECK(a.recorder.open().size() == 1);
  }
  SECTION("nothing can be recorded any more") {
    a.recorder.fail_from(1);
    a.run();
    CHECK(a.outcome("accounts.desk") == Outcome::kUnknown);
    CHECK(a.after() == a.recorded);
  }
  next_runs_make_it_right();
}

TEST_CASE(
    "an account that comes back under a new key knows its members by the addresses that they have now") {
  Applied a;
  a.want_account("desk");
  a.has_account("old").released = true;
  a.want_user("ana");
  a.has_user("anna");
  a.has_user("bob");
  a.want_user("bob");
  a.recorded.grants = {{a.account("old"), a.user("anna"), model::Role::kAdministrator},
                       {a.account("old"), a.user("bob"), model::Role::kAgent}};
  a.want_grant("desk", "ana", model::Role::kAdministrator);
  a.want_grant("desk", "bob", model::Role::kAgent);
  a.desired.moves = {
      {{model::ObjectKind::kAccount, "old", ""}, {model::ObjectKind::kAccount, "desk", ""}, {}},
      {{model::ObjectKind::kUser, "anna@example.com", ""},
       {model::ObjectKind::kUser, "ana@example.com", ""},
       {}}};
  a.serve();
  a.chatwoot.members[100] = {{101, "agent"}};
  a.run();
  CHECK(a.of("accounts.desk").error.message.find("2 grants") != std::string::npos);
  a.recorded = a.after();
  CHECK(a.recorded.grants ==
        std::vector<model::Grant>{{a.account("desk"), a.user("ana"), model::Role::kAgent}});
  a.run();
  CHECK(a.all_done());
  CHECK(a.chatwoot.members[100] ==
        std::map<model::ServerId, std::string>{{101, "administrator"}, {102, "agent"}});
}

TEST_CASE("somebody who is adopted and is a member already is no unlisted one any more") {
  Applied a;
  a.both_accounts({"desk"});
  a.recorded.accounts[0].unlisted = {{4, model::Role::kAgent, std::nullopt}};
  a.want_user("vis").adopt = true;
  a.want_grant("desk", "vis", model::Role::kAgent);
  a.serve();
  a.chatwoot.add_user(4, "vis@example.com", "Vis");
  a.run();
  CHECK(a.outcome("grants.desk/vis@example.com") == Outcome::kUnchanged);
  CHECK(a.after().accounts[0].unlisted.empty());
}

TEST_CASE("one leaver whom the server fails to show says nothing of other deletions") {
  Applied a;
  a.options.allow_deletes = true;
  a.settings.parallelism = 1;
  for (const char* name : {"ana", "ben", "joe"}) a.has_user(name).on_remove = OnRemove::kDelete;
  a.has_account("desk").on_remove = OnRemove::kDelete;
  a.serve();
  std::optional<std::chrono::milliseconds> ben_goes_at;
  a.chatwoot.before = [&](const http::Request& request) -> std::optional<Answer> {
    if (FakeChatwoot::is(request, Method::kGet, "/users/100")) return FakeChatwoot::server_error();
    if (FakeChatwoot::is(request, Method::kDelete, "/users/101")) {
      ben_goes_at = a.clock.ticks() + std::chrono::seconds(1);
      return testing::answer(200);
    }
    if (ben_goes_at && a.clock.ticks() >= *ben_goes_at) a.chatwoot.users.erase(101);
    return std::nullopt;
  };
  a.run();
  CHECK(a.outcome("users.ana@example.com") == Outcome::kFailed);
  for (const char* address : {"accounts.desk", "users.ben@example.com", "users.joe@example.com"})
    CHECK(a.outcome(address) == Outcome::kDone);
  CHECK(ben_goes_at);
}

TEST_CASE("a member without an address who is adopted is no unlisted one any more") {
  Applied a;
  a.both_accounts({"desk"});
  a.recorded.accounts[0].unlisted = {{4, model::Role::kAdministrator, std::nullopt}};
  a.want_user("vis").adopt = true;
  a.want_grant("desk", "vis", model::Role::kAdministrator);
  a.serve();
  a.chatwoot.add_user(4, "vis@example.com", "Vis");
  a.run();
  CHECK(a.all_done());
  CHECK(a.after().accounts[0].unlisted.empty());
}

TEST_CASE("what is gone already counts as deleted") {
  Applied a;
  a.options.allow_deletes = true;
  a.has_account("gone").on_remove = OnRemove::kDelete;
  a.run();
  CHECK(a.outcome("accounts.gone") == Outcome::kUnchanged);
  CHECK(a.after().accounts.empty());
}

TEST_CASE("a bot's outgoing_url is sent though the server never shows it") {
  Applied a;
  a.both_accounts({"desk"});
  a.want_bot("triage", "desk").settings.set(Field::kOutgoingUrl, "https://bots.example.com/new");
  a.has_bot("triage", "desk").settings.set(Field::kOutgoingUrl, "https://bots.example.com/old");
  a.serve();
  a.run();
  CHECK(a.all_done());
  CHECK(a.chatwoot.server.requests().back().body.find("bots.example.com/new") != std::string::npos);
}
