#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "model/kinds.hpp"
#include "model/value.hpp"
#include "plan/plan.hpp"
#include "report/report.hpp"

namespace rollcall::report {

/// More rules of one grant are counted.
constexpr std::size_t kRulesShown = 3;
/// Why an action is listed and not run.
std::string_view blocked_note(const plan::Action& action);

/// "roster/a.yaml:9", safe to print; empty for no place.
std::string place(const Origin& origin, const SourceFiles& files);

/// A value for readers: compact JSON, "absent" for null; safe to print.
std::string shown(const model::Value& value);

/// "agent", "nothing".
std::string_view shown(const std::optional<model::Role>& role);

/// Why the action is in the plan, in words: "no rule gives it any more", "expired on 2027-01-31 by
/// roster/a.yaml:9".
std::string reason_text(const plan::Action& action, const plan::Plan& plan, const Context& context);

/// "agent", "agent -> administrator"; what goes is told by what it was.
std::string role_text(const plan::GrantAction& grant);

/// "delete", "release (id 7)", "bind to id 42", "create, or adopt".
std::string verb_text(const plan::Action& action);

/// Whether the creation may find a user who exists already, and manages that one then.
bool adopts(const plan::Action& action);

/// Why a role gets lower. The roster may have changed, or the role was raised on the server: a record that
/// was brought up to date since does not tell.
constexpr std::string_view kLowerRole = "the roster gives a lower role";

/// The rules that a grant's reason speaks of; empty for objects.
const std::vector<std::uint32_t>& rules_of(const plan::Action& action, const plan::Plan& plan);

/// min_administrators, max_removals, protected_user, protected_account: the words of the JSON document.
std::string_view guardrail_name(plan::Guardrail guardrail);

/// What the guardrail says against the plan, as a sentence.
std::string violation_text(const plan::Plan& plan, const plan::Violation& violation, const Context& context);

/// The addresses of the entry of `allow` that lets the violation pass; many grants of one account are one
/// pattern.
std::vector<std::string> exception_patterns(const plan::Plan& plan, const plan::Violation& violation,
                                            const Context& context);

/// That entry, as the project file has it.
std::string exception_entry(const plan::Plan& plan, const plan::Violation& violation, const Context& context);

/// "account", "user", "agent_bot", "grant": the words of the JSON document.
std::string_view object_name(const plan::Action& action);

/// Of the kinds of objects, and of access: by Action::object's index.
constexpr std::size_t kObjectKinds = model::kKindCount + 1;
std::array<std::string_view, kObjectKinds> object_headings();

/// What a report was made from, as its first line: "Plan for https://chat.example.com, state serial 41,
/// 2027-01-31".
std::string title_text(std::string_view report, const Meta& meta);

/// "3 to create, 1 to update, 2 to remove", with released and blocked where there are any.
std::string totals_text(const plan::Totals& totals);

/// + for what is new, ~ for what changes, - for what goes, = for what is let go as it is, ! for what is
/// blocked.
char sign_of(const plan::Action& action);

/// The users who leave the roster with this plan, sorted by reference.
std::vector<model::UserRef> leavers_of(const plan::Plan& plan);

/// Those of the leavers who keep their role in an account that the plan releases: addresses, sorted.
std::vector<std::string> leavers_kept(const plan::AccountAction& released,
                                      const std::vector<model::UserRef>& leavers,
                                      const model::RecordedEstate& recorded,
                                      const model::Directory& directory);

}  // namespace rollcall::report
