#include <catch2/catch.hpp>

#include "support/estates.hpp"

using namespace rollcall;
using model::Field;
using model::ObjectKind;
using model::OnRemove;
using model::Role;
using plan::Guardrail;
using test::Estates;
using test::kAdmin;
using test::kAgent;

namespace {

/// "max_removals hq 6/5: 0 1" a line; what is named by address.
std::string verdicts(Estates& e) {
  static constexpr const char* kNames[] = {"min_administrators", "max_removals", "protected_user",
                                           "protected_account"};
  const auto plan = e.make();
  REQUIRE(plan);
  std::string out;
  for (const plan::Violation& violation : plan->violations) {
    out += kNames[static_cast<std::size_t>(violation.guardrail)];
    if (violation.account) out += " " + e.directory.key(*violation.account);
    if (violation.user) out += " " + e.directory.key(*violation.user);
    if (violation.guardrail == Guardrail::kMaxRemovals ||
        violation.guardrail == Guardrail::kMinAdministrators)
      out += fmt::format(" {}/{}", violation.counted, violation.allowed);
    out += ":";
    for (const plan::ActionIndex action : violation.actions)
      out += " " + std::string(plan::to_string(plan->actions[action].verb)) + " " +
             plan::address_of(plan->actions[action], e.directory);
    out += "\n";
  }
  return out;
}

std::string name(int number) {
  return fmt::format("p{:03}", number);
}

/// An account `hq` with one administrator and this many agents, all as the roster says.
Estates account_of(int agents) {
  Estates e;
  e.both_accounts({"hq"});
  e.both_users({"boss"});
  e.both_grant("hq", "boss", kAdmin);
  for (int i = 0; i < agents; ++i) {
    e.both_users({name(i).c_str()});
    e.both_grant("hq", name(i), kAgent);
  }
  return e;
}

void drop_grants(Estates& e, std::size_t count) {
  e.desired.grants.erase(e.desired.grants.end() - static_cast<std::ptrdiff_t>(count), e.desired.grants.end());
}

}  // namespace

TEST_CASE("no account with members loses its last administrator") {
  Estates e;
  e.both_accounts({"hq"});
  e.both_users({"ana", "kim"});
  e.has_grant("hq", "ana", kAdmin);
  e.both_grant("hq", "kim", kAgent);
  SECTION("revoked") {
    CHECK(verdicts(e) == "min_administrators hq 0/1: revoke grants.hq/ana@example.com\n");
  }
  SECTION("demoted") {
    e.want_grant("hq", "ana", kAgent);
    CHECK(verdicts(e) == "min_administrators hq 0/1: change_role grants.hq/ana@example.com\n");
  }
  SECTION("replaced") {
    e.both_users({"joe"});
    e.want_grant("hq", "joe", kAdmin);
    CHECK(verdicts(e).empty());
  }
  SECTION("an administrator seen as unlisted counts") {
    e.recorded.accounts[0].unlisted = {{7, kAdmin, std::nullopt}};
    CHECK(verdicts(e).empty());
  }
  SECTION("but not one whom the same plan revokes") {
    e.recorded.accounts[0].unlisted = {{7, kAdmin, Estates::email("guest")}};
    e.desired.accounts[0].unlisted_members = model::UnlistedMembers::kRevoke;
    CHECK(verdicts(e) ==
          "min_administrators hq 0/1: revoke grants.hq/ana@example.com revoke grants.hq/guest@example.com\n");
  }
  SECTION("an account that nobody is left in needs none") {
    e.desired.grants.clear();
    CHECK(verdicts(e).empty());
  }
  SECTION("the number may be another") {
    e.has_user("zoe"), e.want_user("zoe");
    e.both_grant("hq", "zoe", kAdmin);
    CHECK(verdicts(e).empty());
    e.options.guardrails.min_administrators = 2;
    CHECK(verdicts(e) == "min_administrators hq 1/2: revoke grants.hq/ana@example.com\n");
  }
  SECTION("0 switches it off") {
    e.options.guardrails.min_administrators = 0;
    CHECK(verdicts(e).empty());
  }
}

