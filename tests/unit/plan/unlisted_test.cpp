#include <catch2/catch.hpp>

#include "support/estates.hpp"

using namespace rollcall;
using model::Role;
using model::UnlistedMembers;
using test::Estates;

namespace {

Estates with_guests(UnlistedMembers policy) {
  Estates e;
  e.both_accounts({"hq"});
  e.desired.accounts[0].unlisted_members = policy;
  e.both_users({"ana"});
  e.both_grant("hq", "ana", Role::kAdministrator);
  e.recorded.accounts[0].unlisted = {{7, Role::kAgent, Estates::email("guest")},
                                     {8, Role::kAdministrator, std::nullopt},
                                     {9, std::nullopt, Estates::email("odd")}};
  return e;
}

}  // namespace

TEST_CASE("unlisted members stay where they are kept") {
  Estates e = with_guests(UnlistedMembers::kKeep);
  CHECK(text(e).empty());
  CHECK(e.make()->warnings.empty());
}

TEST_CASE("access that has ended goes though it was never recorded, whatever the account says") {
  Estates e = with_guests(GENERATE(UnlistedMembers::kKeep, UnlistedMembers::kReport));
  e.want_user("guest");
  e.desired.expired.push_back({{e.account("hq"), e.user("guest"), Role::kAdministrator}, 0});
  const std::string revoked = " w3 revoke grants.hq/guest@example.com agent->- unlisted (expired)\n";
  CHECK(text(e) == "0 w1 create users.guest@example.com name=\"User guest\" (new)\n1" + revoked);
  // Nobody is created so that their access can end.
  e.options.only_expired = true;
  CHECK(text(e) == "0" + revoked);
  CHECK(std::get<plan::GrantAction>(e.make()->actions[0].object).user_id == 7);
}

TEST_CASE("unlisted members are revoked as last seen, by the id where nobody could read the address") {
  Estates e = with_guests(UnlistedMembers::kRevoke);
  CHECK(text(e) == R"(0 w3 revoke grants.hq/#8 administrator->- unlisted (unlisted_member)
1 w3 revoke grants.hq/guest@example.com agent->- unlisted (unlisted_member)
2 w3 revoke grants.hq/odd@example.com -->- unlisted (unlisted_member)
)");
  const auto plan = e.make();
  CHECK(std::get<plan::GrantAction>(plan->actions[0].object).user_id == 8);
  CHECK(std::get<plan::GrantAction>(plan->actions[1].object).user_id == 7);
  CHECK(plan->warnings.empty());
}

TEST_CASE("a member whose address nobody could read stays while it might be somebody who is wanted") {
  Estates e = with_guests(UnlistedMembers::kRevoke);
  const auto who = [&](Estates& estates) {
    CHECK(text(estates).find("#8") == std::string::npos);
    const std::string told = render(estates.make()->warnings, false);
    CHECK(told.find("`unlisted_members: revoke` leaves #8 of `hq` alone") != std::string::npos);
    const std::size_t at = told.find("it might be ") + 12;
    return told.substr(at, told.find(" [R916]") - at);
  };
  SECTION("the roster lists a user there whose id is not recorded") {
    e.want_user("joe");
    e.want_grant("hq", "joe", Role::kAgent);
    CHECK(who(e) == "joe@example.com, whom the roster lists there and who has no recorded id");
  }
  SECTION("a protected user has no recorded id") {
    e.options.guardrails.protected_users = {Estates::email("root")};
    CHECK(who(e) == "root@example.com, who is protected and has no recorded id");
  }
  SECTION("a user of the account is marked missing") {
    e.both_users({"kim"});
    e.recorded.users[1].missing_since = Time(std::chrono::hours(24));
    e.both_grant("hq", "kim", Role::kAgent);
    CHECK(who(e) == "kim@example.com, who is marked missing");
  }
  SECTION("a protected user whose id is recorded is none of them") {
    e.options.guardrails.protected_users = {Estates::email("ana")};
    CHECK(text(e).find("revoke grants.hq/#8") != std::string::npos);
  }
}

TEST_CASE("an unlisted member whom a rule reaches becomes managed") {
  Estates e = with_guests(UnlistedMembers::kRevoke);
  e.recorded.accounts[0].unlisted = {{7, Role::kAgent, Estates::email("same")},
                                     {8, Role::kAgent, Estates::email("up")},
                                     {9, Role::kAdministrator, Estates::email("down")},
                                     {10, std::nullopt, Estates::email("odd")}};
  e.both_users({"same", "up", "down", "odd"});
  e.want_grant("hq", "same", Role::kAgent);
  e.want_grant("hq", "up", Role::kAdministrator);
  e.want_grant("hq", "down", Role::kAgent);
  e.want_grant("hq", "odd", Role::kAgent);
  CHECK(text(e) == R"(0 w2 grant grants.hq/odd@example.com -->agent unlisted (rule_gives)
1 w2 bind grants.hq/same@example.com agent->agent unlisted (rule_gives)
2 w2 change_role grants.hq/up@example.com agent->administrator unlisted (rule_gives)
3 w3 change_role grants.hq/down@example.com administrator->agent unlisted (rule_lowers)
)");
}

TEST_CASE("a member is known by the id of a recorded user, whatever the address was") {
  Estates e = with_guests(UnlistedMembers::kRevoke);
  e.both_users({"kim"});
  e.recorded.accounts[0].unlisted = {{e.recorded.users[1].id, Role::kAgent, std::nullopt}};
  CHECK(text(e) == "0 w3 revoke grants.hq/kim@example.com agent->- unlisted (unlisted_member)\n");
}

TEST_CASE("unlisted members of an account that leaves are none of the plan's business") {
  Estates e = with_guests(UnlistedMembers::kRevoke);
  e.desired.accounts.clear();
  e.desired.grants.clear();
  CHECK(text(e) == "0 w4 release accounts.hq leaves 1 (account_left)\n");
}
