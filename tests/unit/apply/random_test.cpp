#include <set>

#include "random_estate.hpp"

using namespace rollcall;
using plan::Outcome;
using testing::Applied;
using testing::FakeChatwoot;
using testing::random_estate;

namespace {

/// Every recorded grant of an account that is managed is on the server, in its role.
void check_grants(Applied& a, const model::RecordedEstate& after) {
  for (const model::Grant& grant : after.grants) {
    const auto* account = model::find(after, grant.account);
    const auto* user = model::find(after, grant.user);
    REQUIRE(account);
    REQUIRE(user);
    CHECK(a.chatwoot.members[account->id][user->id] == model::to_string(grant.role));
  }
}

}  // namespace

TEST_CASE(
    "random new estates: the server holds just what the roster says, and planning again gives nothing") {
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    const auto a = random_estate(seed, false);
    const std::size_t accounts_before = a->chatwoot.accounts.size();
    a->run();
    REQUIRE(a->all_done());
    CHECK(a->chatwoot.users.size() == a->desired.users.size());
    CHECK(a->chatwoot.bots.size() == a->desired.bots.size());
    CHECK(a->chatwoot.accounts.size() ==
          accounts_before +
              static_cast<std::size_t>(std::count_if(a->desired.accounts.begin(), a->desired.accounts.end(),
                                                     [](const auto& wanted) { return !wanted.id; })));
    std::size_t members = 0;
    for (const auto& [account, rows] : a->chatwoot.members) members += rows.size();
    CHECK(members == a->desired.grants.size());
    a->recorded = a->after();
    check_grants(*a, a->recorded);
    a->plan_it();
    CHECK(a->plan.empty());
  }
}

TEST_CASE(
    "random recorded estates: what succeeded is on the server, and nothing is left where all of it did") {
  std::size_t planned = 0;
  std::size_t whole = 0;
  for (std::uint32_t seed = 1; seed <= 150; ++seed) {
    CAPTURE(seed);
    const auto a = random_estate(seed, true);
    const auto made = a->make();
    if (!made) continue;
    ++planned;
    a->plan = *made;
    a->carry_out();
    CHECK(a->result.stop == plan::Stop::kFinished);
    a->recorded = a->after();
    check_grants(*a, a->recorded);
    for (const auto& result : a->result.results) CHECK(result.outcome != Outcome::kNotStarted);
    if (!a->all_done()) continue;
    ++whole;
    remove_by_id(*a);
    const auto again = a->make();
    REQUIRE(again);
    CHECK(test::describe(*again, a->directory) == "");
  }
  CHECK(planned > 50);
  CHECK(whole > 20);
}