TEST_CASE("an account that is below the minimum already fails only when the plan lowers it") {
  Estates e;
  e.options.guardrails.min_administrators = 3;
  e.both_accounts({"hq"});
  e.both_users({"ana", "kim"});
  e.both_grant("hq", "ana", kAdmin);
  e.has_grant("hq", "kim", kAgent);
  CHECK(verdicts(e).empty());
}

TEST_CASE("removals: five are always allowed, then the share, over all and in each account") {
  SECTION("five of eleven") {
    Estates e = account_of(10);
    drop_grants(e, 5);
    CHECK(verdicts(e).empty());
  }
  SECTION("six of eleven") {
    Estates e = account_of(10);
    drop_grants(e, 6);
    const std::string found = verdicts(e);
    CHECK(found.find("max_removals 6/5: revoke grants.hq/p004@example.com") == 0);
    CHECK(found.find("\nmax_removals hq 6/5:") != std::string::npos);
  }
  SECTION("a quarter of forty") {
    Estates e = account_of(39);
    drop_grants(e, 10);
    CHECK(verdicts(e).empty());
    drop_grants(e, 1);
    CHECK(verdicts(e).find("max_removals 11/10:") == 0);
  }
  SECTION("one account's share is its own") {
    Estates e = account_of(39);
    e.both_accounts({"small"});
    for (int i = 0; i < 10; ++i) e.both_grant("small", name(i), kAgent);
    drop_grants(e, 6);
    CHECK(verdicts(e).find("max_removals small 6/5: revoke grants.small/p004@example.com") == 0);
  }
  SECTION("a number is just that many, over all") {
    Estates e = account_of(39);
    e.options.guardrails.max_removals = model::RemovalCount{11};
    drop_grants(e, 11);
    CHECK(verdicts(e).empty());
    e.options.guardrails.max_removals = model::RemovalCount{2};
    CHECK(verdicts(e).find("max_removals 11/2:") == 0);
  }
  SECTION("demotions and expiries count, promotions and grants do not") {
    Estates e = account_of(3);
    e.options.guardrails.max_removals = model::RemovalCount{0};
    e.both_users({"x", "y", "z"});
    e.want_grant("hq", "x", kAgent), e.has_grant("hq", "x", kAdmin);
    e.want_grant("hq", "y", kAdmin), e.has_grant("hq", "y", kAgent);
    e.has_grant("hq", "z", kAgent), e.expire("hq", "z", kAgent);
    CHECK(verdicts(e) ==
          "max_removals 2/0: change_role grants.hq/x@example.com revoke grants.hq/z@example.com\n");
  }
}

TEST_CASE("a suspension or deletion counts the account's grants, at least one") {
  Estates e = account_of(3);
  e.options.guardrails.max_removals = model::RemovalCount{0};
  e.options.allow_deletes = true;
  SECTION("on_remove") {
    e.recorded.accounts[0].on_remove = GENERATE(OnRemove::kSuspend, OnRemove::kDelete);
    e.desired.accounts.clear();
    e.desired.grants.clear();
    const bool deletes = e.recorded.accounts[0].on_remove == OnRemove::kDelete;
    CHECK(verdicts(e) == fmt::format("max_removals 4/0: {} accounts.hq\n", deletes ? "delete" : "suspend"));
  }
  SECTION("a status of the roster") {
    e.desired.accounts[0].settings.set(Field::kStatus, "suspended");
    CHECK(verdicts(e) == "max_removals 4/0: update accounts.hq\n");
  }
  SECTION("an empty account, a user, a bot") {
    e.has_account("void").on_remove = OnRemove::kDelete;
    e.has_user("gone").on_remove = OnRemove::kDelete;
    e.has_bot("triage", "hq").on_remove = OnRemove::kDelete;
    CHECK(verdicts(e) ==
          "max_removals 3/0: delete accounts.void delete users.gone@example.com delete agent_bots.triage\n");
    e.options.allow_deletes = false;
    CHECK(verdicts(e).empty());
  }
  SECTION("a release takes nothing away") {
    e.desired.accounts.clear();
    e.desired.grants.clear();
    CHECK(verdicts(e).empty());
  }
}

