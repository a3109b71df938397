#include <catch2/catch.hpp>

#include "support/estates.hpp"

using namespace rollcall;
using model::ObjectKind;
using model::Role;
using test::Estates;

namespace {

std::string matches_nothing(const std::string& pattern) {
  return "error: `--only " + pattern + "` matches nothing in the roster or the state.\n" +
         "hint: Write accounts.KEY, users.EMAIL, agent_bots.KEY or grants.KEY/EMAIL; `*` stands for anything "
         "but /.\n";
}

Estates estate() {
  Estates e;
  e.want_account("support-emea"), e.want_account("support-apac");
  e.both_accounts({"hq"});
  e.want_user("ana");
  e.both_users({"kim"});
  e.has_user("left");
  e.want_grant("support-emea", "ana", Role::kAgent);
  e.want_grant("support-apac", "kim", Role::kAgent);
  e.has_grant("hq", "left", Role::kAgent);
  e.has_grant("hq", "kim", Role::kAgent);
  e.expire("hq", "kim", Role::kAgent);
  return e;
}

}  // namespace

TEST_CASE("--only brings what an action needs") {
  Estates e = estate();
  e.options.only = {"grants.support-emea/*"};
  CHECK(text(e) == R"(0 w1 create accounts.support-emea name="Account support-emea" (new)
1 w1 create users.ana@example.com name="User ana" (new)
2 w2 grant grants.support-emea/ana@example.com -->agent (rule_gives) needs 0,1
)");
}

TEST_CASE("--only: an account does not bring its grants, a leaver brings the revocations") {
  Estates e = estate();
  e.options.only = {"accounts.support-*", "users.left@*"};
  CHECK(text(e) == R"(0 w1 create accounts.support-apac name="Account support-apac" (new)
1 w1 create accounts.support-emea name="Account support-emea" (new)
2 w3 revoke grants.hq/left@example.com agent->- (user_left)
3 w4 release users.left@example.com (user_left) needs 2
)");
}

TEST_CASE("--only: a star does not cross the slash") {
  Estates e = estate();
  e.options.only = {"grants.*"};
  CHECK(text(e) == matches_nothing("grants.*"));
  e.options.only = {"grants.*/kim@*"};
  CHECK(text(e) == R"(0 w1 create accounts.support-apac name="Account support-apac" (new)
1 w2 grant grants.support-apac/kim@example.com -->agent (rule_gives) needs 0
2 w3 revoke grants.hq/kim@example.com agent->- (expired)
)");
}

TEST_CASE("--only: what exists but needs nothing is no slip, what does not exist is one") {
  Estates e = estate();
  e.options.only = {"accounts.hq"};
  CHECK(text(e).empty());
  e.options.only = {"accounts.hq", "accounts.hp"};
  CHECK(text(e) == matches_nothing("accounts.hp"));
}

TEST_CASE("a selection counts what it leaves out") {
  Estates e = estate();
  const auto left_out = [&] { return e.make()->left_out; };
  CHECK(left_out() == 0);
  const std::size_t all = e.make()->actions.size();
  e.options.only = {"grants.hq/kim@*"};
  CHECK(left_out() == all - e.make()->actions.size());
  e.options.only = {"accounts.hq"};
  CHECK(left_out() == all);
}

TEST_CASE("--only: a moved object answers to both addresses") {
  Estates e;
  e.has_user("old");
  e.want_user("new");
  e.move(ObjectKind::kUser, "old", "new");
  e.options.only = {"users.old@example.com"};
  CHECK(text(e) == "0 w1 update users.new@example.com from old@example.com name=\"User new\" (moved)\n");
}

TEST_CASE("--only-expired takes the removals that an expiry causes and nothing else") {
  Estates e = estate();
  e.both_users({"joe"});
  e.has_grant("hq", "joe", Role::kAdministrator);
  e.want_grant("hq", "joe", Role::kAgent);
  e.expire("hq", "joe", Role::kAdministrator);
  e.options.guardrails.min_administrators = 0;
  e.options.only_expired = true;
  CHECK(text(e) == R"(0 w3 change_role grants.hq/joe@example.com administrator->agent (expired)
1 w3 revoke grants.hq/kim@example.com agent->- (expired)
)");
  e.options.only = {"grants.hq/kim@*"};
  CHECK(text(e) == "0 w3 revoke grants.hq/kim@example.com agent->- (expired)\n");
}

TEST_CASE("a filtered plan names only the rules that it still speaks of") {
  Estates e = estate();
  e.options.only_expired = true;
  const auto plan = e.make();
  REQUIRE(plan->causes.rules.size() == 1);
  CHECK(plan->causes.rules[0].origin.line == 102);
}

TEST_CASE("--only folds the case of addresses, as the roster does") {
  Estates e = estate();
  e.options.only = {"grants.Support-APAC/KIM@Example.com"};
  CHECK(text(e).find("grant grants.support-apac/kim@example.com") != std::string::npos);
  e.options.only = {"users.NOBODY@example.com"};
  CHECK(text(e) == matches_nothing("users.NOBODY@example.com"));
}

TEST_CASE("--only knows members whom the roster does not list, by address and by id") {
  Estates e;
  e.both_accounts({"hq"});
  e.recorded.accounts[0].unlisted = {{7, Role::kAgent, Estates::email("guest")},
                                     {8, Role::kAgent, std::nullopt}};
  for (const char* pattern : {"grants.hq/guest@example.com", "grants.hq/#7", "grants.hq/#8"}) {
    e.options.only = {pattern};
    CHECK(text(e).empty());
  }
  e.options.only = {"grants.hq/#9"};
  CHECK(text(e).starts_with("error: "));
  e.desired.accounts[0].unlisted_members = model::UnlistedMembers::kRevoke;
  e.options.only = {"grants.hq/#7"};
  CHECK(text(e) == "0 w3 revoke grants.hq/guest@example.com agent->- unlisted (unlisted_member)\n");
}
