#include <utility>

#include <catch2/catch.hpp>

#include "support/estates.hpp"

using namespace rollcall;
using model::Field;
using model::ObjectKind;
using model::Role;
using test::Estates;

TEST_CASE("an account that moves is one update, and its grants and bots stay") {
  Estates e;
  e.has_account("eu");
  e.want_account("emea").settings.set(Field::kName, "Account eu");
  e.both_users({"ana", "kim"});
  e.has_grant("eu", "ana", Role::kAdministrator);
  e.want_grant("emea", "ana", Role::kAdministrator);
  e.has_bot("triage", "eu");
  e.want_bot("triage", "emea");
  e.move(ObjectKind::kAccount, "eu", "emea");
  CHECK(text(e) == "0 w1 update accounts.emea from eu (moved)\n");
  const auto plan = e.make();
  CHECK(plan->actions[0].origin.line == 150);
  CHECK(std::get<plan::AccountAction>(plan->actions[0].object).id == 100);
}

TEST_CASE("access in a moved account waits for the move") {
  Estates e;
  e.has_account("eu");
  e.want_account("emea");
  e.both_users({"ana", "kim"});
  e.has_grant("eu", "ana", Role::kAgent);
  e.want_grant("emea", "kim", Role::kAgent);
  e.want_bot("triage", "emea");
  e.move(ObjectKind::kAccount, "eu", "emea");
  CHECK(text(e) == R"(0 w1 update accounts.emea from eu name="Account emea" (moved)
1 w1 create agent_bots.triage name="Bot triage" account="emea" (new) needs 0
2 w2 grant grants.emea/kim@example.com -->agent (rule_gives) needs 0
3 w3 revoke grants.emea/ana@example.com agent->- (no_rule) needs 0
)");
}

TEST_CASE("an e-mail change is an update that keeps the user's access") {
  Estates e;
  e.both_accounts({"hq"});
  e.has_user("ana-old");
  e.want_user("ana").settings.set(Field::kName, "User ana-old");
  e.has_grant("hq", "ana-old", Role::kAdministrator);
  e.want_grant("hq", "ana", Role::kAdministrator);
  e.move(ObjectKind::kUser, "ana-old", "ana");
  CHECK(text(e) == "0 w1 update users.ana@example.com from ana-old@example.com (moved)\n");
}

TEST_CASE("an address is freed before somebody else gets it") {
  Estates e;
  e.has_user("a"), e.has_user("b");
  e.want_user("a"), e.want_user("b"), e.want_user("c");
  e.desired.users[1].settings.set(Field::kName, "User a");
  e.desired.users[2].settings.set(Field::kName, "User b");
  e.both_users({"aa"});
  e.desired.users.back().settings.set(Field::kName, "New");
  e.move(ObjectKind::kUser, "a", "b");
  e.move(ObjectKind::kUser, "b", "c");
  CHECK(text(e) == R"(0 w1 update users.c@example.com from b@example.com (moved)
1 w1 update users.b@example.com from a@example.com (moved) needs 0
2 w1 create users.a@example.com name="User a" (new) needs 1
3 w1 update users.aa@example.com name="New" (settings_differ)
)");
}

TEST_CASE("a chain of e-mail changes frees each address before the next one takes it") {
  Estates e;
  for (const char* from : {"c", "a", "e", "b", "d"}) e.has_user(from);
  for (const auto& [from, to] : {std::pair("c", "d"), {"a", "b"}, {"e", "f"}, {"b", "c"}, {"d", "e"}}) {
    e.want_user(to).settings.set(Field::kName, std::string("User ") + from);
    e.move(ObjectKind::kUser, from, to);
  }
  CHECK(text(e) == R"(0 w1 update users.f@example.com from e@example.com (moved)
1 w1 update users.e@example.com from d@example.com (moved) needs 0
2 w1 update users.d@example.com from c@example.com (moved) needs 1
3 w1 update users.c@example.com from b@example.com (moved) needs 2
4 w1 update users.b@example.com from a@example.com (moved) needs 3
)");
}

TEST_CASE("where several recorded objects stand on one chain, the released ones give way") {
  Estates e;
  for (const char* key : {"a", "b", "c"}) e.has_account(key);
  e.recorded.accounts[0].released = e.recorded.accounts[1].released = true;
  e.want_account("d").settings.set(Field::kName, "Account c");
  for (const auto& [from, to] : {std::pair("a", "b"), {"b", "c"}, {"c", "d"}})
    e.move(ObjectKind::kAccount, from, to);
  CHECK(text(e) == "0 w1 update accounts.d from c (moved)\n");
}

TEST_CASE("bots follow their account along a chain that was moved before, each to where it is now") {
  Estates e;
  e.both_accounts({"d", "y"});
  for (const auto& [bot, account] :
       {std::pair("first", "a"), {"second", "b"}, {"third", "x"}, {"fourth", "d"}}) {
    e.has_bot(bot, account);
    e.want_bot(bot, std::string(bot) == "third" ? "y" : "d");
  }
  for (const auto& [from, to] : {std::pair("a", "b"), {"b", "c"}, {"c", "d"}, {"x", "y"}})
    e.move(ObjectKind::kAccount, from, to);
  CHECK(text(e).empty());
}

