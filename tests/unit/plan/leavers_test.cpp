#include <catch2/catch.hpp>

#include "support/estates.hpp"

using namespace rollcall;
using model::OnRemove;
using model::Role;
using test::Estates;

TEST_CASE("leavers of an account whose deletion is blocked are named, because they stay in it") {
  Estates e;
  e.has_account("old").on_remove = OnRemove::kDelete;
  e.has_user("kim");
  e.both_users({"ana"});
  e.has_grant("old", "kim", Role::kAdministrator);
  e.has_grant("old", "ana", Role::kAgent);
  const auto blocked = e.make();
  REQUIRE(blocked);
  REQUIRE(blocked->warnings.size() == 2);
  CHECK(blocked->warnings[1].rule == "R920");
  CHECK(blocked->warnings[0].rule == "R915");
  CHECK(blocked->warnings[0].message.find("kim@example.com leaves the roster too") != std::string::npos);
  CHECK(blocked->warnings[0].hint.find("--allow-deletes") != std::string::npos);

  SECTION("not once the deletion is allowed") {
    e.options.allow_deletes = true;
    const auto allowed = e.make();
    REQUIRE(allowed);
    REQUIRE(allowed->warnings.size() == 1);
    CHECK(allowed->warnings[0].rule == "R920");
  }
  SECTION("not while a deletion that was sent waits for the server, which the plan reports instead") {
    e.options.open_deletions = {"accounts.old"};
    const auto waiting = e.make();
    REQUIRE(waiting);
    REQUIRE(waiting->warnings.size() == 1);
    CHECK(waiting->warnings[0].rule == "R921");
    CHECK(waiting->warnings[0].message ==
          "the server accepted the deletion of accounts.old in an earlier run, and it still waits for the "
          "server's background jobs");
  }
}

TEST_CASE("the first deletion warns of the listing that ends with it, a user's deletion does not") {
  Estates e;
  e.options.allow_deletes = true;
  e.has_user("kim").on_remove = OnRemove::kDelete;
  CHECK(e.make()->warnings.empty());
  e.has_account("b").on_remove = OnRemove::kDelete;
  e.has_account("a").on_remove = OnRemove::kDelete;
  const auto plan = e.make();
  REQUIRE(plan->warnings.size() == 1);
  CHECK(plan->warnings[0].rule == "R920");
  CHECK(plan->warnings[0].message.find("accounts.a ") != std::string::npos);
  CHECK(plan->warnings[0].message.find("with the deletion of") == 0);

  SECTION("where it has ended already, that is said") {
    e.options.accounts_listing_broken = true;
    const auto later = e.make();
    REQUIRE(later->warnings.size() == 1);
    CHECK(later->warnings[0].rule == "R920");
    CHECK(later->warnings[0].message ==
          "the server's listing of accounts answers 500 for this token already, and the deletion of "
          "accounts.a does not change that");
  }
}

namespace {

/// kim, created here, leaves and is to be deleted.
Estates with_leaver() {
  Estates e;
  e.both_users({"ana"});
  e.has_user("kim").on_remove = OnRemove::kDelete;
  e.options.allow_deletes = true;
  return e;
}

std::string what_becomes_of_kim(Estates& e) {
  const auto plan = e.make();
  REQUIRE(plan);
  std::string out;
  for (const plan::Action& action : plan->actions)
    if (plan::address_of(action, e.directory) == "users.kim@example.com")
      out = std::string(plan::to_string(action.verb)) + (action.blocked ? " blocked" : "");
  for (const Diagnostic& warning : plan->warnings)
    if (warning.rule == "R917") out += ": " + warning.message;
  return out;
}

}  // namespace

