#include <catch2/catch.hpp>

#include "state/state_change.hpp"
#include "support/random_estates.hpp"
#include "support/slow.hpp"

using namespace rollcall;
using test::Estates;
using test::RandomEstates;

namespace {

/// What the record is after every action succeeded, and what the end of a run forgets.
void apply_in_memory(Estates& e, const plan::Plan& plan) {
  for (const plan::Action& action : plan.actions) {
    state::ServerResult learnt;
    if (action.verb == plan::Verb::kCreate) {
      learnt.id = e.next_id++;
      learnt.nonce = fmt::format("nonce{}", learnt.id);
    }
    e.recorded = state::fold(e.recorded, state::changes_of(action, learnt, e.recorded, e.directory));
  }
  e.recorded = plan::forget_unmanaged(e.desired, e.recorded);
}

}  // namespace

TEST_CASE("after an apply the plan is empty, from any record and through any history") {
  constexpr std::uint32_t kSeeds = testing::rounds(500);
  std::size_t actions = 0;
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    RandomEstates random(seed);
    Estates& e = random.estates();
    if (seed % 2 == 0) random.record_something();
    for (int round = 0; round < 4; ++round) {
      random.want_something(5000 + 100 * round);
      const auto plan = e.make();
      REQUIRE(plan);
      actions += plan->actions.size();
      apply_in_memory(e, *plan);
      auto again = e.make();
      // Now that everybody wanted has a recorded id, members without an address are known to be others.
      if (again && test::removes_by_id_only(*again, e.directory)) {
        apply_in_memory(e, *again);
        again = e.make();
      }
      INFO("seed " << seed << ", round " << round << ", the plan was\n"
                   << test::describe(*plan, e.directory) << "and then\n"
                   << (again ? test::describe(*again, e.directory) : again.error().message));
      REQUIRE(again);
      REQUIRE(test::describe(*again, e.directory).empty());
    }
  }
  CHECK(actions > 20 * kSeeds);
}

TEST_CASE("what the roster no longer names is forgotten, and the record says just what the roster says") {
  for (std::uint32_t seed = 0; seed < testing::rounds(200); ++seed) {
    RandomEstates random(seed);
    Estates& e = random.estates();
    for (int round = 0; round < 3; ++round) {
      random.want_something(5000 + 100 * round);
      apply_in_memory(e, *e.make());
      INFO("seed " << seed << ", round " << round);
      for (const auto& wanted : e.desired.accounts)
        REQUIRE(model::find(e.recorded, wanted.ref)->settings == wanted.settings);
      for (const auto& wanted : e.desired.users)
        REQUIRE(model::find(e.recorded, wanted.ref)->settings == wanted.settings);
      for (const auto& wanted : e.desired.grants)
        REQUIRE(*model::find(e.recorded, wanted.grant.account, wanted.grant.user) == wanted.grant);
    }
  }
}
