#pragma once

#include <string_view>

/// The rules of findings that are no diagnostics: what a section of a view is to tools that collect findings.
namespace rollcall::report {

constexpr std::string_view kRuleError = "error";
constexpr std::string_view kRuleWarning = "warning";
constexpr std::string_view kRuleGuardrail = "guardrail";
constexpr std::string_view kRuleException = "guardrail-exception";
constexpr std::string_view kRuleAddress = "sign-in-address";
constexpr std::string_view kRuleAdministrator = "new-administrator";
constexpr std::string_view kRuleAccessRemoved = "access-removed";
constexpr std::string_view kRuleClosed = "suspended-or-deleted";
constexpr std::string_view kRuleStaleState = "drift-stale-state";
constexpr std::string_view kRuleChanged = "drift-changed";
constexpr std::string_view kRuleGone = "drift-gone";
constexpr std::string_view kRuleConflict = "drift-conflict";
constexpr std::string_view kRuleExpired = "drift-expired";
constexpr std::string_view kRuleUnlisted = "drift-unlisted";
constexpr std::string_view kRulePending = "drift-pending";
constexpr std::string_view kRuleNotRead = "drift-not-read";

}  // namespace rollcall::report
