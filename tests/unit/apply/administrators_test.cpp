#include "apply/administrators.hpp"

#include "apply/recovery.hpp"
#include "fixture.hpp"

using namespace rollcall;
using namespace std::chrono_literals;
using apply::AdministratorLedger;
using http::Method;
using model::LiveMember;
using model::Role;
using plan::Outcome;
using testing::Answer;
using testing::Applied;
using testing::FakeChatwoot;
using Verdict = AdministratorLedger::Verdict;

namespace {

/// The desk with these administrators recorded and served.
void serve_desk(Applied& a, std::initializer_list<const char*> administrators,
                std::initializer_list<const char*> agents = {}) {
  a.options.guardrails.min_administrators = 0;
  a.both_accounts({"desk"});
  for (const char* name : administrators) {
    a.both_users({name});
    a.has_grant("desk", name, Role::kAdministrator);
  }
  for (const char* name : agents) {
    a.both_users({name});
    a.has_grant("desk", name, Role::kAgent);
  }
  a.serve();
}

std::size_t administrators_of(Applied& a) {
  const auto& rows = a.chatwoot.members[100];
  return static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [](const auto& row) { return row.second == "administrator"; }));
}

}  // namespace

TEST_CASE("the ledger lets all but the last administrator go") {
  AdministratorLedger ledger;
  ledger.learn(
      1, std::vector<LiveMember>{{1, Role::kAdministrator}, {2, Role::kAdministrator}, {3, Role::kAgent}},
      1ms);
  CHECK(ledger.ask(1, 3) == Verdict::kIsNone);
  CHECK(ledger.ask(1, 1) == Verdict::kMayGo);
  CHECK(ledger.ask(1, 2) == Verdict::kIsLast);
  ledger.kept(1, 1);
  CHECK(ledger.ask(1, 2) == Verdict::kMayGo);
}

TEST_CASE("the ledger never counts on somebody of whom nobody is certain") {
  AdministratorLedger ledger;
  ledger.uncertain(1, 2);
  ledger.learn(1, std::vector<LiveMember>{{1, Role::kAdministrator}, {2, Role::kAdministrator}}, 1ms);
  CHECK(ledger.ask(1, 1) == Verdict::kIsLast);
  AdministratorLedger unseen;
  unseen.uncertain(1, 2);
  unseen.learn(1, std::vector<LiveMember>{{1, Role::kAdministrator}}, 1ms);
  CHECK(unseen.ask(1, 1) == Verdict::kIsLast);
}

TEST_CASE("nobody of whom nobody is certain is anybody else's business") {
  constexpr model::ServerId kAccount = 5, kUser = 5;
  AdministratorLedger ledger;
  ledger.learn(kAccount, std::vector<LiveMember>{{kUser, Role::kAdministrator}}, 1ms);
  ledger.uncertain(kAccount, kUser);
  SECTION("in other accounts") {
    for (const model::ServerId other : {4, 6})
      for (const model::ServerId user : {1, 5, 9}) ledger.uncertain(other, user);
    CHECK(ledger.ask(kAccount, kUser) == Verdict::kMayGo);
  }
  SECTION("in this one they may be a member") {
    ledger.uncertain(kAccount, GENERATE(1, 9));
    CHECK(ledger.ask(kAccount, kUser) == Verdict::kIsLast);
  }
}

TEST_CASE("the only member may go") {
  AdministratorLedger ledger;
  ledger.learn(1, std::vector<LiveMember>{{1, Role::kAdministrator}, {2, Role::kAgent}}, 1ms);
  CHECK(ledger.ask(1, 1) == Verdict::kIsLast);
  ledger.gone(1, 2);
  CHECK(ledger.ask(1, 1) == Verdict::kLookAgain);
  SECTION("once the members are read again") {
    ledger.learn(1, std::vector<LiveMember>{{1, Role::kAdministrator}}, 2ms);
    CHECK(ledger.ask(1, 1) == Verdict::kMayGo);
  }
  SECTION("but not where they show somebody else") {
    ledger.learn(1, std::vector<LiveMember>{{1, Role::kAdministrator}, {2, Role::kAgent}}, 2ms);
    CHECK(ledger.ask(1, 1) == Verdict::kIsLast);
  }
}

TEST_CASE("a second read does not bring back who was let go") {
  AdministratorLedger ledger;
  const std::vector<LiveMember> members = {{1, Role::kAdministrator}, {2, Role::kAdministrator}};
  ledger.learn(1, members, 1ms);
  REQUIRE(ledger.ask(1, 1) == Verdict::kMayGo);
  ledger.learn(1, members, 1ms);
  CHECK(ledger.ask(1, 2) == Verdict::kIsLast);
}