TEST_CASE("a chain that ends nowhere, or in a circle outside the roster, moves nothing") {
  Estates e;
  e.has_account("a"), e.has_account("b");
  for (const char* key : {"c", "d"}) e.account(key);
  e.move(ObjectKind::kAccount, "a", "b");
  e.move(ObjectKind::kAccount, "b", "c");
  SECTION("nowhere") {
    e.move(ObjectKind::kAccount, "c", "d");
  }
  SECTION("in a circle") {
    e.move(ObjectKind::kAccount, "c", "b");
  }
  CHECK(text(e) == "0 w4 release accounts.a (account_left)\n1 w4 release accounts.b (account_left)\n");
}

TEST_CASE("chains are followed, and moves that were made already are ignored") {
  Estates e;
  e.has_account("b");
  e.want_account("c").settings.set(Field::kName, "Account b");
  e.move(ObjectKind::kAccount, "a", "b");
  e.move(ObjectKind::kAccount, "b", "c");
  SECTION("the middle of the chain is recorded") {
    CHECK(text(e) == "0 w1 update accounts.c from b (moved)\n");
  }
  SECTION("the start of the chain is recorded") {
    e.recorded.accounts[0].ref = e.account("a");
    CHECK(text(e) == "0 w1 update accounts.c from a (moved)\n");
  }
  SECTION("the end of the chain is recorded") {
    e.recorded.accounts[0].ref = e.account("c");
    CHECK(text(e).empty());
  }
}

TEST_CASE("bots move too") {
  Estates e;
  e.both_accounts({"hq"});
  e.has_bot("first", "hq");
  e.want_bot("triage", "hq").settings.set(Field::kName, "Bot first");
  e.move(ObjectKind::kBot, "first", "triage");
  CHECK(text(e) == "0 w1 update agent_bots.triage from first (moved)\n");
}

TEST_CASE("something released comes back under a new key") {
  Estates e;
  e.has_user("ana-old").released = true;
  e.want_user("ana");
  e.move(ObjectKind::kUser, "ana-old", "ana");
  CHECK(text(e) == "0 w1 bind users.ana@example.com from ana-old@example.com (came_back)\n");
}

TEST_CASE("a move to something that the roster does not have moves nothing") {
  Estates e;
  e.has_account("a");
  e.account("b");
  e.move(ObjectKind::kAccount, "a", "b");
  CHECK(text(e) == "0 w4 release accounts.a (account_left)\n");
}

TEST_CASE("two recorded objects never become one") {
  Estates e;
  e.has_user("a"), e.has_user("b");
  e.want_user("b");
  e.move(ObjectKind::kUser, "a", "b");
  SECTION("both managed") {
    CHECK(text(e) ==
          "error: `moved` moves users.a@example.com to users.b@example.com, "
          "but the state has users.b@example.com as an object of its own, and two cannot become one.\n"
          "hint: Take the entry out of `moved`, or forget that object: rollcall state rm "
          "users.b@example.com.\n");
  }
  SECTION("one that was released long ago gives way") {
    e.recorded.users[0].released = true;
    CHECK(text(e).empty());
  }
  SECTION("two that would move to one key") {
    e.recorded.users[1].ref = e.user("c");
    e.move(ObjectKind::kUser, "c", "b");
    CHECK(text(e).find("but the state has users.a@example.com as an object of its own") != std::string::npos);
  }
}

TEST_CASE("moves in a circle are refused") {
  Estates e;
  e.both_users({"a", "b"});
  e.move(ObjectKind::kUser, "a", "b");
  e.move(ObjectKind::kUser, "b", "a");
  CHECK(text(e).find("error: `moved` moves users.") == 0);
}

TEST_CASE("moves that lead into a circle are refused, those beside it are not blamed") {
  Estates e;
  e.both_users({"a", "b", "c"});
  e.has_user("x"), e.want_user("y");
  e.move(ObjectKind::kUser, "x", "y");
  for (const auto& [from, to] : {std::pair("a", "b"), {"b", "c"}, {"c", "a"}})
    e.move(ObjectKind::kUser, from, to);
  CHECK(text(e).find("error: `moved` moves users.") == 0);
  CHECK(text(e).find("users.x@") == std::string::npos);
}

TEST_CASE("something missing is named as the state knows it") {
  Estates e;
  e.has_user("ana-old").missing_since = Time(std::chrono::hours(24));
  e.want_user("ana");
  e.move(ObjectKind::kUser, "ana-old", "ana");
  CHECK(text(e).empty());
  CHECK(e.make()->warnings.at(0).hint.find("--recreate users.ana-old@example.com`") != std::string::npos);
}
