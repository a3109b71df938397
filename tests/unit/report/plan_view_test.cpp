#include "report/plan_view.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "sample.hpp"
#include "scenarios.hpp"
#include "view_parts.hpp"

namespace {

using namespace rollcall;
using namespace view_parts;
using report::Change;
using report::View;

View view_of(const sample::Sample& sample, bool full = false) {
  return report::plan_view(sample.plan, sample.recorded, sample.context(), full);
}

}  // namespace

TEST_CASE("A view of a plan: title, breakdown, second look, objects, access, total") {
  const View view = view_of(sample::everything());
  CHECK(view.title == "Plan for https://chat.example.com, state serial 41, 2027-02-15");
  CHECK(headings(view.breakdown) == Names{"Accounts", "Users", "Agent bots", "Access"});
  CHECK(view.breakdown.back().counts ==
        std::vector<report::Breakdown::Count>{{1, "to grant"}, {4, "to change"}, {6, "to revoke"}});
  CHECK(headings(view.sections) ==
        Names{std::string(report::kSecondLook), "Accounts", "Users", "Agent bots", "Access"});
  CHECK(headings(view.sections.front().sections) == Names{"Changed sign-in addresses", "New administrators",
                                                          "Access taken away", "Suspended or deleted",
                                                          "Warnings"});
  CHECK(headings(view.sections.back().sections) == Names{"hq", "shut", "support-emea", "web"});
  CHECK(view.total == "Plan: 3 to create, 11 to update, 8 to remove, 3 to release, 1 blocked.");
}

TEST_CASE("A granted role names its rules, one that is taken away the reason, and both the sources") {
  const View view = view_of(sample::everything());
  const Section& hq = section(section(view.sections, "Access").sections, "hq");
  const Row& granted = row(hq, "joe@example.com");
  CHECK(granted.sign == '+');
  CHECK(granted.change == Change{std::nullopt, "agent"});
  CHECK(granted.reason.empty());
  REQUIRE(granted.sources.size() == 3);
  CHECK(granted.sources[0] == report::Source{"roster/a.yaml", 40, {}, "OPS-17 owner of the desk"});
  CHECK(granted.sources[1] == report::Source{"roster/a.yaml", 44, parse_date("2027-03-31"), ""});
  CHECK(granted.more_sources == 1);
  CHECK_FALSE(granted.sources_told);

  const Row& revoked = row(hq, "lee@example.com");
  CHECK(revoked.sign == '-');
  CHECK(revoked.change == Change{"agent", std::nullopt});
  CHECK(revoked.reason == "expired on 2027-01-31 by roster/a.yaml:48");
  CHECK(revoked.sources.size() == 1);
  CHECK(revoked.sources_told);

  const Section& emea = section(section(view.sections, "Access").sections, "support-emea");
  CHECK(row(emea, "kim@example.com").change == Change{"agent", "administrator"});
  CHECK(row(emea, "kim@example.com").note == "already a member, but not through the roster");
}

TEST_CASE("A full view leaves out no rule") {
  const View view = view_of(sample::everything(), true);
  const Row& granted = row(section(section(view.sections, "Access").sections, "hq"), "joe@example.com");
  CHECK(granted.sources.size() == 4);
  CHECK(granted.more_sources == 0);
}

TEST_CASE("What changes of an object stands in rows under it") {
  const View view = view_of(sample::everything());
  const Row& web = row(section(view.sections, "Accounts"), "web");
  CHECK(web.text == "update");
  CHECK(web.sources == std::vector<report::Source>{{"roster/a.yaml", 14, {}, {}}});
  REQUIRE(web.rows.size() == 4);
  CHECK(web.rows[0].subject == "name");
  CHECK(web.rows[0].change == Change{"\"Web\"", "\"Web shop\""});
  CHECK(web.rows[1].change == Change{"not recorded", "\"pt_BR\""});
  CHECK(web.rows[3].change == Change{"\"emea\"", "absent"});
  const Row& desk = row(section(view.sections, "Accounts"), "desk");
  CHECK(desk.sign == '=');
  CHECK(desk.reason == "the account left the roster");
  REQUIRE(desk.rows.size() == 3);
  CHECK(desk.rows[1].text == "uma@example.com leaves the roster and keeps access here");
  const Row& shut = row(section(view.sections, "Accounts"), "shut");
  CHECK(shut.sign == '!');
  CHECK(shut.note == "blocked: run with --allow-deletes");
}

TEST_CASE("A folded view counts what it leaves out, a full one has every row") {
  const sample::Sample crowded = sample::crowded();
  const View folded = view_of(crowded);
  const Section& look = folded.sections.front();
  CHECK(section(look.sections, "New administrators").rows.size() == 20);
  CHECK(section(look.sections, "New administrators").hidden == 5);
  CHECK(section(folded.sections, "Users").rows.front().folded == 60);
  const Section& many = section(section(folded.sections, "Access").sections, "Changes that reach many");
  CHECK(row(many, "kim@example.com").folded == 212);
  CHECK(row(many, "kim@example.com").text == "in 212 accounts");
  CHECK(row(many, "agent").folded == 1000);

  const View full = view_of(crowded, true);
  CHECK(section(full.sections.front().sections, "New administrators").rows.size() == 25);
  CHECK(section(full.sections.front().sections, "New administrators").hidden == 0);
  CHECK(section(full.sections, "Users").rows.size() == 60);
  std::size_t grants = 0;
  for (const Section& account : section(full.sections, "Access").sections) grants += account.rows.size();
  CHECK(grants == 1330);
}

TEST_CASE("A refusal comes first and has the actions that it names under it") {
  const View view = view_of(sample::refused());
  const Section& refused = view.sections.front().sections.front();
  CHECK(refused.tone == report::Tone::kAlarm);
  REQUIRE(refused.rows.size() == 5);
  CHECK(refused.rows[0].rows.size() == 1);
  CHECK(refused.rows[0].rows[0].subject == "lee@example.com");
  REQUIRE(refused.rows[1].rows.size() == 8);
  CHECK(refused.rows[1].rows[6].text == "To let it pass for one run: --max-removals 18");
}

TEST_CASE("A warning keeps its rule, its place and what to do") {
  sample::Sample sample;
  Diagnostic warning;
  warning.severity = Severity::kWarning;
  warning.rule = "R901";
  warning.file = "roster/a.yaml";
  warning.line = 9;
  warning.message = "This rule reaches nobody";
  warning.hint = "Remove it.";
  sample.plan.warnings = {warning};
  const View view = view_of(sample);
  CHECK(view.breakdown.empty());
  REQUIRE(view.sections.size() == 1);
  const Row& row = view.sections[0].sections[0].rows[0];
  CHECK(row.subject == "roster/a.yaml:9");
  CHECK(row.sources == std::vector<report::Source>{{"roster/a.yaml", 9, {}, {}}});
  CHECK(row.rule == "R901");
  CHECK(row.advice == "Remove it.");
  CHECK(view.total == "No changes. The recorded state matches the roster.");
}