TEST_CASE("two workers never take both of the last two administrators") {
  Applied a;
  serve_desk(a, {"ana", "ben"}, {"joe"});
  a.want_grant("desk", "joe", Role::kAgent);
  a.settings.parallelism = 4;
  a.run();
  CHECK(administrators_of(a) == 1);
  CHECK(a.outcome("grants.desk/ana@example.com") != a.outcome("grants.desk/ben@example.com"));
  CHECK(a.after().grants.size() == 2);
}

TEST_CASE("an account may be emptied, administrators last") {
  Applied a;
  serve_desk(a, {"ana", "ben"}, {"joe", "kim"});
  a.settings.parallelism = 4;
  a.run();
  CHECK(a.all_done());
  CHECK(a.chatwoot.members[100].empty());
  CHECK(a.after().grants.empty());
}

TEST_CASE("an administrator stays where the successor's promotion failed") {
  Applied a;
  serve_desk(a, {"ana"}, {"joe"});
  a.want_grant("desk", "joe", Role::kAdministrator);
  a.chatwoot.before = [](const http::Request& request) -> std::optional<Answer> {
    if (request.method == Method::kPost) return FakeChatwoot::server_error();
    return std::nullopt;
  };
  a.run();
  CHECK(a.outcome("grants.desk/joe@example.com") == Outcome::kFailed);
  CHECK(a.outcome("grants.desk/ana@example.com") != Outcome::kDone);
  CHECK(a.chatwoot.count("DELETE /accounts/100/account_users") == 0);
}

TEST_CASE("an administrator stays where nobody knows of the successor's promotion") {
  Applied a;
  serve_desk(a, {"ana"}, {"joe"});
  a.want_grant("desk", "joe", Role::kAdministrator);
  const auto lose = [](const http::Request& request) -> std::optional<Answer> {
    if (request.method == Method::kPost) return FakeChatwoot::lost();
    return std::nullopt;
  };
  SECTION("it was made, as the members show in the end") {
    a.chatwoot.after = lose;
    a.run();
    CHECK(a.outcome("grants.desk/joe@example.com") == Outcome::kDone);
  }
  SECTION("it was not made") {
    a.chatwoot.before = lose;
    a.run();
    CHECK(a.outcome("grants.desk/joe@example.com") == Outcome::kUnknown);
  }
  CHECK(a.outcome("grants.desk/ana@example.com") == Outcome::kFailed);
  CHECK(a.chatwoot.count("DELETE /accounts/100/account_users") == 0);
}

TEST_CASE("an administrator stays where it is unknown whether the other one is gone") {
  Applied a;
  serve_desk(a, {"ana", "ben"}, {"joe"});
  a.want_grant("desk", "joe", Role::kAgent);
  a.settings.parallelism = GENERATE(1U, 4U);
  const auto lose = [](const http::Request& request) -> std::optional<Answer> {
    if (request.method == Method::kDelete) return FakeChatwoot::lost();
    return std::nullopt;
  };
  (GENERATE(false, true) ? a.chatwoot.after : a.chatwoot.before) = lose;
  a.run();
  CHECK(a.chatwoot.count("DELETE /accounts/100/account_users") == 1);
  CHECK(administrators_of(a) >= 1);
}

TEST_CASE("an administrator whose removal failed counts again") {
  Applied a;
  serve_desk(a, {"ana", "ben"}, {"joe"});
  a.want_grant("desk", "joe", Role::kAgent);
  a.chatwoot.before = [removals = 0](const http::Request& request) mutable -> std::optional<Answer> {
    if (request.method == Method::kDelete && ++removals == 1) return FakeChatwoot::server_error();
    return std::nullopt;
  };
  a.run();
  CHECK(a.outcome("grants.desk/ana@example.com") == Outcome::kFailed);
  CHECK(a.outcome("grants.desk/ben@example.com") == Outcome::kDone);
  CHECK(administrators_of(a) == 1);
}

TEST_CASE("somebody who is demoted is still a member whom the last administrator may not leave") {
  Applied a;
  serve_desk(a, {"ana", "ben"});
  a.want_grant("desk", "ana", Role::kAgent);
  a.settings.parallelism = GENERATE(1U, 4U);
  a.run();
  CHECK(administrators_of(a) == 1);
  CHECK(a.outcome("grants.desk/ana@example.com") == Outcome::kDone);
  CHECK(a.outcome("grants.desk/ben@example.com") == Outcome::kFailed);
}

