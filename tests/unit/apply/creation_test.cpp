#include "fixture.hpp"

using namespace rollcall;
using http::Method;
using plan::Outcome;
using plan::Stop;
using testing::Answer;
using testing::Applied;
using testing::FakeChatwoot;

TEST_CASE("an account whose create was not answered is found by its nonce") {
  Applied a;
  a.want_account("desk").settings.set(model::Field::kLocale, "de");
  const bool answered = GENERATE(false, true);
  a.chatwoot.after = FakeChatwoot::once(Method::kPost, "/accounts",
                                        answered ? FakeChatwoot::server_error() : FakeChatwoot::lost());
  a.chatwoot.listing_broken = GENERATE(false, true);
  a.run();
  CHECK(a.all_done());
  CHECK(a.chatwoot.count("POST /accounts") == 1);
  REQUIRE(a.chatwoot.accounts.size() == 1);
  CHECK(a.chatwoot.accounts.begin()->second["locale"] == "de");
  CHECK(a.after().accounts.at(0).id == a.chatwoot.accounts.begin()->first);
}

TEST_CASE("an account that is not found stops the run and is never sent again") {
  Applied a;
  a.want_account("desk");
  a.want_account("other");
  a.chatwoot.listing_broken = GENERATE(false, true);
  a.chatwoot.after = [&](const http::Request& request) -> std::optional<Answer> {
    if (!FakeChatwoot::is(request, Method::kPost, "/accounts")) return std::nullopt;
    a.chatwoot.hidden.insert(1);
    return FakeChatwoot::server_error();
  };
  a.run();
  CHECK(a.result.stop == Stop::kFatal);
  CHECK(a.outcome("accounts.desk") == Outcome::kUnknown);
  CHECK(a.outcome("accounts.other") == Outcome::kNotStarted);
  CHECK(a.chatwoot.count("POST /accounts") == 1);
  REQUIRE(a.result.fatal);
  CHECK(a.result.fatal->hint.find("rollcall = lineage/desk/") != std::string::npos);
  CHECK((a.result.fatal->hint.find("these ids: 1") != std::string::npos) == a.chatwoot.listing_broken);
  CHECK(a.after().accounts.empty());
}

TEST_CASE("an account is recorded even where its settings fail") {
  Applied a;
  a.want_account("desk").settings.set(model::Field::kLocale, "xx");
  a.chatwoot.before = [](const http::Request& request) -> std::optional<Answer> {
    if (request.method == Method::kPatch) return FakeChatwoot::server_error();
    return std::nullopt;
  };
  a.run();
  CHECK(a.outcome("accounts.desk") == Outcome::kFailed);
  const Error& error = a.of("accounts.desk").error;
  CHECK(error.message.find("The account was created (id 1), but not all of its settings were set: ") == 0);
  CHECK(error.hint ==
        "A second read shows that the server does not have all of it. "
        "Most often it does not know one of the values, and then changes nothing. "
        "The next apply sends what is missing.");
  CHECK(a.of("accounts.desk").id == 1);
  CHECK(a.of("accounts.desk").provenance == model::Provenance::kCreated);
  REQUIRE(a.after().accounts.size() == 1);
  CHECK(a.after().accounts[0].settings.find(model::Field::kLocale) == nullptr);
  a.recorded = a.after();
  a.plan_it();
  REQUIRE(a.plan.actions.size() == 1);
  CHECK(a.plan.actions[0].verb == plan::Verb::kUpdate);
}

TEST_CASE("an account that was created before the run was stopped is not one that was not started") {
  Applied a;
  a.want_account("desk").settings.set(model::Field::kLocale, "de");
  a.chatwoot.before = [](const http::Request& request) -> std::optional<Answer> {
    if (request.method == Method::kPatch) return testing::no_answer(http::Failure::kStopped, false);
    return std::nullopt;
  };
  a.run();
  CHECK(a.outcome("accounts.desk") == Outcome::kFailed);
  CHECK(a.of("accounts.desk").id == 1);
  CHECK(a.of("accounts.desk").error.message ==
        "The account was created (id 1), but the run was stopped before its settings were sent.");
}

