#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "golden/golden.hpp"
#include "report/report.hpp"
#include "sample.hpp"
#include "scenarios.hpp"

namespace {

using namespace rollcall;
using plan::Outcome;
using sample::Sample;

plan::ApplyResult all_of(const Sample& sample, Outcome outcome) {
  plan::ApplyResult result;
  for (plan::ActionIndex i = 0; i < sample.plan.actions.size(); ++i) {
    plan::ActionResult one;
    one.action = i;
    one.outcome = sample.plan.actions[i].blocked ? Outcome::kBlocked : outcome;
    result.results.push_back(one);
  }
  return result;
}

void check_both(const std::string& name, const Sample& sample, const plan::ApplyResult& result) {
  golden::check(
      "apply/" + name + ".txt",
      report::apply_text(sample.plan, result, "The state is in rollcall.state.json.", sample.context(), {}));
  golden::check("apply/" + name + ".json",
                report::apply_json(sample.plan, result, sample.recorded, sample.context()));
}

plan::ApplyResult mixed(const Sample& sample) {
  plan::ApplyResult result = all_of(sample, Outcome::kDone);
  const auto set = [&](std::size_t index, Outcome outcome) -> plan::ActionResult& {
    result.results[index].outcome = outcome;
    return result.results[index];
  };
  set(1, Outcome::kUnchanged);
  set(2, Outcome::kFailed).error = {"The server answered 422: Name can't be blank",
                                    "Give the account a name."};
  set(7, Outcome::kFailed).error = {"joe@example.com exists already\nand is not adopted",
                                    "Set `adopt: true`."};
  set(9, Outcome::kSkipped).because_of = 7;
  set(5, Outcome::kUnknown).error = {"The connection was lost after the request was sent",
                                     "The next apply looks first whether it was done."};
  set(10, Outcome::kSkipped).because_of = 5;
  set(12, Outcome::kSkipped).because_of = 10;
  result.notes = {"grants.web/uma@example.com: the revocation did not hold, the server still lists the user"};
  result.duration = std::chrono::milliseconds(3210);
  return result;
}

std::string line_of(const Sample& sample, plan::ActionIndex action, Outcome outcome,
                    std::optional<model::ServerId> id = {}) {
  plan::ActionResult result;
  result.action = action;
  result.outcome = outcome;
  if (outcome == Outcome::kFailed) result.error = {"The server answered 422: \x1b[2J", "Look."};
  if (outcome == Outcome::kSkipped) result.because_of = 0;
  result.id = id;
  return report::action_line(sample.plan, result, 12, 340, sample.context(), {});
}

report::Progress progress(std::size_t finished, std::size_t total, std::size_t failed, int milliseconds) {
  return {finished, total, failed, std::chrono::milliseconds(milliseconds)};
}

}  // namespace

TEST_CASE("An apply that did everything") {
  const Sample sample = sample::first();
  check_both("done", sample, all_of(sample, Outcome::kDone));
}

TEST_CASE("Who existed already is adopted, not created") {
  Sample sample;
  sample.user(sample::Verb::kCreate, sample::ReasonCode::kNew, "fred@example.com", 4);
  sample.user(sample::Verb::kCreate, sample::ReasonCode::kNew, "gina@example.com", 5);
  plan::ApplyResult result = all_of(sample, Outcome::kDone);
  result.results[0].id = 7;
  result.results[0].provenance = model::Provenance::kAdopted;
  result.results[1].id = 8;
  result.results[1].provenance = model::Provenance::kCreated;
  check_both("adopted", sample, result);
  CHECK(report::action_line(sample.plan, result.results[0], 1, 2, sample.context(), {}) ==
        "[1/2] adopted users.fred@example.com (id 7)\n");
}

TEST_CASE("An apply with every outcome") {
  const Sample sample = sample::everything();
  check_both("mixed", sample, mixed(sample));
}

TEST_CASE("An apply that was stopped by a signal") {
  const Sample sample = sample::crowded();
  plan::ApplyResult result = all_of(sample, Outcome::kNotStarted);
  for (std::size_t i = 0; i < 60; ++i) result.results[i].outcome = Outcome::kDone;
  result.stop = plan::Stop::kSignal;
  golden::check("apply/signal.txt", report::apply_text(sample.plan, result, "", sample.context(), {}));
  const std::string full = report::apply_text(sample.plan, result, "", sample.context(), {false, true});
  CHECK(full.find("grants.b039/p024@example.com") != std::string::npos);
}

TEST_CASE("An apply that could not go on") {
  const Sample sample = sample::first();
  plan::ApplyResult result = all_of(sample, Outcome::kNotStarted);
  result.results[0].outcome = Outcome::kDone;
  result.stop = plan::Stop::kFatal;
  result.fatal = Error{"The server refuses the token", "Make a new platform app token."};
  check_both("fatal", sample, result);
}

TEST_CASE("An apply that did not run has no result") {
  const Sample sample = sample::refused();
  golden::check("apply/refused.json", report::apply_json(sample.plan, {}, sample.recorded, sample.context()));
}

TEST_CASE("An apply of nothing says so with the same last line") {
  const Sample sample;
  CHECK(report::apply_text(sample.plan, {}, "", sample.context(), {}) ==
        "Applied: 0 created, 0 updated, 0 removed.\n");
}

TEST_CASE("An apply that failed in part says once what to do") {
  const Sample sample = sample::first();
  plan::ApplyResult result = all_of(sample, Outcome::kDone);
  const auto text = [&] { return report::apply_text(sample.plan, result, "", sample.context(), {}); };
  CHECK(text().find("apply again") == std::string::npos);
  result.results[0].outcome = GENERATE(Outcome::kFailed, Outcome::kUnknown);
  CHECK(text().find("Deal with what is listed above, then apply again: nothing is done twice.\n") !=
        std::string::npos);
  result.stop = plan::Stop::kSignal;
  CHECK(text().find("apply again") == std::string::npos);
}