TEST_CASE("the last administrator does not go by the server's word that everybody else is gone") {
  Applied a;
  serve_desk(a, {"ana"}, {"joe"});
  const auto joe = model::find(a.recorded, a.user("joe"))->id;
  const auto of_joe = [joe](const http::Request& request) {
    return request.method == Method::kDelete && FakeChatwoot::Json::parse(request.body).at("user_id") == joe;
  };
  SECTION("it said so, and did nothing") {
    a.chatwoot.before = [&](const http::Request& request) -> std::optional<Answer> {
      if (of_joe(request)) return testing::answer(200);
      return std::nullopt;
    };
  }
  SECTION("it said nothing") {
    a.chatwoot.after = [&](const http::Request& request) -> std::optional<Answer> {
      if (of_joe(request)) return FakeChatwoot::lost();
      return std::nullopt;
    };
  }
  a.run();
  CHECK(a.outcome("grants.desk/ana@example.com") == Outcome::kFailed);
  CHECK(administrators_of(a) == 1);
}

TEST_CASE("somebody recorded as agent may be the last administrator on the server") {
  Applied a;
  serve_desk(a, {}, {"ana", "joe"});
  a.want_grant("desk", "joe", Role::kAgent);
  const auto ana = model::find(a.recorded, a.user("ana"))->id;
  a.chatwoot.members[100][ana] = "administrator";
  a.run();
  CHECK(a.outcome("grants.desk/ana@example.com") == Outcome::kFailed);
  CHECK(a.chatwoot.members[100].size() == 2);
}

TEST_CASE("an agent's grant does not demote an administrator whom nobody recorded") {
  Applied a;
  serve_desk(a, {}, {"joe"});
  a.both_users({"ana"});
  a.serve();
  a.want_grant("desk", "joe", Role::kAgent);
  a.want_grant("desk", "ana", Role::kAgent);
  const auto ana = model::find(a.recorded, a.user("ana"))->id;
  a.chatwoot.members[100][ana] = "administrator";
  a.run();
  CHECK(a.outcome("grants.desk/ana@example.com") == Outcome::kFailed);
  CHECK(administrators_of(a) == 1);
}

TEST_CASE("two agents' grants do not demote both of the administrators whom nobody recorded") {
  Applied a;
  serve_desk(a, {}, {"joe"});
  a.both_users({"ana", "ben"});
  a.serve();
  a.want_grant("desk", "joe", Role::kAgent);
  for (const char* name : {"ana", "ben"}) {
    a.want_grant("desk", name, Role::kAgent);
    a.chatwoot.members[100][model::find(a.recorded, a.user(name))->id] = "administrator";
  }
  a.settings.parallelism = 4;
  a.run();
  CHECK(administrators_of(a) == 1);
}

TEST_CASE("a recorded administrator who is gone from the server does not make an agent's grant harmless") {
  Applied a;
  serve_desk(a, {"ben"}, {"joe"});
  a.both_users({"ana"});
  a.serve();
  a.want_grant("desk", "ben", Role::kAdministrator);
  a.want_grant("desk", "joe", Role::kAgent);
  a.want_grant("desk", "ana", Role::kAgent);
  a.chatwoot.members[100].erase(model::find(a.recorded, a.user("ben"))->id);
  a.chatwoot.members[100][model::find(a.recorded, a.user("ana"))->id] = "administrator";
  a.run();
  CHECK(a.outcome("grants.desk/ana@example.com") == Outcome::kFailed);
  CHECK(administrators_of(a) == 1);
}

TEST_CASE("where the members cannot be read, nothing is sent, and the words fit what was to be done") {
  Applied a;
  serve_desk(a, {"ana"}, {"joe"});
  a.both_users({"kim"});
  a.serve();
  a.want_grant("desk", "ana", Role::kAdministrator);
  a.want_grant("desk", "kim", Role::kAgent);
  a.chatwoot.before = [](const http::Request& request) -> std::optional<Answer> {
    if (request.method == Method::kGet) return FakeChatwoot::server_error();
    return std::nullopt;
  };
  a.run();
  const auto message = [&](const std::string& address) { return a.of(address).error.message; };
  CHECK(message("grants.desk/joe@example.com")
            .starts_with("The account's members could not be read, so nothing was taken away: "));
  CHECK(message("grants.desk/kim@example.com")
            .starts_with("The account's members could not be read, so nothing was changed: "));
  CHECK(a.chatwoot.count("DELETE /accounts/100/account_users") == 0);
  CHECK(a.chatwoot.count("POST /accounts/100/account_users") == 0);
}

