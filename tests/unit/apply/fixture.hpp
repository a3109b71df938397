#pragma once

#include <memory>

#include <catch2/catch.hpp>

#include "apply/apply.hpp"
#include "support/estates.hpp"
#include "support/fake_chatwoot.hpp"
#include "support/fake_clock.hpp"
#include "support/memory_recorder.hpp"

namespace rollcall::testing {

/// An estate, a server that agrees with its record, and what an apply needs.
struct Applied : test::Estates {
  FakeChatwoot chatwoot;
  FakeClock clock;
  FakeEntropy entropy;
  MemoryRecorder recorder;
  apply::Settings settings{1, "lineage", {}};
  plan::Plan plan;
  plan::ApplyResult result;
  std::vector<apply::Progress> progress;

  /// Once the record is complete.
  void serve() {
    sort();
    put_on_server(chatwoot, recorded, directory, settings.lineage);
  }
  void plan_it() {
    auto made = make();
    if (!made) FAIL(made.error().message);
    plan = *made;
  }
  void run() {
    plan_it();
    carry_out();
  }
  void carry_out() {
    const apply::Environment environment{chatwoot.server.connections(), recorder, clock, entropy,
                                         [&](const apply::Progress& one) { progress.push_back(one); }};
    result = apply::run(plan, recorded, directory, settings, environment);
  }
  /// The record after the run.
  [[nodiscard]] model::RecordedEstate after() const { return state::fold(recorded, recorder.facts()); }

  const plan::ActionResult& of(const std::string& address) const {
    for (const plan::ActionResult& one : result.results)
      if (plan::address_of(plan.actions[one.action], directory) == address) return one;
    throw std::runtime_error("no action for " + address);
  }
  plan::Outcome outcome(const std::string& address) const { return of(address).outcome; }
  bool all_done() const {
    return std::all_of(result.results.begin(), result.results.end(), [](const auto& one) {
      return one.outcome == plan::Outcome::kDone || one.outcome == plan::Outcome::kUnchanged;
    });
  }
};

}  // namespace rollcall::testing

namespace Catch {
template <>
struct StringMaker<rollcall::plan::Outcome> {
  static std::string convert(rollcall::plan::Outcome outcome) { return std::string(to_string(outcome)); }
};
}  // namespace Catch
