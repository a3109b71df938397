#include <catch2/catch.hpp>

#include "saved_plan/saved_plan.hpp"
#include "support/estates.hpp"

using namespace rollcall;
using model::Role;

namespace {

/// A roster over an empty record, and its plan.
struct Saved : test::Estates {
  plan::Plan plan;

  Saved() {
    want_account("desk").settings.set(model::Field::kLocale, "de");
    want_user("ana");
    want_bot("triage", "desk");
    want_grant("desk", "ana", Role::kAgent);
    plan = *make();
  }
  [[nodiscard]] Expected<void> rest() { return saved_plan::require_rest(plan, *make(), directory); }
  [[nodiscard]] std::string refusal() {
    const auto found = rest();
    REQUIRE_FALSE(found);
    return found.error().message;
  }
};

}  // namespace

TEST_CASE("what is left of a plan is all in it, from nothing to everything") {
  Saved saved;
  CHECK(saved.rest());
  saved.has_account("desk").settings.set(model::Field::kLocale, "de");
  CHECK(saved.rest());
  saved.has_user("ana");
  saved.has_bot("triage", "desk");
  CHECK(saved.rest());
  saved.has_grant("desk", "ana", Role::kAgent);
  CHECK(saved.make()->empty());
  CHECK(saved.rest());
}

TEST_CASE("a creation that was cut short goes on as an update") {
  Saved saved;
  saved.has_account("desk");
  CHECK(saved.make()->actions.front().verb == plan::Verb::kUpdate);
  CHECK(saved.rest());
  saved.desired.accounts.front().settings.set(model::Field::kLocale, "fr");
  CHECK(saved.refusal() == "What is left to do is not all in the saved plan: accounts.desk (update).");
}

TEST_CASE("what a plan does not have, or gives another end, is no rest of it") {
  SECTION("another role") {
    Saved saved;
    saved.desired.grants.front().grant.role = Role::kAdministrator;
    CHECK(saved.refusal().find("grants.desk/ana@example.com (grant)") != std::string::npos);
  }
  SECTION("another user") {
    Saved saved;
    saved.want_user("kim");
    CHECK(saved.refusal().find("users.kim@example.com (create)") != std::string::npos);
  }
  SECTION("a removal in the place of a grant") {
    Saved saved;
    saved.has_account("desk").settings.set(model::Field::kLocale, "de");
    saved.has_user("ana");
    saved.has_grant("desk", "ana", Role::kAgent);
    saved.desired.grants.clear();
    CHECK(saved.refusal().find("grants.desk/ana@example.com (revoke)") != std::string::npos);
  }
  SECTION("a deletion that was blocked when it was reviewed") {
    Saved saved;
    saved.has_account("old").on_remove = model::OnRemove::kDelete;
    saved.plan = *saved.make();
    CHECK(saved.rest());
    saved.options.allow_deletes = true;
    CHECK(saved.refusal().find("accounts.old (delete)") != std::string::npos);
  }
}
