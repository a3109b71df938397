#include <catch2/catch.hpp>

#include "golden/golden.hpp"
#include "report/report.hpp"

namespace {

using namespace rollcall;
using plan::Drift;
using plan::DriftItem;
using plan::Verdict;

struct Estate {
  SourceFiles files;
  Drift drift;
};

DriftItem item(Verdict verdict, std::string address, std::string what, std::optional<std::string> wanted,
               std::optional<std::string> recorded, std::optional<std::string> live, std::uint32_t line,
               bool counts) {
  DriftItem one;
  one.verdict = verdict;
  one.address = std::move(address);
  one.what = std::move(what);
  one.wanted = std::move(wanted);
  one.recorded = std::move(recorded);
  one.live = std::move(live);
  one.origin = {0, line, 1};
  one.counts = counts;
  return one;
}

Estate checked() {
  Estate estate;
  estate.files.add("roster/a.yaml", "");
  estate.drift.accounts_checked = 3;
  estate.drift.users_checked = 12;
  estate.drift.grants_checked = 31;
  return estate;
}

Estate drifted() {
  Estate estate = checked();
  estate.drift.items = {
      item(Verdict::kChanged, "accounts.hq", "name", "\"HQ\"", "\"HQ\"", "\"Evil \x1b[31m\"", 4, true),
      item(Verdict::kGone, "accounts.lab", "", "Lab", "Lab", {}, 9, true),
      item(Verdict::kUnlisted, "grants.hq/#17", "role", {}, {}, "agent", 0, false),
      item(Verdict::kConflict, "grants.hq/ana@example.com", "role", "administrator", "agent", {}, 40, true),
      item(Verdict::kPending, "grants.hq/kim@example.com", "role", "agent", {}, {}, 44, false),
      item(Verdict::kChanged, "accounts.hq", "custom_attributes.old", "null", "null", "true", 4, true),
      item(Verdict::kChanged, "grants.hq/lee@example.com", "role", "agent", "agent", "administrator", 44,
           true),
      item(Verdict::kAlreadySo, "users.joe@example.com", "name", "\"Joe\"", "\"Joseph\"", "\"Joe\"", 21,
           false),
      item(Verdict::kUnlisted, "accounts.#99", "", {}, {}, {}, 0, true)};
  estate.drift.items[2].note = "the token may not read this person";
  return estate;
}

void check_all(const std::string& name, const Estate& estate) {
  golden::check("drift/" + name + ".txt", report::drift_text(estate.drift, estate.files, {}));
  golden::check("drift/" + name + ".json", report::drift_json(estate.drift, estate.files));
}

}  // namespace

TEST_CASE("No drift is one line") {
  const Estate estate = checked();
  CHECK(report::drift_text(estate.drift, estate.files, {}) ==
        "No drift. Checked 3 accounts, 12 people and 31 grants.\n");
  golden::check("drift/none.json", report::drift_json(estate.drift, estate.files));
}

TEST_CASE("Every verdict has its heading and says what to do") {
  check_all("every_verdict", drifted());
}

TEST_CASE("Colour changes nothing but colour in a drift") {
  const Estate estate = drifted();
  golden::check("drift/every_verdict_colour.txt",
                report::drift_text(estate.drift, estate.files, {true, false}));
}

TEST_CASE("What does not count is no drift") {
  Estate estate = checked();
  estate.drift.items = {
      item(Verdict::kPending, "grants.hq/kim@example.com", "role", "agent", {}, {}, 44, false)};
  check_all("only_pending", estate);
}

TEST_CASE("Failed reads and unseen things are told") {
  Estate estate = checked();
  estate.drift.failures = {{"accounts.hq", "The server answered 500"}, {"users.ana@example.com", "Timeout"}};
  estate.drift.accounts_listed = false;
  estate.drift.users_read = false;
  check_all("failures", estate);
}

TEST_CASE("A refresh tells what it took into the record") {
  const Estate estate = drifted();
  golden::check("drift/refresh.txt", report::refresh_text(estate.drift, {}));
  golden::check("drift/refresh.json", report::refresh_json(estate.drift, estate.files));
  CHECK(report::refresh_text(checked().drift, {}) ==
        "Refreshed: the record already says what the server says. Checked 3 accounts, 12 people and 31 "
        "grants.\n");
}