TEST_CASE("a protected user is never revoked, demoted, deleted, released or re-addressed") {
  Estates e = account_of(1);
  e.both_users({"root"});
  e.has_grant("hq", "root", kAdmin);
  e.options.guardrails.protected_users = {Estates::email("root")};
  SECTION("revoked") {
    CHECK(verdicts(e) == "protected_user root@example.com: revoke grants.hq/root@example.com\n");
  }
  SECTION("demoted") {
    e.want_grant("hq", "root", kAgent);
    CHECK(verdicts(e) == "protected_user root@example.com: change_role grants.hq/root@example.com\n");
  }
  SECTION("released") {
    e.desired.users.pop_back();
    CHECK(verdicts(e) ==
          "protected_user root@example.com: revoke grants.hq/root@example.com release "
          "users.root@example.com\n");
  }
  SECTION("re-addressed") {
    e.desired.users.pop_back();
    e.want_user("root2");
    e.want_grant("hq", "root2", kAdmin);
    e.move(ObjectKind::kUser, "root", "root2");
    CHECK(verdicts(e) == "protected_user root@example.com: update users.root2@example.com\n");
  }
  SECTION("left alone, granted more, renamed") {
    e.want_grant("hq", "root", kAdmin);
    e.desired.users[2].settings.set(Field::kName, "Root");
    CHECK(verdicts(e).empty());
  }
}

TEST_CASE("a protected account is never suspended, deleted, released, nor loses an administrator") {
  Estates e = account_of(1);
  e.both_users({"ana"});
  e.options.guardrails.protected_accounts = {"hq"};
  SECTION("released") {
    e.desired.accounts.clear(), e.desired.grants.clear();
    CHECK(verdicts(e) == "protected_account hq: release accounts.hq\n");
  }
  SECTION("suspended by the roster") {
    e.desired.accounts[0].settings.set(Field::kStatus, "suspended");
    CHECK(verdicts(e) == "protected_account hq: update accounts.hq\n");
  }
  SECTION("one administrator of two") {
    e.has_grant("hq", "ana", kAdmin);
    CHECK(verdicts(e) == "protected_account hq: revoke grants.hq/ana@example.com\n");
  }
  SECTION("under a new key too") {
    e.has_grant("hq", "ana", kAdmin);
    e.desired.accounts[0].ref = e.account("head");
    for (model::DesiredGrant& grant : e.desired.grants) grant.grant.account = e.account("head");
    e.move(ObjectKind::kAccount, "hq", "head");
    CHECK(verdicts(e) == "protected_account head: revoke grants.head/ana@example.com\n");
  }
  SECTION("an agent may go") {
    e.has_grant("hq", "ana", kAgent);
    CHECK(verdicts(e).empty());
  }
}

TEST_CASE("guardrails judge the filtered plan against the whole estate") {
  Estates e = account_of(10);
  e.both_users({"ana"});
  e.has_grant("hq", "ana", kAdmin);
  drop_grants(e, 11);
  CHECK(verdicts(e).find("max_removals") != std::string::npos);
  e.options.only = {"grants.hq/boss@example.com", "grants.hq/ana@example.com"};
  CHECK(verdicts(e) ==
        "min_administrators hq 0/1: revoke grants.hq/ana@example.com revoke grants.hq/boss@example.com\n");
  e.options.only = {"grants.hq/boss@example.com"};
  CHECK(verdicts(e).empty());
}

TEST_CASE("a user who is recorded as granted and as seen is one administrator") {
  Estates e;
  e.both_accounts({"hq"});
  e.both_users({"ana", "kim"});
  e.has_grant("hq", "ana", kAdmin);
  e.both_grant("hq", "kim", kAgent);
  e.recorded.accounts[0].unlisted = {{e.recorded.users[0].id, kAdmin, std::nullopt}};
  CHECK(verdicts(e) == "min_administrators hq 0/1: revoke grants.hq/ana@example.com\n");
}