TEST_CASE("a marker of a wanted key under an unknown id stops the run before anything is sent") {
  Applied a;
  a.want_account("desk");
  a.chatwoot.add_account(42, "Account desk", "elsewhere/desk/abc");
  a.run();
  CHECK(a.result.stop == Stop::kFatal);
  CHECK(a.chatwoot.log() == std::vector<std::string>{"GET /accounts"});
  REQUIRE(a.result.fatal);
  CHECK(a.result.fatal->message ==
        "Another recorded state (lineage elsewhere) has created what this plan is about to create: 42 "
        "(accounts.desk). The state was lost, or there are two. Nothing was sent.");
  CHECK(a.result.fatal->hint.find("id: 42") != std::string::npos);
}

TEST_CASE("a server that is only busy may still list: nothing is created without that look") {
  Applied a;
  a.want_account("desk");
  a.chatwoot.before = [](const http::Request& request) -> std::optional<testing::Answer> {
    if (FakeChatwoot::is(request, Method::kGet, "/accounts")) return testing::answer(503);
    return std::nullopt;
  };
  a.run();
  CHECK(a.result.stop == Stop::kFatal);
  CHECK(a.chatwoot.accounts.empty());
}

TEST_CASE("a user whose create was not answered is posted again with the same marker") {
  Applied a;
  a.want_user("ana");
  SECTION("and was there") {
    a.chatwoot.after = FakeChatwoot::once(Method::kPost, "/users", FakeChatwoot::lost());
  }
  SECTION("and was not") {
    a.chatwoot.before = FakeChatwoot::once(Method::kPost, "/users", FakeChatwoot::lost());
  }
  a.run();
  CHECK(a.outcome("users.ana@example.com") == Outcome::kDone);
  CHECK(a.chatwoot.users.size() == 1);
  CHECK(a.chatwoot.count("POST /users") == 2);
  CHECK(a.after().users.at(0).provenance == model::Provenance::kCreated);
}

TEST_CASE("a user who cannot be looked up is unknown, and the rest goes on") {
  Applied a;
  a.want_user("ana");
  a.want_user("joe");
  a.chatwoot.before = [](const http::Request& request) -> std::optional<Answer> {
    if (request.body.find("ana@example.com") != std::string::npos) return FakeChatwoot::server_error();
    return std::nullopt;
  };
  a.run();
  CHECK(a.outcome("users.ana@example.com") == Outcome::kUnknown);
  CHECK(a.outcome("users.joe@example.com") == Outcome::kDone);
}

TEST_CASE("a response with an id that is recorded under another key is refused, and nothing is recorded") {
  Applied a;
  a.both_accounts({"desk"});
  a.both_users({"ana"});
  a.want_bot("triage", "desk");
  a.has_bot("triage", "desk");
  a.serve();
  const auto recorded = a.recorded;
  // What was asked for, under the id of something else.
  const auto answer_as = [&](const std::string& path, auto& objects, model::ServerId id) {
    a.chatwoot.after = [&objects, path, id](const http::Request& request) -> std::optional<Answer> {
      if (!FakeChatwoot::is(request, Method::kPost, path)) return std::nullopt;
      FakeChatwoot::Json object = objects.rbegin()->second;
      object["id"] = id;
      if (path == "/users") object["accounts"] = FakeChatwoot::Json::array();
      return testing::answer(200, object.dump());
    };
    a.run();
  };
  SECTION("account") {
    a.want_account("other");
    answer_as("/accounts", a.chatwoot.accounts, 100);
    CHECK(a.outcome("accounts.other") == Outcome::kUnknown);
    CHECK(a.of("accounts.other").error.message ==
          "The server answered with account 100, which is accounts.desk already.");
  }
  SECTION("user") {
    a.want_user("joe");
    answer_as("/users", a.chatwoot.users, 101);
    CHECK(a.outcome("users.joe@example.com") == Outcome::kFailed);
    CHECK(a.of("users.joe@example.com").error.message ==
          "The server answered with user 101, which is users.ana@example.com already.");
  }
  SECTION("bot") {
    a.want_bot("second", "desk");
    answer_as("/agent_bots", a.chatwoot.bots, 102);
    CHECK(a.outcome("agent_bots.second") == Outcome::kUnknown);
    CHECK(a.of("agent_bots.second").error.message ==
          "The server answered with agent bot 102, which is agent_bots.triage already.");
  }
  auto after = a.after();
  // The search before the first creation has seen the account that is there.
  after.accounts_seen_to = 0;
  CHECK(after == recorded);
}

