#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "drifts.hpp"
#include "sample.hpp"

/// Names that would like to be more than names, and reports of them.
namespace hostile {

using namespace rollcall;
using model::Field;
using model::Role;
using plan::ReasonCode;
using plan::Verb;
using sample::change;
using sample::Sample;

/// What names would like to be.
inline const std::vector<std::string> kEvil = {
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

inline Sample hostile_plan() {
  Sample s;
  std::size_t next = 0;
  const auto evil = [&] { return kEvil[next++ % kEvil.size()]; };
  // Arguments have no order in which they are made.
  const auto renamed = [&] {
    const std::string after = evil();
    return change(Field::kName, evil(), after);
  };
  const auto described = [&] {
    const std::string key = evil();
    return change(Field::kCustomAttributes, {}, evil(), key);
  };
  for (std::uint32_t i = 0; i < 2 * kEvil.size(); ++i) {
    s.account(Verb::kUpdate, ReasonCode::kSettingsDiffer, fmt::format("a{:02}", i), i + 1,
              {renamed(), described()});
    s.user(Verb::kUpdate, ReasonCode::kSettingsDiffer, fmt::format("u{:02}@example.com", i), i + 1,
           {renamed()});
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
inline Sample huge(const std::string& name, std::uint32_t users) {
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

inline drifts::Estate hostile_drift() {
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
  return estate;
}

/// A pipeline whose pages show the files of the roster.
inline report::Pipeline gitlab() {
  report::Pipeline pipeline;
  pipeline.root = "/builds/ops";
  pipeline.folder = "chat desk";
  pipeline.files_url = "https://git.example.com/ops/-/blob/4f2a/";
  pipeline.job_url = "https://git.example.com/ops/-/jobs/7";
  return pipeline;
}

}  // namespace hostile
