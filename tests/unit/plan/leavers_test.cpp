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
  REQUIRE(blocked->warnings.size() == 1);
  CHECK(blocked->warnings[0].rule == "R915");
  CHECK(blocked->warnings[0].message.find("kim@example.com leaves the roster too") != std::string::npos);
  CHECK(blocked->warnings[0].hint.find("--allow-deletes") != std::string::npos);

  e.options.allow_deletes = true;
  const auto allowed = e.make();
  REQUIRE(allowed);
  CHECK(allowed->warnings.empty());
}