TEST_CASE("a leaver who stays a member somewhere is released, because the server would not delete") {
  Estates e = with_leaver();
  const std::string released =
      "release: users.kim@example.com has `on_remove: delete` but stays a member of accounts.old: the user "
      "is "
      "released, and deleted once no membership is left";
  SECTION("in an account that is released") {
    e.has_account("old");
    e.has_grant("old", "kim", Role::kAgent);
    CHECK(what_becomes_of_kim(e) == released);
    e.options.allow_deletes = false;
    CHECK(what_becomes_of_kim(e) == released);
  }
  SECTION("in an account that was released earlier") {
    e.has_account("old").released = true;
    e.has_grant("old", "kim", Role::kAgent);
    CHECK(what_becomes_of_kim(e) == released);
  }
  SECTION("and waits on once that was released, too") {
    e.has_account("old").released = true;
    e.has_grant("old", "kim", Role::kAgent);
    e.recorded.users[1].released = true;
    CHECK(what_becomes_of_kim(e) ==
          ": users.kim@example.com is to be deleted (`on_remove: delete`), but is still "
          "a member of accounts.old");
    e.recorded.grants.clear();
    CHECK(what_becomes_of_kim(e) == "delete");
  }
  SECTION("in an account that is suspended") {
    e.has_account("old").on_remove = OnRemove::kSuspend;
    e.has_grant("old", "kim", Role::kAgent);
    CHECK(what_becomes_of_kim(e) == released);
  }
  SECTION("as a member whom nobody listed") {
    e.both_accounts({"old"});
    e.recorded.accounts[0].unlisted = {{e.recorded.users[1].id, Role::kAgent, std::nullopt}};
    CHECK(what_becomes_of_kim(e) == released);
    e.desired.accounts[0].unlisted_members = model::UnlistedMembers::kRevoke;
    CHECK(what_becomes_of_kim(e) == "delete");
  }
}

TEST_CASE("a leaver whose memberships end with the plan is deleted") {
  Estates e = with_leaver();
  SECTION("revoked") {
    e.both_accounts({"old"});
    e.has_grant("old", "kim", Role::kAgent);
    e.recorded.accounts[0].unlisted = {{e.recorded.users[1].id, Role::kAgent, std::nullopt}};
  }
  SECTION("deleted with the account") {
    e.has_account("old").on_remove = OnRemove::kDelete;
    e.has_grant("old", "kim", Role::kAgent);
  }
  SECTION("gone with the account") {
    e.has_account("old").missing_since = Time{};
    e.has_grant("old", "kim", Role::kAgent);
  }
  CHECK(what_becomes_of_kim(e) == "delete");
}

TEST_CASE("a user is deleted after the account in which only the server listed them") {
  Estates e = with_leaver();
  e.has_account("old").on_remove = OnRemove::kDelete;
  e.recorded.accounts[0].unlisted = {{e.recorded.users[1].id, Role::kAgent, std::nullopt}};
  const auto plan = e.make();
  REQUIRE(plan);
  REQUIRE(plan->actions.size() == 2);
  CHECK(plan::address_of(plan->actions[1], e.directory) == "users.kim@example.com");
  CHECK(plan->actions[1].depends_on == std::vector<plan::ActionIndex>{0});
}

TEST_CASE("who was let go because of a membership is deleted once there is none") {
  Estates e = with_leaver();
  e.recorded.users[1].released = true;
  SECTION("the account is still released") {
    e.has_account("old").released = true;
    e.has_grant("old", "kim", Role::kAgent);
    CHECK(what_becomes_of_kim(e) ==
          ": users.kim@example.com is to be deleted (`on_remove: delete`), but is still "
          "a member of accounts.old");
    SECTION("until it comes back without them") {
      e.want_account("old");
      CHECK(what_becomes_of_kim(e) == "delete");
      const auto plan = e.make();
      REQUIRE(plan->actions.size() == 3);
      CHECK(plan->actions[2].depends_on == std::vector<plan::ActionIndex>{1});
    }
  }
  SECTION("nothing holds it up") {
    CHECK(what_becomes_of_kim(e) == "delete");
    e.options.allow_deletes = false;
    CHECK(what_becomes_of_kim(e) == "delete blocked");
  }
  SECTION("a membership that was seen and that this state did not give") {
    e.both_accounts({"old"});
    e.recorded.accounts[0].unlisted = {{e.recorded.users[1].id, Role::kAgent, std::nullopt}};
    CHECK(what_becomes_of_kim(e).find(": users.kim@example.com is to be deleted") == 0);
  }
  SECTION("who is to be kept stays released") {
    e.recorded.users[1].on_remove = OnRemove::kRetain;
    CHECK(what_becomes_of_kim(e).empty());
  }
  SECTION("who existed before stays released") {
    e.recorded.users[1].provenance = model::Provenance::kAdopted;
    CHECK(what_becomes_of_kim(e).empty());
  }
}
