#pragma once

#include <vector>

#include "report/fold.hpp"
#include "report/report.hpp"
#include "report/view.hpp"

namespace rollcall::report {

/// The section of access: changes that reach many, then each account with one row per user. Empty without
/// grants.
Section access_section(const plan::Plan& plan, const Context& context, bool full);

/// One grant: its user, the roles, the rules or the reason.
Row grant_row(const plan::Plan& plan, plan::ActionIndex index, const Context& context, bool full);

/// The grants among the actions as sentences, one per user: "kim@example.com: agent in 4 accounts".
std::vector<Row> rows_by_user(const plan::Plan& plan, const std::vector<plan::ActionIndex>& actions,
                              const Context& context);

}  // namespace rollcall::report
