#pragma once

#include "base/clock.hpp"
#include "base/diagnostic.hpp"
#include "base/source.hpp"
#include "model/desired.hpp"
#include "model/guardrails.hpp"
#include "roster/roster.hpp"

namespace rollcall::policy {

/// Who may do what on the day `today` (UTC) according to a roster without errors. Groups, patterns and lapses
/// end here.
model::DesiredEstate resolve(const roster::Roster& roster, const model::Directory& directory, Date today);

/// What is allowed but deserves a look (rules that reach nobody, people with two roles in one account by
/// name, accounts whose rules without `until` leave too few administrators), and what the guardrails refuse
/// about the roster itself: a rule without a reason where its role needs one, an e-mail domain that is not
/// allowed. Sorted.
Diagnostics review(const roster::Roster& roster, const model::Guardrails& guardrails,
                   const model::Directory& directory, const SourceFiles& files);

}  // namespace rollcall::policy
