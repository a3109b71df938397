#include "report/markdown.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "drifts.hpp"
#include "golden/golden.hpp"
#include "hostile.hpp"
#include "report/format.hpp"
#include "report/markdown_text.hpp"
#include "sample.hpp"
#include "scenarios.hpp"

using namespace rollcall;
using model::Field;
using model::Role;
using plan::ReasonCode;
using plan::Verb;
using report::Format;
using sample::change;
using sample::Sample;
using namespace hostile;

namespace {

std::string markdown_of(const Sample& s, const report::Pipeline& pipeline = {}) {
  report::Context context = s.context();
  context.meta.pipeline = pipeline;
  return report::plan_report(Format::kMarkdown, s.plan, s.recorded, context, {});
}

bool is_within_limits(const std::string& text) {
  return count_characters(text) <= report::kMaxMarkdownCharacters && text.size() <= report::kMaxMarkdownBytes;
}

std::size_t occurrences_of(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("Words with anything but letters and digits in them become code") {
  using report::markdown_text;
  CHECK(markdown_text("Ana Silva, agent in 3 accounts; see (OPS-17).") ==
        "Ana Silva, agent in 3 accounts; see (OPS-17).");
  CHECK(markdown_text("run `apply --full` now") == "run `apply --full` now");
  CHECK(markdown_text("ana@example.com: gone") == "`ana@example.com`: gone");
  CHECK(markdown_text("@all #1 <b> a_b GH-1 -x") == "`@all` `#1` `<b>` `a_b` `GH-1` `-x`");
  CHECK(markdown_text("digest f85042f of facade, 123456 or 1,234,567") ==
        "digest `f85042f` of facade, 123456 or 1,234,567");
  CHECK(markdown_text("1. one 2) two 3") == "`1`. one 2) two 3");
  CHECK(markdown_text("the user's ``` name?") == "the user's ```` ``` ```` name?");
  CHECK(markdown_text("a`b") == "a`` `b ``");
  // Of a name they are what they are.
  CHECK(report::markdown_value("Ana `Silva`") == "Ana `` `Silva` ``");
  CHECK(report::markdown_value("`/close`") == "`` `/close` ``");
  CHECK(report::markdown_value("`a b`") == "`` `a `` `` b` ``");
  CHECK(markdown_text("`a``b`") == "`a` `b`");
  CHECK(markdown_text("x\n/close") == "`x\\x0a/close`");
  CHECK(report::markdown_code("a`b``c") == "```a`b``c```");
  CHECK(report::markdown_code("a" + std::string(300, '`')) ==
        std::string(41, '`') + "a" + std::string(40, '`') + "…" + std::string(41, '`'));
  CHECK(report::markdown_code("`") == "`` ` ``");
  CHECK(report::markdown_code(" a ") == "`  a  `");
  CHECK(report::html_text("a <b> & \"@all\"") ==
        "a <code>&lt;b&gt;</code> <code>&amp;</code> &quot;<code>@all</code>&quot;");
}

TEST_CASE("Reviewers read the same in every run, with links where the pipeline has pages for files") {
  golden::check("formats/linked.markdown", markdown_of(sample::everything(), gitlab()));
}

TEST_CASE("Names that would like to be more than names are shown as they are") {
  golden::check("formats/hostile.markdown", markdown_of(hostile_plan()));
  const drifts::Estate estate = hostile_drift();
  golden::check("formats/hostile_drift.markdown",
                report::drift_report(Format::kMarkdown, estate.drift, estate.files, Sample::meta(), {}));
}

TEST_CASE("A report of 10,000 actions is shortened by section, and counts what it leaves out") {
  const std::string text = markdown_of(huge("Zoë Wünsch-Ångström of the night shift", 2500), gitlab());
  CHECK(is_within_limits(text));
  CHECK(count_characters(text) > report::kMaxMarkdownCharacters * 9 / 10);
  golden::check("formats/shortened.markdown", text);
  for (const char* heading :
       {"**Changed sign-in addresses (2,500)**", "**New administrators (2,500)**",
        "**Access taken away (2,500)**", "**Suspended or deleted (2,500)**", "#### Access by user (2,500)",
        "<summary>Accounts (2,500)</summary>", "<summary>Users (2,500)</summary>"}) {
    INFO(heading);
    CHECK(text.find(heading) != std::string::npos);
  }
  // Every section keeps lines, and counts the others.
  CHECK(occurrences_of(text, " more, left out here") == 7);
  CHECK(text.find("- `~` `old0000@example.com` → `u0000@example.com`") != std::string::npos);
  CHECK(text.find("- `+` `u0000@example.com`: administrator in a0000") != std::string::npos);
  CHECK(text.find("- `-` `accounts.c0000`: suspend") != std::string::npos);
  CHECK(
      text.ends_with("This report is shortened; the formats `text` and `json` have all of it, as has "
                     "[the job](https://git.example.com/ops/-/jobs/7).\n"));
}

TEST_CASE("No names are long enough to break the limits") {
  for (const std::string& name : {std::string(5000, 'x'), std::string("`"), std::string(5000, '`'),
                                  std::string(5000, '<'), kEvil[7], std::string("😀😀😀😀 😀😀😀😀")})
    CHECK(is_within_limits(markdown_of(huge(name, 150))));
  Sample wide;
  for (std::uint32_t i = 0; i < 12; ++i) {
    std::vector<sample::Change> changes;
    for (int k = 0; k < 500; ++k)
      changes.push_back(change(Field::kCustomAttributes, {}, std::string(5000, '&'), fmt::format("k{}", k)));
    wide.account(Verb::kUpdate, ReasonCode::kSettingsDiffer, fmt::format("a{}", i), 1, changes);
  }
  CHECK(is_within_limits(markdown_of(wide)));
}

TEST_CASE("What a user gains and loses is told in words, by user") {
  Sample s;
  const model::CauseId cause = s.rule(4);
  s.user(Verb::kCreate, ReasonCode::kNew, "ana@example.com", 3, {change(Field::kName, {}, "Ana Silva")});
  for (const char* key : {"c", "a", "b"})
    s.grant(ReasonCode::kRuleGives, key, "ana@example.com", {}, Role::kAdministrator, cause);
  s.grant(ReasonCode::kNoRule, "d", "ana@example.com", Role::kAgent, {});
  s.grant(ReasonCode::kRuleLowers, "e", "ana@example.com", Role::kAdministrator, Role::kAgent, cause);
  s.grant(ReasonCode::kRuleGives, "a", "ben@example.com", {}, Role::kAgent, cause);
  const std::string text = markdown_of(s);
  CHECK(text.find("<summary>Ana Silva (<code>ana@example.com</code>): becomes administrator of 3 accounts; "
                  "becomes agent instead of administrator in e; loses agent in d</summary>") !=
        std::string::npos);
  CHECK(text.find("- `+` `ben@example.com`: becomes agent of a, `roster/a.yaml:4`\n") != std::string::npos);
  CHECK(text.find("Access by user") < text.find("<summary>Users (1)</summary>"));
}