TEST_CASE("a revocation that the server accepts but does not make is a failure, and stays recorded") {
  Applied a;
  serve_desk(a, {"ana"}, {"joe"});
  a.want_grant("desk", "ana", Role::kAdministrator);
  a.chatwoot.before = [](const http::Request& request) -> std::optional<Answer> {
    if (request.method == Method::kDelete) return testing::answer(200);
    return std::nullopt;
  };
  a.run();
  CHECK(a.outcome("grants.desk/joe@example.com") == Outcome::kFailed);
  CHECK(a.after().grants.size() == 2);
}

TEST_CASE("a revocation whose account cannot be read afterwards is unknown, and stays recorded") {
  Applied a;
  serve_desk(a, {"ana"}, {"joe"});
  a.want_grant("desk", "ana", Role::kAdministrator);
  a.chatwoot.before = [reads = 0](const http::Request& request) mutable -> std::optional<Answer> {
    if (request.method == Method::kGet && ++reads > 1) return FakeChatwoot::server_error();
    return std::nullopt;
  };
  a.run();
  CHECK(a.outcome("grants.desk/joe@example.com") == Outcome::kUnknown);
  CHECK(a.after().grants.size() == 2);
}

TEST_CASE("what the members say after a revocation is recorded") {
  Applied a;
  serve_desk(a, {"ana"}, {"joe", "kim", "lea"});
  for (const char* name : {"kim", "lea"}) a.want_grant("desk", name, Role::kAgent);
  a.want_grant("desk", "ana", Role::kAdministrator);
  const auto id_of = [&](const char* name) { return model::find(a.recorded, a.user(name))->id; };
  a.chatwoot.members[100][id_of("kim")] = "administrator";
  a.chatwoot.members[100].erase(id_of("lea"));
  a.chatwoot.members[100][777] = "agent";
  a.run();
  CHECK(a.all_done());
  const auto after = a.after();
  CHECK(model::find(after, a.account("desk"), a.user("kim"))->role == Role::kAdministrator);
  CHECK(model::find(after, a.account("desk"), a.user("lea")) == nullptr);
  CHECK(model::find(after, a.account("desk"), a.user("joe")) == nullptr);
  REQUIRE(after.accounts[0].unlisted.size() == 1);
  CHECK(after.accounts[0].unlisted[0].user_id == 777);
}

TEST_CASE("a 500 on a revocation is decided by the members") {
  Applied a;
  a.both_accounts({"desk"});
  a.both_users({"ana", "joe"});
  a.both_grant("desk", "ana", Role::kAdministrator);
  a.has_grant("desk", "joe", Role::kAgent);
  a.serve();
  const auto fail_removals = [](const http::Request& request) -> std::optional<testing::Answer> {
    if (request.method == Method::kDelete) return FakeChatwoot::server_error();
    return std::nullopt;
  };
  SECTION("it was done all the same") {
    a.chatwoot.after = fail_removals;
    a.run();
    CHECK(a.outcome("grants.desk/joe@example.com") == Outcome::kDone);
    CHECK(a.after().grants.size() == 1);
  }
  SECTION("it was not done") {
    a.chatwoot.before = fail_removals;
    a.run();
    CHECK(a.outcome("grants.desk/joe@example.com") == Outcome::kFailed);
    CHECK(a.after().grants.size() == 2);
  }
}

TEST_CASE(
    "a revocation answered 500 is unknown while the members cannot be read, and the next look settles it") {
  Applied a;
  a.both_accounts({"desk"});
  a.both_users({"ana", "joe"});
  a.both_grant("desk", "ana", Role::kAdministrator);
  a.has_grant("desk", "joe", Role::kAgent);
  a.serve();
  const bool done = GENERATE(false, true);
  bool sent = false;
  const auto fail = [&](const http::Request& request) -> std::optional<testing::Answer> {
    sent = sent || request.method == Method::kDelete;
    return sent ? std::optional(FakeChatwoot::server_error()) : std::nullopt;
  };
  (done ? a.chatwoot.after : a.chatwoot.before) = fail;
  a.run();
  CHECK(a.outcome("grants.desk/joe@example.com") == Outcome::kUnknown);
  CHECK(a.after().grants.size() == 2);
  REQUIRE(a.recorder.open().size() == 1);
  a.chatwoot.before = a.chatwoot.after = [](const http::Request&) { return std::nullopt; };
  state::State state;
  state.lineage = a.settings.lineage;
  state.estate = a.recorded;
  state.unresolved = {a.recorder.open().begin()->second};
  const auto recovery = apply::recover(state, a.directory, a.chatwoot.server.connections());
  REQUIRE(recovery);
  CHECK(recovery->open.empty());
  CHECK(state::fold(a.recorded, recovery->facts).grants.size() == (done ? 1 : 2));
}