TEST_CASE("one classification tells what suspends and what takes away") {
  Estates e;
  e.both_accounts({"hq", "web"});
  e.desired.accounts[0].settings.set(Field::kStatus, "suspended");
  e.desired.accounts[1].settings.set(Field::kStatus, "active");
  e.has_account("old").on_remove = OnRemove::kSuspend;
  e.want_account("bound").id = 7;
  e.desired.accounts.back().settings.set(Field::kStatus, "suspended");
  e.both_users({"ana"});
  e.has_grant("hq", "ana", kAgent);
  const auto plan = e.make();
  REQUIRE(plan);
  std::string told;
  for (const plan::Action& action : plan->actions)
    told += fmt::format("{}{}{}{}\n", plan::address_of(action, e.directory),
                        plan::suspends(action) ? " suspends" : "", plan::takes_away(action) ? " takes" : "",
                        plan::leaves(action) ? " leaves" : "");
  CHECK(told ==
        "accounts.bound suspends\n"
        "accounts.hq suspends takes\n"
        "accounts.web\n"
        "grants.hq/ana@example.com takes\n"
        "accounts.old suspends takes leaves\n");
  CHECK(plan::count(*plan).update == 3);
}

namespace {

/// What an entry of `allow` lets pass, until the day of the plan.
void allow(Estates& e, std::vector<std::string> addresses) {
  e.options.today = Date{20000};
  e.options.guardrails.allow.push_back({std::move(addresses), "OPS-99", Date{20000}, {e.file, 3, 7}});
}

/// The addresses of the actions that the exceptions of the plan let pass, an exception a line.
std::string let_pass(Estates& e) {
  const auto plan = e.make();
  REQUIRE(plan);
  std::string out;
  for (const plan::UsedException& used : plan->exceptions) {
    for (const plan::ActionIndex action : used.actions)
      out += plan::address_of(plan->actions[action], e.directory) + " ";
    out += "\n";
  }
  return out;
}

std::string idle(Estates& e) {
  const auto plan = e.make();
  REQUIRE(plan);
  std::string out;
  for (const Diagnostic& warning : plan->warnings)
    if (warning.rule == "P012") out += warning.message + "\n";
  return out;
}

}  // namespace

TEST_CASE("an exception lets the removals at its addresses pass, and only those") {
  Estates e = account_of(7);
  e.desired.grants.clear();
  e.want_grant("hq", "boss", kAdmin);
  e.options.guardrails.max_removals = model::RemovalCount{0};
  CHECK(e.make()->removals == 7);
  allow(e, {"grants.hq/p00[0-4]@example.com"});
  CHECK(e.make()->removals == 2);
  CHECK(verdicts(e) ==
        "max_removals 2/0: revoke grants.hq/p005@example.com revoke grants.hq/p006@example.com\n");
  CHECK(let_pass(e) ==
        "grants.hq/p000@example.com grants.hq/p001@example.com grants.hq/p002@example.com "
        "grants.hq/p003@example.com grants.hq/p004@example.com \n");
  allow(e, {"grants.hq/*"});
  CHECK(verdicts(e).empty());
  CHECK(idle(e).empty());
  SECTION("until its day has passed") {
    e.options.today = Date{20001};
    CHECK(e.make()->removals == 7);
    CHECK(let_pass(e).empty());
  }
}

TEST_CASE("an exception for an account's suspension does not cover its grants") {
  Estates e = account_of(7);
  e.options.guardrails.max_removals = model::RemovalCount{0};
  e.desired.accounts[0].settings.set(Field::kStatus, "suspended");
  drop_grants(e, 1);
  CHECK(e.make()->removals == 9);
  allow(e, {"accounts.hq"});
  CHECK(e.make()->removals == 1);
  CHECK(std::get<plan::AccountAction>(e.make()->actions.at(0).object).members == 8);
}

TEST_CASE("an exception never overrides what is protected, nor the minimum of administrators") {
  Estates e = account_of(1);
  e.options.guardrails.protected_users = {Estates::email(name(0))};
  e.desired.grants.clear();
  e.want_grant("hq", "boss", kAgent);
  allow(e, {"grants.hq/*", "accounts.hq"});
  CHECK(verdicts(e) ==
        "min_administrators hq 0/1: change_role grants.hq/boss@example.com\n"
        "protected_user p000@example.com: revoke grants.hq/p000@example.com\n");
}