TEST_CASE("Failures that differ in the name alone are told once, with a list") {
  Sample sample;
  plan::ApplyResult result;
  for (int i = 0; i < 8; ++i)
    sample.user(sample::Verb::kCreate, sample::ReasonCode::kNew, "u" + std::to_string(i) + "@example.com", 4);
  result = all_of(sample, Outcome::kFailed);
  for (std::size_t i = 0; i < 8; ++i)
    result.results[i].error = {"u" + std::to_string(i) + "@example.com exists already and is not adopted.",
                               "Set `adopt: true`."};
  const std::string text = report::apply_text(sample.plan, result, "", sample.context(), {});
  CHECK(text.find("  ! create users.u0@example.com\n  ! create users.u1@example.com\n") != std::string::npos);
  CHECK(text.find("    and 3 more\n") != std::string::npos);
  CHECK(text.find("u1@example.com exists") == std::string::npos);
  const std::size_t told = text.find("is not adopted");
  CHECK(told != std::string::npos);
  CHECK(text.find("is not adopted", told + 1) == std::string::npos);
}

TEST_CASE("What was created without all of its settings counts as created and as failed") {
  const Sample sample = sample::first();
  plan::ApplyResult result = all_of(sample, Outcome::kNotStarted);
  REQUIRE(sample.plan.actions[0].verb == plan::Verb::kCreate);
  const auto ends = [&](std::string_view end) {
    return report::apply_text(sample.plan, result, "", sample.context(), {}).find(end) != std::string::npos;
  };
  result.results[0].outcome = Outcome::kFailed;
  CHECK(ends("Applied: 0 created, 0 updated, 0 removed; 1 failed, "));
  CHECK_FALSE(ends("Done\n"));
  result.results[0].id = 42;
  CHECK(ends("Applied: 1 created, 0 updated, 0 removed; 1 failed, "));
  CHECK(ends("Done\n  Accounts    1 created\n"));
  result.results[0].outcome = Outcome::kUnknown;
  CHECK(ends("Applied: 1 created, 0 updated, 0 removed; 1 unknown, "));
}

TEST_CASE("What was skipped for something seen to be done only later says so") {
  const Sample sample = sample::first();
  plan::ApplyResult result = all_of(sample, Outcome::kDone);
  result.results[5].outcome = Outcome::kSkipped;
  result.results[5].because_of = 2;
  CHECK(
      report::apply_text(sample.plan, result, "", sample.context(), {})
          .find(
              "it depends on users.joe@example.com, and at its turn it was unknown whether that was done") !=
      std::string::npos);
}

TEST_CASE("Every outcome has its line of progress") {
  const Sample sample = sample::first();
  CHECK(line_of(sample, 0, Outcome::kDone, 42) == "[12/340] created accounts.support-emea (id 42)\n");
  CHECK(line_of(sample, 5, Outcome::kDone) ==
        "[12/340] granted grants.support-emea/joe@example.com (agent)\n");
  CHECK(line_of(sample, 0, Outcome::kUnchanged) == "[12/340] unchanged: accounts.support-emea\n");
  CHECK(line_of(sample, 0, Outcome::kFailed) ==
        "[12/340] failed: create accounts.support-emea: The server answered 422: \\x1b[2J\n");
  CHECK(line_of(sample, 0, Outcome::kUnknown) == "[12/340] unknown: create accounts.support-emea\n");
  CHECK(line_of(sample, 5, Outcome::kSkipped) ==
        "[12/340] skipped: grant grants.support-emea/joe@example.com (agent), it depends on "
        "accounts.support-emea\n");
  CHECK(line_of(sample, 0, Outcome::kNotStarted) == "[12/340] not started: create accounts.support-emea\n");
  CHECK(line_of(sample, 0, Outcome::kBlocked) ==
        "[12/340] blocked: create accounts.support-emea, run with --allow-deletes\n");
}

TEST_CASE("The live line says count, rate, time left and failures") {
  CHECK(report::live_line(progress(123, 340, 2, 3514), 80) ==
        "Applying 123/340 · 35/s · 6 s left · 2 failed");
  CHECK(report::live_line(progress(0, 340, 0, 0), 80) == "Applying 0/340");
  CHECK(report::live_line(progress(1, 2, 0, 2000), 80) == "Applying 1/2 · 0.5/s · 2 s left");
  CHECK(report::live_line(progress(340, 340, 0, 10000), 80) == "Applying 340/340 · 34/s");
  CHECK(report::live_line(progress(100, 100000, 0, 1000), 80) ==
        "Applying 100/100,000 · 100/s · 16 min left");
  CHECK(report::live_line(progress(100, 10000000, 0, 1000), 80) ==
        "Applying 100/10,000,000 · 100/s · 27 h left");
}

TEST_CASE("The live line fits every width") {
  const report::Progress now = progress(123, 340, 2, 3514);
  const auto columns = [](const std::string& line) {
    return static_cast<std::size_t>(
        std::count_if(line.begin(), line.end(), [](char c) { return !is_utf8_continuation(c); }));
  };
  for (std::size_t width = 0; width < 60; ++width) CHECK(columns(report::live_line(now, width)) <= width);
  CHECK(report::live_line(now, 30) == "Applying 123/340 · 2 failed");
  CHECK(report::live_line(now, 20) == "123/340 · 2 failed");
  CHECK(report::live_line(now, 5) == "123/…");
}