TEST_CASE("a revocation whose response was lost is recorded as its account's members show it") {
  Applied a;
  a.both_accounts({"desk"});
  a.both_users({"ana", "joe"});
  a.both_grant("desk", "ana", Role::kAdministrator);
  a.has_grant("desk", "joe", Role::kAgent);
  a.serve();
  a.chatwoot.after = [](const http::Request& request) -> std::optional<testing::Answer> {
    if (request.method == Method::kDelete) return FakeChatwoot::lost();
    return std::nullopt;
  };
  a.run();
  CHECK(a.outcome("grants.desk/joe@example.com") == Outcome::kDone);
  CHECK(a.after().grants.size() == 1);
  CHECK(a.recorder.open().empty());
}

TEST_CASE("a 500 on a grant is decided by the members") {
  Applied a;
  serve_desk(a, {"ana"});
  a.want_grant("desk", "ana", Role::kAdministrator);
  a.both_users({"joe"});
  a.serve();
  a.want_grant("desk", "joe", Role::kAgent);
  SECTION("it was made") {
    a.chatwoot.after = [](const http::Request& request) -> std::optional<Answer> {
      if (request.method == Method::kPost) return FakeChatwoot::server_error();
      return std::nullopt;
    };
    a.run();
    CHECK(a.all_done());
    CHECK(a.chatwoot.count("POST /accounts/100/account_users") == 1);
  }
  SECTION("it was not, and the second time works") {
    a.chatwoot.before = [n = 0](const http::Request& request) mutable -> std::optional<Answer> {
      if (request.method == Method::kPost && n++ == 0) return FakeChatwoot::server_error();
      return std::nullopt;
    };
    a.run();
    CHECK(a.all_done());
    CHECK(a.chatwoot.count("POST /accounts/100/account_users") == 2);
  }
}

TEST_CASE("what was read a while ago decides about nobody: an administrator may have gone meanwhile") {
  Applied a;
  serve_desk(a, {"ana", "ben"}, {"joe", "kim"});
  a.want_grant("desk", "ben", Role::kAdministrator);
  a.want_grant("desk", "kim", Role::kAgent);
  a.settings.parallelism = 1;
  // Joe's removal hangs for a minute; in that time somebody makes Ben an agent.
  a.chatwoot.before = [&](const http::Request& request) -> std::optional<Answer> {
    if (request.method == Method::kDelete && request.body.find(":103") != std::string::npos) {
      a.clock.sleep_for(std::chrono::minutes(1));
      a.chatwoot.members[100][102] = "agent";
    }
    return std::nullopt;
  };
  a.run();
  CHECK(a.outcome("grants.desk/joe@example.com") == Outcome::kDone);
  CHECK(a.outcome("grants.desk/ana@example.com") == Outcome::kFailed);
  CHECK(administrators_of(a) == 1);
}

TEST_CASE("an account that is left without an administrator by two hands at once is told") {
  Applied a;
  serve_desk(a, {"ana", "ben"}, {"joe"});
  a.want_grant("desk", "ben", Role::kAdministrator);
  a.want_grant("desk", "joe", Role::kAgent);
  a.chatwoot.after = [&](const http::Request& request) -> std::optional<Answer> {
    if (request.method == Method::kDelete) a.chatwoot.members[100][102] = "agent";
    return std::nullopt;
  };
  a.run();
  REQUIRE(a.result.notes.size() == 1);
  CHECK(a.result.notes[0].find("accounts.desk has 2 members and no administrator now.") == 0);
}

TEST_CASE("a demotion after which nobody could look is told") {
  Applied a;
  serve_desk(a, {"ana", "ben"}, {});
  a.want_grant("desk", "ana", Role::kAdministrator);
  a.want_grant("desk", "ben", Role::kAgent);
  bool demoted = false;
  a.chatwoot.before = [&](const http::Request& request) -> std::optional<Answer> {
    if (request.method == Method::kPost) demoted = true;
    if (demoted && request.method == Method::kGet) return FakeChatwoot::server_error();
    return std::nullopt;
  };
  a.run();
  CHECK(a.all_done());
  CHECK(a.result.notes ==
        std::vector<std::string>{
            "The members of accounts.desk were not read again after its grants were changed, "
            "so it is unknown whether another client changed them at the same time. Run "
            "`rollcall drift` to see."});
}
