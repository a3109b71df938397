#pragma once

#include <cstddef>
#include <vector>

#include "plan/plan.hpp"

namespace rollcall::report {

/// Grants of a plan that say the same thing (same roles, same rules, same reason) and are shown as one line.
struct Bundle {
  /// In the plan's order; never empty.
  std::vector<plan::ActionIndex> actions;
  std::size_t accounts = 0;
  std::size_t users = 0;
};

struct FoldedAccess {
  /// More than one grant each: one user in many accounts, many users in one account, or many in many.
  std::vector<Bundle> bundles;
  /// What stands in a line of its own. By account key, then address.
  std::vector<plan::ActionIndex> single;
};

/// Folds the grants among `actions` for a reader with two minutes. A plan with few grants is not folded, nor
/// is a rule that reaches few, but a user who leaves many accounts is one line in every plan; `full` folds
/// nothing. Removals are folded no further than to a line for each user or account.
FoldedAccess fold_access(const plan::Plan& plan, const model::Directory& directory, bool full);

/// One line per user, whatever their number: what guardrails and the list of removals name. Only grants.
std::vector<Bundle> by_user(const plan::Plan& plan, const std::vector<plan::ActionIndex>& actions,
                            const model::Directory& directory);

}  // namespace rollcall::report
