#pragma once

#include <cstddef>

#include "base/clock.hpp"
#include "base/diagnostic.hpp"
#include "base/source.hpp"
#include "model/desired.hpp"
#include "model/guardrails.hpp"
#include "policy/expand.hpp"
#include "roster/roster.hpp"

namespace rollcall::policy {

/// The grants that a roster may mean; a user counts in an account once for each rule.
constexpr std::size_t kMaxGrants = 5'000'000;
/// How often rules and groups may name users, groups and accounts, with what is in those.
constexpr std::size_t kMaxSteps = 50'000'000;

/// Who may do what on the day `today` (UTC) according to a roster without errors, those of review() included.
/// Groups, patterns and expiries end here. `reaches` are those of its rules.
model::DesiredEstate resolve(const roster::Roster& roster, const Reaches& reaches,
                             const model::Directory& directory, Date today);

/// What the guardrails refuse about single rules and users: a rule without a reason where its role needs
/// one, an e-mail domain that is not allowed. Right for a roster with errors elsewhere, too. Sorted.
Diagnostics review_parts(const roster::Roster& roster, const model::Guardrails& guardrails,
                         const model::Directory& directory, const SourceFiles& files, Date today);

/// Of a roster without errors, those of review_parts() included, whose rules have these `reaches`: rules that
/// mean more than the limits above, and what is allowed but deserves a look on the day `today`: rules that
/// reach nobody, users with two roles in one account by name, accounts whose rules without `until` leave too
/// few administrators, protected names that the roster does not know. Sorted.
Diagnostics review(const roster::Roster& roster, const Reaches& reaches, const model::Guardrails& guardrails,
                   const model::Directory& directory, const SourceFiles& files, Date today);

}  // namespace rollcall::policy