TEST_CASE("a deletion at an excepted address runs without --allow-deletes") {
  Estates e;
  e.has_account("old").on_remove = OnRemove::kDelete;
  e.has_bot("parrot", "old");
  e.has_user("kim").on_remove = OnRemove::kDelete;
  e.has_grant("old", "kim", kAgent);
  CHECK(text(e) ==
        "0 w4 delete accounts.old (account_left) blocked\n"
        "1 w4 delete users.kim@example.com (user_left) needs 0 blocked\n"
        "2 w4 release agent_bots.parrot (bot_left)\n");
  SECTION("with the bots that go with it") {
    allow(e, {"accounts.old", "users.kim@example.com"});
    CHECK(text(e) ==
          "0 w4 delete accounts.old (account_left)\n"
          "1 w4 delete users.kim@example.com (user_left) needs 0\n"
          "2 w4 delete agent_bots.parrot (bot_left) needs 0\n");
    CHECK(let_pass(e) == "accounts.old users.kim@example.com \n");
  }
  SECTION("but not one that waits for a blocked one") {
    allow(e, {"users.kim@example.com"});
    CHECK(text(e).find("delete users.kim@example.com (user_left) needs 0 blocked\n") != std::string::npos);
    CHECK(let_pass(e).empty());
    CHECK(idle(e).empty());
  }
}

TEST_CASE("an exception that matches no removal gets a warning, whatever --only leaves out") {
  Estates e = account_of(2);
  drop_grants(e, 1);
  allow(e, {"grants.hq/p001@example.com"});
  allow(e, {"grants.hq/p000@example.com"});
  CHECK(idle(e) == "this entry of `allow` matches no removal of this plan\n");
  e.options.only = {"accounts.hq"};
  CHECK(idle(e) == "this entry of `allow` matches no removal of this plan\n");
}

TEST_CASE("what a guardrail refuses under --only-expired is left out, and the rest runs") {
  Estates e = account_of(2);
  e.both_accounts({"lab"});
  e.has_grant("lab", "boss", kAdmin);
  e.has_grant("lab", name(0), kAgent);
  e.expire("lab", "boss", kAdmin);
  e.expire("lab", name(0), kAgent);
  drop_grants(e, 1);
  e.expire("hq", name(1), kAgent);
  e.want_grant("lab", name(1), kAgent);
  e.options.guardrails.protected_users = {Estates::email(name(0))};
  SECTION("a whole plan is refused") {
    CHECK(plan::is_refused(*e.make()));
    CHECK_FALSE(plan::withholds(*e.make()));
  }
  SECTION("a nightly one is not") {
    e.options.only_expired = true;
    CHECK(text(e) ==
          "0 w3 revoke grants.hq/p001@example.com agent->- (expired)\n"
          "1 w3 revoke grants.lab/boss@example.com administrator->- (expired) blocked\n"
          "2 w3 revoke grants.lab/p000@example.com agent->- (expired) blocked\n");
    CHECK(verdicts(e) ==
          "protected_user p000@example.com: revoke grants.lab/p000@example.com\n"
          "min_administrators lab 0/1: revoke grants.lab/boss@example.com\n");
    CHECK(plan::withholds(*e.make()));
    CHECK(e.make()->violations[0].withheld);
    SECTION("unless there are too many removals") {
      e.options.guardrails.max_removals = model::RemovalCount{0};
      CHECK(plan::is_refused(*e.make()));
      CHECK(e.make()->removals == 1);
    }
  }
}

TEST_CASE("what only a withheld action needs is left out, too") {
  Estates e = account_of(1);
  e.has_user("old");
  e.want_user("new");
  e.move(ObjectKind::kUser, "old", "new");
  e.has_grant("hq", "old", kAgent);
  e.expire("hq", "new", kAgent);
  e.options.only_expired = true;
  CHECK(text(e) ==
        "0 w1 update users.new@example.com from old@example.com name=\"User new\" (moved)\n"
        "1 w3 revoke grants.hq/new@example.com agent->- (expired) needs 0\n");
  e.options.guardrails.protected_users = {Estates::email("new")};
  CHECK(text(e) == "0 w3 revoke grants.hq/new@example.com agent->- (expired) blocked\n");
  CHECK(verdicts(e) == "protected_user new@example.com: revoke grants.hq/new@example.com\n");
}
