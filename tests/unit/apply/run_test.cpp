#include "fixture.hpp"

using namespace rollcall;
using http::Method;
using model::Role;
using plan::Outcome;
using plan::Stop;
using testing::Answer;
using testing::Applied;
using testing::FakeChatwoot;

namespace {

/// One account with an administrator and an agent, all of it new.
void want_a_desk(Applied& a) {
  a.want_account("desk").settings.set({model::Field::kLimits, "agents"}, 7);
  a.want_user("ana");
  a.want_user("joe");
  a.want_bot("triage", "desk");
  a.want_grant("desk", "ana", Role::kAdministrator);
  a.want_grant("desk", "joe", Role::kAgent);
}

}  // namespace

TEST_CASE("a new estate is created, and the next plan is empty") {
  Applied a;
  want_a_desk(a);
  a.settings.parallelism = 4;
  a.run();
  CHECK(a.result.stop == Stop::kFinished);
  CHECK(a.all_done());
  REQUIRE(a.chatwoot.accounts.size() == 1);
  const auto& [id, account] = *a.chatwoot.accounts.begin();
  CHECK(account["name"] == "Account desk");
  CHECK(account["limits"]["agents"] == 7);
  CHECK(account["custom_attributes"]["rollcall"].get<std::string>().starts_with("lineage/desk/"));
  CHECK(a.chatwoot.users.size() == 2);
  CHECK(a.chatwoot.members[id].size() == 2);
  CHECK(a.chatwoot.bots.begin()->second["account_id"] == id);
  CHECK(a.recorder.finished());
  CHECK(a.progress.back().finished == a.plan.actions.size());
  CHECK(a.progress.back().total == a.plan.actions.size());
  for (const apply::Progress& one : a.progress) {
    const bool created = one.kind == apply::Progress::Kind::kFinished &&
                         a.plan.actions[one.result.action].verb == plan::Verb::kCreate;
    CHECK(one.result.id.has_value() == created);
    if (created && std::holds_alternative<plan::AccountAction>(a.plan.actions[one.result.action].object))
      CHECK(one.result.id == id);
  }
  a.recorded = a.after();
  CHECK(a.recorded.accounts[0].nonce.size() == 32);
  a.plan_it();
  CHECK(a.plan.empty());
}

TEST_CASE("one request an action: listing, POST and PATCH for an account, one POST each for the rest") {
  Applied a;
  want_a_desk(a);
  a.run();
  CHECK(a.chatwoot.log().size() == 1 + 2 + 2 + 1 + 2);
}

TEST_CASE("what needs something that failed is skipped and names it, the rest goes on") {
  Applied a;
  want_a_desk(a);
  a.want_account("other");
  a.want_grant("other", "joe", Role::kAdministrator);
  a.chatwoot.before = [](const http::Request& request) -> std::optional<testing::Answer> {
    if (request.body.find("ana@example.com") == std::string::npos) return std::nullopt;
    return testing::answer(422, R"({"message":"Email is not an email","attributes":["email"]})");
  };
  a.run();
  CHECK(a.result.stop == Stop::kFinished);
  CHECK(a.outcome("users.ana@example.com") == Outcome::kFailed);
  CHECK(a.of("users.ana@example.com").error.message.find("Email is not an email") != std::string::npos);
  const auto& skipped = a.of("grants.desk/ana@example.com");
  CHECK(skipped.outcome == Outcome::kSkipped);
  REQUIRE(skipped.because_of);
  CHECK(plan::address_of(a.plan.actions[*skipped.because_of], a.directory) == "users.ana@example.com");
  CHECK(a.outcome("grants.other/joe@example.com") == Outcome::kDone);
}

TEST_CASE("a refused token ends the run at once") {
  Applied a;
  want_a_desk(a);
  a.chatwoot.before = [](const http::Request& request) -> std::optional<testing::Answer> {
    if (request.method == Method::kGet) return std::nullopt;
    return FakeChatwoot::wrong_token();
  };
  a.run();
  CHECK(a.result.stop == Stop::kFatal);
  CHECK(a.chatwoot.log().size() == 2);
  CHECK(a.outcome("grants.desk/ana@example.com") == Outcome::kNotStarted);
  CHECK(a.recorder.finished());
}

TEST_CASE("a server that is gone ends the run") {
  Applied a;
  want_a_desk(a);
  a.chatwoot.before = [&](const http::Request& request) -> std::optional<testing::Answer> {
    if (FakeChatwoot::is(request, Method::kPost, "/users")) return FakeChatwoot::gone();
    return std::nullopt;
  };
  a.run();
  CHECK(a.result.stop == Stop::kFatal);
  CHECK(a.outcome("users.joe@example.com") == Outcome::kNotStarted);
  CHECK(a.after().accounts.size() == 1);
}