TEST_CASE("two new accounts never get one id") {
  Applied a;
  a.want_account("one");
  a.want_account("two");
  a.chatwoot.after = [&](const http::Request& request) -> std::optional<Answer> {
    if (!FakeChatwoot::is(request, Method::kPost, "/accounts")) return std::nullopt;
    auto object = a.chatwoot.accounts.rbegin()->second;
    object["id"] = 7;
    return testing::answer(200, object.dump());
  };
  a.run();
  CHECK(a.outcome("accounts.one") == Outcome::kDone);
  CHECK(a.of("accounts.two").error.message ==
        "The server answered with account 7, which is accounts.one already.");
  CHECK(a.after().accounts.size() == 1);
}

TEST_CASE("a user who has got a new user's address on the server is not adopted under that one") {
  Applied a;
  a.both_users({"ana"});
  a.want_user("joe").adopt = true;
  a.serve();
  a.chatwoot.users[100]["email"] = "joe@example.com";
  a.run();
  CHECK(a.outcome("users.joe@example.com") == Outcome::kFailed);
  CHECK(a.of("users.joe@example.com").error.hint.find("moved") != std::string::npos);
  CHECK(a.after().users.size() == 1);
}

TEST_CASE("a user who existed before is refused") {
  Applied a;
  a.want_user("ana");
  a.chatwoot.add_user(9, "ana@example.com", "Someone");
  a.run();
  const auto& result = a.of("users.ana@example.com");
  CHECK(result.outcome == Outcome::kFailed);
  CHECK(result.error.message.find("permitted") != std::string::npos);
  CHECK(result.error.hint.find("adopt: true") != std::string::npos);
  CHECK(a.after().users.empty());
  CHECK(a.chatwoot.users[9]["name"] == "Someone");
}

TEST_CASE("a user who existed before is adopted under adopt") {
  Applied a;
  a.want_user("ana").adopt = true;
  a.chatwoot.add_user(9, "ana@example.com", "Someone");
  a.run();
  CHECK(a.all_done());
  CHECK(a.chatwoot.users[9]["name"] == "User ana");
  REQUIRE(a.after().users.size() == 1);
  CHECK(a.after().users[0].provenance == model::Provenance::kAdopted);
  CHECK(a.after().users[0].id == 9);
}

TEST_CASE("a bot whose create was not answered is found by what it shows") {
  Applied a;
  a.want_account("desk");
  a.has_account("desk");
  a.want_bot("triage", "desk");
  a.serve();
  a.chatwoot.after = FakeChatwoot::once(Method::kPost, "/agent_bots", FakeChatwoot::lost());
  SECTION("one fits") {
    a.run();
    CHECK(a.all_done());
    CHECK(a.after().bots.at(0).id == a.chatwoot.bots.begin()->first);
  }
  SECTION("two fit: both are named") {
    a.chatwoot.before = [&](const http::Request& request) -> std::optional<Answer> {
      if (FakeChatwoot::is(request, Method::kPost, "/agent_bots")) a.chatwoot.add_bot(500, "Bot triage", 100);
      return std::nullopt;
    };
    a.run();
    CHECK(a.result.stop == Stop::kFatal);
    CHECK(a.outcome("agent_bots.triage") == Outcome::kUnknown);
    CHECK(a.result.fatal->message.find("500 to 501") != std::string::npos);
  }
  CHECK(a.chatwoot.count("POST /agent_bots") == 1);
}

