#pragma once

#include <cstddef>
#include <string>

#include "plan/result.hpp"
#include "report/report.hpp"

namespace rollcall::report {

/// What the last line of an apply counts. What was unchanged counts as done, and once more by itself.
struct ApplyTotals {
  /// With those whose settings are missing, which are counted as failed (or unknown), too.
  std::size_t created = 0;
  /// Users who existed already and are managed from now on.
  std::size_t adopted = 0;
  std::size_t updated = 0;
  std::size_t removed = 0;
  std::size_t released = 0;
  std::size_t unchanged = 0;
  std::size_t failed = 0;
  std::size_t unknown = 0;
  std::size_t skipped = 0;
  std::size_t blocked = 0;
  std::size_t not_started = 0;
};

ApplyTotals count(const plan::Plan& plan, const plan::ApplyResult& result);

/// Whether a creation found a user who existed already, and adopted the user.
bool found_existing(const plan::Action& action, const plan::ActionResult& result);

/// The address, and for a grant its role: "grants.hq/kim@example.com (agent)". Safe to print.
std::string subject(const plan::Action& action, const Context& context);

/// Why an action was skipped: "it depends on users.kim@example.com, which failed".
std::string skip_text(const plan::Plan& plan, const plan::ApplyResult& result,
                      const plan::ActionResult& skipped, const Context& context);

}  // namespace rollcall::report
