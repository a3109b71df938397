#include "report/finding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <utility>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "report/rules.hpp"
#include "report/view_text.hpp"

namespace rollcall::report {
namespace {

struct KnownRule {
  std::string_view name;
  Level level;
  std::string_view title;
  std::string_view description;
};

constexpr std::array<KnownRule, 16> kRules = {
    {{kRuleError, Level::kError, "The run failed", "What could not be done, and what to do about it."},
     {kRuleWarning, Level::kWarning, "A warning", "What deserves a look and stops nothing."},
     {kRuleGuardrail, Level::kError, "A guardrail refuses the plan",
      "The plan would take away more than the guardrails of the project file allow."},
     {kRuleException, Level::kWarning, "An exception of the guardrails is used",
      "An entry of `allow` lets pass what the guardrails would refuse."},
     {kRuleAddress, Level::kWarning, "A sign-in address changes",
      "Who has the new address signs in with everything that the user may do."},
     {kRuleAdministrator, Level::kWarning, "A user becomes administrator",
      "An administrator of an account may do everything in it."},
     {kRuleAccessRemoved, Level::kNote, "Access is taken away", "A role is revoked or lowered."},
     {kRuleClosed, Level::kWarning, "Something is suspended or deleted",
      "Users lose access, and what is deleted does not come back."},
     {kRuleStaleState, Level::kError, "The state is old, or there are two",
      "The server has objects that this state created and does not know."},
     {kRuleChanged, Level::kWarning, "Changed on the server",
      "The server has another value than the roster and the recorded state."},
     {kRuleGone, Level::kWarning, "Gone from the server", "The server no longer has what the roster wants."},
     {kRuleConflict, Level::kWarning, "Conflict", "Roster, recorded state and server all differ."},
     {kRuleExpired, Level::kWarning, "Expired access", "Access that should have ended is still there."},
     {kRuleUnlisted, Level::kWarning, "Unlisted on the server",
      "Neither in the roster nor put there by Rollcall."},
     {kRulePending, Level::kNote, "Pending", "The roster has a change that was not applied."},
     {kRuleNotRead, Level::kError, "Not read", "A read of the server failed, so the report is incomplete."}}};

/// R911 is a rule of the roster, P008 one of the project file.
bool is_numbered(std::string_view rule) {
  return rule.size() > 1 && (rule.front() == 'R' || rule.front() == 'P') && rule[1] >= '0' && rule[1] <= '9';
}

/// The columns before a byte of the text, as UTF-16 counts them.
std::uint32_t utf16_units(std::string_view text) {
  std::uint32_t units = 0;
  constexpr unsigned char kFourBytes = 0xF0;
  for (const char c : text) {
    if (is_utf8_continuation(c)) continue;
    units += static_cast<unsigned char>(c) >= kFourBytes ? 2 : 1;
  }
  return units;
}

/// Without the numbers of lines that a message names, which move.
std::string without_lines(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] == ':')
      while (i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9') ++i;
  }
  return out;
}

/// The hint, as it goes on after the message.
std::string with_hint(const Diagnostic& diagnostic) {
  if (diagnostic.hint.empty()) return {};
  if (diagnostic.message.ends_with('.')) return " " + diagnostic.hint;
  const bool begins_sentence = std::isupper(static_cast<unsigned char>(diagnostic.hint.front())) != 0;
  return (begins_sentence ? ". " : "; ") + diagnostic.hint;
}

/// Collects findings: a place for each that has none, and a fingerprint of its own.
class Findings {
 public:
  explicit Findings(const Meta& meta) : fallback_(meta.pipeline.fallback_file) {}

  void add(Finding finding, const std::string& identity) {
    if (finding.file.empty()) finding.file = fallback_;
    finding.line = std::max<std::uint32_t>(finding.line, 1);
    const std::string key = fmt::format("{}\n{}\n{}", finding.rule, finding.file, without_lines(identity));
    // Two of the same are told apart by their order.
    finding.fingerprint = sha256(fmt::format("{}\n{}", key, seen_[key]++));
    found_.push_back(std::move(finding));
  }

  std::vector<Finding> take() {
    std::stable_sort(found_.begin(), found_.end(),
                     [](const Finding& a, const Finding& b) { return a.level < b.level; });
    return std::move(found_);
  }

 private:
  std::string fallback_;
  std::map<std::string, std::size_t> seen_;
  std::vector<Finding> found_;
};

Finding finding_of(const Row& row, const Section& section) {
  Finding finding;
  finding.rule = row.rule.empty() ? section.rule : row.rule;
  finding.level = row.declined ? Level::kNote : words_of_rule(finding.rule).level;
  if (!row.sources.empty()) {
    finding.file = row.sources.front().file;
    finding.line = row.sources.front().line;
  }
  const bool says_all = section.rule == kRuleWarning;
  finding.message = says_all ? row.text : fmt::format("{}: {}", section.heading, row_text(row));
  if (row.advice.empty()) return finding;
  if (says_all && finding.message.ends_with('.')) finding.message.pop_back();
  finding.message += says_all ? ". " + as_sentence(row.advice) : "; " + row.advice;
  return finding;
}

void add_rows(Findings& findings, const Section& section) {
  if (!section.rule.empty())
    for (const Row& row : section.rows) {
      Finding finding = finding_of(row, section);
      const std::string identity = finding.message;
      findings.add(std::move(finding), identity);
    }
  for (const Section& nested : section.sections) add_rows(findings, nested);
}

}  // namespace

RuleWords words_of_rule(std::string_view rule) {
  const auto* known =
      std::find_if(kRules.begin(), kRules.end(), [&](const KnownRule& one) { return one.name == rule; });
  if (known != kRules.end())
    return {known->level, std::string(known->title), std::string(known->description),
            "`rollcall help formats` explains the rule."};
  const std::string_view page = is_numbered(rule) && rule.front() == 'P' ? "project" : "roster";
  return {Level::kWarning, fmt::format("Rule {}", rule),
          fmt::format("Rule {} of the {}.", rule, page == "project" ? "project file" : page),
          fmt::format("`rollcall help {}` explains the rule.", page)};
}

std::vector<Finding> findings_of(const View& view, const Meta& meta) {
  Findings findings(meta);
  for (const Section& section : view.sections) add_rows(findings, section);
  return findings.take();
}

std::vector<Finding> findings_of(const Diagnostics& diagnostics, const Meta& meta) {
  Findings findings(meta);
  for (const Diagnostic& diagnostic : diagnostics) {
    const bool is_error = diagnostic.severity == Severity::kError;
    Finding finding;
    finding.level = is_error ? Level::kError : Level::kWarning;
    finding.rule =
        diagnostic.rule.empty() ? std::string(is_error ? kRuleError : kRuleWarning) : diagnostic.rule;
    finding.file = diagnostic.file;
    finding.line = diagnostic.line;
    if (diagnostic.column != 0) {
      const std::string_view line = diagnostic.source_line;
      const std::size_t at = std::min<std::size_t>(
          diagnostic.column - std::min(diagnostic.column, diagnostic.source_before + 1), line.size());
      finding.column = diagnostic.source_before + utf16_units(line.substr(0, at)) + 1;
      finding.end_column =
          finding.column + std::max<std::uint32_t>(utf16_units(line.substr(at, diagnostic.length)), 1);
    }
    finding.message = diagnostic.message;
    finding.message += with_hint(diagnostic);
    findings.add(std::move(finding), diagnostic.message + "\n" + diagnostic.source_line);
  }
  return findings.take();
}

}  // namespace rollcall::report