TEST_CASE("a bot whose create was not answered is found where the listing is broken, too") {
  Applied a;
  a.both_accounts({"desk"});
  a.want_bot("triage", "desk");
  a.serve();
  a.chatwoot.next_bot = 3;
  a.chatwoot.listing_broken = true;
  a.chatwoot.after = FakeChatwoot::once(Method::kPost, "/agent_bots", FakeChatwoot::lost());
  a.run();
  CHECK(a.all_done());
  CHECK(a.after().bots.at(0).id == 3);
  CHECK(a.chatwoot.count("POST /agent_bots") == 1);
  REQUIRE(a.result.notes.size() == 1);
  CHECK(a.result.notes[0].find("does not list agent bots") != std::string::npos);
}

TEST_CASE("a bot that looks like a wanted one under an unknown id stops the run before anything is sent") {
  Applied a;
  a.both_accounts({"desk"});
  a.want_bot("triage", "desk");
  a.want_user("ana");
  a.serve();
  SECTION("the state was lost") {
    a.chatwoot.add_bot(500, "Bot triage", 100);
    a.run();
    CHECK(a.result.stop == Stop::kFatal);
    CHECK(a.chatwoot.log() == std::vector<std::string>{"GET /agent_bots"});
    REQUIRE(a.result.fatal);
    CHECK(a.result.fatal->message.find("bot 500") != std::string::npos);
    CHECK(a.result.fatal->message.find("agent_bots.triage") != std::string::npos);
  }
  SECTION("it is another account's, or has another name") {
    a.chatwoot.add_bot(500, "Bot triage", 99);
    a.chatwoot.add_bot(501, "Bot echo", 100);
    a.run();
    CHECK(a.all_done());
    CHECK(a.after().bots.size() == 1);
  }
  SECTION("the record knows it under another key") {
    a.has_bot("echo", "desk").settings.set(model::Field::kName, "Bot triage");
    a.recorded.bots[0].released = true;
    a.chatwoot.add_bot(a.recorded.bots[0].id, "Bot triage", 100);
    a.run();
    CHECK(a.all_done());
  }
}

TEST_CASE("nobody looks for a bot of an account that is to be created, too") {
  Applied a;
  a.want_account("desk");
  a.want_bot("triage", "desk");
  a.run();
  CHECK(a.all_done());
  CHECK(a.chatwoot.count("GET /agent_bots") == 0);
}

TEST_CASE("a user whose create was lost is asked for again with the same mark") {
  Applied a;
  a.want_user("ana");
  a.plan_it();
  a.settings.unresolved = {{plan::Verb::kCreate, "n1",
                            state::changes_of(a.plan.actions[0], {0, "n1", model::Provenance::kCreated},
                                              a.recorded, a.directory)}};
  SECTION("it was done") {
    a.chatwoot.add_user(7, "ana@example.com", "User ana", "lineage/ana@example.com/n1");
    a.run();
    CHECK(a.all_done());
    CHECK(a.after().users.at(0).provenance == model::Provenance::kCreated);
  }
  SECTION("it was not") {
    a.run();
    CHECK(a.all_done());
    CHECK(a.after().users.at(0).nonce == "n1");
  }
}

TEST_CASE("one failed listing is no reason to create what may be there") {
  Applied a;
  a.want_account("desk");
  a.want_bot("triage", "");
  a.chatwoot.add_account(7, "Desk", "other/desk/n7");
  const bool bots = GENERATE(false, true);
  if (bots) {
    a.chatwoot.accounts.clear();
    a.chatwoot.add_bot(3, "Bot triage", nullptr);
  }
  a.chatwoot.before =
      FakeChatwoot::once(Method::kGet, bots ? "/agent_bots" : "/accounts", FakeChatwoot::server_error());
  a.run();
  CHECK(a.result.stop == Stop::kFatal);
  CHECK(a.chatwoot.count("POST /accounts") + a.chatwoot.count("POST /agent_bots") == 0);
}