TEST_CASE("a server that takes requests and answers nobody ends the run, too") {
  Applied a;
  want_a_desk(a);
  a.chatwoot.before = [&](const http::Request& request) -> std::optional<testing::Answer> {
    if (!FakeChatwoot::is(request, Method::kPost, "/users")) return std::nullopt;
    auto lost = FakeChatwoot::lost();
    lost.error().server_gone = true;
    return lost;
  };
  a.run();
  CHECK(a.result.stop == Stop::kFatal);
  CHECK(a.chatwoot.count("POST /users") == 1);
  const auto& unknown = a.of("users.ana@example.com");
  CHECK(unknown.outcome == Outcome::kUnknown);
  CHECK(unknown.error.hint.find("the same mark") != std::string::npos);
  CHECK(a.outcome("users.joe@example.com") == Outcome::kNotStarted);
}

TEST_CASE("nothing is sent where the recorder cannot write, and nothing more once it cannot") {
  Applied a;
  want_a_desk(a);
  SECTION("at the start") {
    a.recorder.fail_start();
    a.run();
    CHECK(a.chatwoot.log().empty());
    CHECK(a.outcome("accounts.desk") == Outcome::kNotStarted);
  }
  SECTION("after some actions") {
    a.recorder.fail_from(3);
    a.run();
    CHECK(a.outcome("accounts.desk") == Outcome::kDone);
    CHECK(a.outcome("users.ana@example.com") == Outcome::kUnknown);
    CHECK(a.outcome("grants.desk/ana@example.com") == Outcome::kNotStarted);
  }
  CHECK(a.result.stop == Stop::kFatal);
  CHECK(a.result.fatal);
}

TEST_CASE("after a stop no action starts, and what was done is recorded") {
  Applied a;
  want_a_desk(a);
  std::stop_source stop;
  a.settings.stop = stop.get_token();
  a.chatwoot.after = [&](const http::Request& request) -> std::optional<testing::Answer> {
    if (FakeChatwoot::is(request, Method::kPost, "/users")) stop.request_stop();
    return std::nullopt;
  };
  a.run();
  CHECK(a.result.stop == Stop::kSignal);
  CHECK(a.chatwoot.users.size() == 1);
  CHECK(a.after().users.size() == 1);
  CHECK(a.outcome("grants.desk/ana@example.com") == Outcome::kNotStarted);
  CHECK(a.recorder.finished());
}

TEST_CASE("a blocked deletion is listed, never run") {
  Applied a;
  a.has_account("old").on_remove = model::OnRemove::kDelete;
  a.serve();
  a.run();
  CHECK(a.outcome("accounts.old") == Outcome::kBlocked);
  CHECK(a.chatwoot.accounts.size() == 1);
}

TEST_CASE("a removal is told when the server accepts it, and corrected when it does not hold") {
  Applied a;
  a.both_accounts({"desk"});
  a.both_users({"ana", "joe", "kim"});
  a.both_grant("desk", "ana", model::Role::kAdministrator);
  a.has_grant("desk", "joe", model::Role::kAgent);
  a.has_grant("desk", "kim", model::Role::kAgent);
  a.serve();
  a.settings.parallelism = 1;
  a.chatwoot.before = [&](const http::Request& request) -> std::optional<Answer> {
    if (request.method == Method::kDelete && request.body.find(":103") != std::string::npos)
      return testing::answer(200);
    return std::nullopt;
  };
  a.run();
  using Kind = apply::Progress::Kind;
  std::vector<std::pair<Kind, plan::Outcome>> told;
  for (const apply::Progress& one : a.progress)
    if (one.kind != Kind::kStarted) told.emplace_back(one.kind, one.result.outcome);
  CHECK(told == std::vector<std::pair<Kind, plan::Outcome>>{{Kind::kFinished, plan::Outcome::kDone},
                                                            {Kind::kFinished, plan::Outcome::kDone},
                                                            {Kind::kCorrected, plan::Outcome::kFailed}});
  CHECK(a.progress.back().finished == 2);
  CHECK(a.progress.back().result.error.message.find("still lists the user") != std::string::npos);
  CHECK(a.outcome("grants.desk/kim@example.com") == plan::Outcome::kFailed);
}

TEST_CASE("a run that cannot go on records what it has done") {
  Applied a;
  a.both_accounts({"desk"});
  for (const char* name : {"ana", "ben", "joe"}) a.want_user(name);
  a.serve();
  a.settings.parallelism = GENERATE(1U, 4U);
  a.chatwoot.before = [](const http::Request& request) -> std::optional<Answer> {
    if (request.body.find("joe@") != std::string::npos) throw std::bad_alloc();
    return std::nullopt;
  };
  a.run();
  CHECK(a.result.stop == plan::Stop::kFatal);
  CHECK(a.recorder.finished());
  CHECK(a.after().users.size() == a.chatwoot.users.size());
}
