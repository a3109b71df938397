#include "report/markdown.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "drifts.hpp"
#include "golden/golden.hpp"
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

namespace {

/// What names would like to be.
const std::vector<std::string> kEvil = {
    "</details></summary><script>alert(1)</script>",
    "`@all` ``` ` ``` ~~~",
    "@everyone #17 !4 ~bug %1 $3 &7 group/ops#1 GH-17",
    "line\n\n/close\n- [ ] task\n# heading\n::error::x ##[error]y",
    "[click](https://evil.example.com) www.evil.example.com <https://evil.example.com>",
    "| a | b | \\| `c | d` ![x](https://evil.example.com/x.png)",
    "**bold** _it_ ~~gone~~ :tada: &lt;b&gt; &#64;all \\`@all\\`",
    "\xe2\x80\xaereversed \xe2\x80\x8b@hidden \xff",
    "1. one",
    "`",
    "",
    " ",
    "--> <!-- open",
    std::string(300, '`'),
    "<details open><summary>mine</summary>",
    "東京サポート 😀 Zoë O'Neil-Smith"};

Sample hostile() {
  Sample s;
  std::size_t next = 0;
  const auto evil = [&] { return kEvil[next++ % kEvil.size()]; };
  for (std::uint32_t i = 0; i < 2 * kEvil.size(); ++i) {
    s.account(Verb::kUpdate, ReasonCode::kSettingsDiffer, fmt::format("a{:02}", i), i + 1,
              {change(Field::kName, evil(), evil()), change(Field::kCustomAttributes, {}, evil(), evil())});
    s.user(Verb::kUpdate, ReasonCode::kSettingsDiffer, fmt::format("u{:02}@example.com", i), i + 1,
           {change(Field::kName, evil(), evil())});
    const model::CauseId cause = s.rule(100 + i, evil());
    s.grant(ReasonCode::kRuleGives, fmt::format("a{:02}", i), fmt::format("u{:02}@example.com", i), {},
            i % 2 == 0 ? Role::kAdministrator : Role::kAgent, cause);
    // Not what an address can be, and no matter.
    s.grant(ReasonCode::kNoRule, fmt::format("a{:02}", i), evil(), Role::kAgent, {});
    Diagnostic warning;
    warning.severity = Severity::kWarning;
    warning.file = evil();
    warning.line = 3;
    warning.message = evil();
    warning.hint = evil();
    s.plan.warnings.push_back(warning);
  }
  return s;
}

/// Thousands of everything.
Sample huge(const std::string& name, std::uint32_t users) {
  Sample s;
  for (std::uint32_t i = 0; i < users; ++i) {
    const std::string email = fmt::format("u{:04}@example.com", i);
    s.user(Verb::kUpdate, ReasonCode::kMoved, email, i + 1, {change(Field::kName, "x", name)});
    std::get<plan::UserAction>(s.plan.actions.back().object).moved_from =
        s.directory.users.intern(fmt::format("old{:04}@example.com", i));
    const model::CauseId cause = s.rule(i + 1, name);
    s.grant(ReasonCode::kRuleGives, fmt::format("a{:04}", i), email, {}, Role::kAdministrator, cause);
    s.grant(ReasonCode::kNoRule, fmt::format("b{:04}", i), email, Role::kAgent, {});
    s.account(Verb::kSuspend, ReasonCode::kAccountLeft, fmt::format("c{:04}", i), 0);
  }
  return s;
}

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

report::Pipeline gitlab() {
  report::Pipeline pipeline;
  pipeline.root = "/builds/ops";
  pipeline.folder = "chat desk";
  pipeline.files_url = "https://git.example.com/ops/-/blob/4f2a/";
  pipeline.job_url = "https://git.example.com/ops/-/jobs/7";
  return pipeline;
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
  golden::check("formats/hostile.markdown", markdown_of(hostile()));
  drifts::Estate estate = drifts::drifted();
  std::vector<plan::DriftItem> items;
  for (const std::string& evil : kEvil) {
    plan::DriftItem item = estate.drift.items.front();
    item.live = drifts::value(evil);
    item.what = "custom_attributes." + evil;
    items.push_back(item);
    estate.drift.failures.push_back({evil, evil});
  }
  estate.drift.items = items;
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