TEST_CASE("nothing is created where something else than Chatwoot answers") {
  Applied a;
  a.want_account("desk");
  a.chatwoot.before = [](const http::Request&) {
    return testing::answer(404, R"({"status":404,"error":"Not Found"})");
  };
  a.run();
  CHECK(a.result.stop == Stop::kFatal);
  CHECK(a.chatwoot.count("POST /accounts") == 0);
}

TEST_CASE("an older Chatwoot without a listing is one") {
  Applied a;
  a.want_account("desk");
  a.chatwoot.before = [](const http::Request& request) -> std::optional<Answer> {
    if (FakeChatwoot::is(request, Method::kGet, "/accounts"))
      return testing::answer(404, R"({"status":404,"error":"Not Found"})");
    return std::nullopt;
  };
  a.run();
  CHECK(a.all_done());
}

TEST_CASE("an account that an interrupted run had asked for and that appears late is no stranger") {
  Applied a;
  a.want_account("desk");
  a.plan_it();
  a.settings.unresolved = {{plan::Verb::kCreate, "n1",
                            state::changes_of(a.plan.actions[0], {0, "n1", model::Provenance::kCreated},
                                              a.recorded, a.directory)}};
  a.chatwoot.add_account(7, "Account desk", "lineage/desk/n1");
  a.run();
  REQUIRE(a.result.fatal);
  CHECK(a.result.fatal->message ==
        "accounts.desk (id 7) has just appeared on the server: an interrupted run had asked for it. Nothing "
        "was "
        "sent.");
}

TEST_CASE("a lost account is found beyond a gap and beyond thousands of others") {
  Applied a;
  a.want_account("desk");
  a.chatwoot.listing_broken = true;
  a.chatwoot.after = FakeChatwoot::once(Method::kPost, "/accounts", FakeChatwoot::lost());
  a.chatwoot.next_account = 150;
  SECTION("a gap") {
    a.run();
    CHECK(a.after().accounts.at(0).id == 150);
  }
  SECTION("thousands of others") {
    for (model::ServerId id = 1; id <= 6000; ++id) {
      a.chatwoot.add_account(id, "Somebody else's");
      a.chatwoot.hidden.insert(id);
    }
    a.chatwoot.next_account = 6001;
    a.run();
    CHECK(a.after().accounts.at(0).id == 6001);
  }
  CHECK(a.all_done());
}

TEST_CASE("while the creation of an earlier run is still under way, a taken address is asked for again") {
  Applied a;
  a.want_user("ana");
  a.plan_it();
  int taken = 0;
  a.chatwoot.before = [&](const http::Request& request) -> std::optional<Answer> {
    if (!FakeChatwoot::is(request, Method::kPost, "/users") || taken++ >= 3) return std::nullopt;
    return testing::answer(422, R"({"message":"Email has already been taken","attributes":["email"]})");
  };
  SECTION("for a moment") {
    a.settings.unresolved = {{plan::Verb::kCreate, "n1",
                              state::changes_of(a.plan.actions[0], {0, "n1", model::Provenance::kCreated},
                                                a.recorded, a.directory)}};
    a.chatwoot.add_user(7, "ana@example.com", "User ana", "lineage/ana@example.com/n1");
    a.carry_out();
    CHECK(a.all_done());
    CHECK(a.after().users.at(0).id == 7);
    CHECK(a.chatwoot.count("POST /users") == 4);
  }
  SECTION("for good") {
    taken = -1000;
    a.settings.unresolved = {{plan::Verb::kCreate, "n1",
                              state::changes_of(a.plan.actions[0], {0, "n1", model::Provenance::kCreated},
                                                a.recorded, a.directory)}};
    a.carry_out();
    CHECK(a.outcome("users.ana@example.com") == Outcome::kFailed);
    CHECK(a.chatwoot.count("POST /users") == 21);
  }
  SECTION("no creation is open") {
    a.carry_out();
    CHECK(a.outcome("users.ana@example.com") == Outcome::kFailed);
    CHECK(a.chatwoot.count("POST /users") == 1);
  }
}
