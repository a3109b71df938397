#pragma once

#include <vector>

#include "apply/phase_queue.hpp"
#include "apply/session.hpp"

namespace rollcall::apply {

/// In which order the grants of a phase have to end beyond what they need, so that administrators are only
/// judged when the others are done: promotions before agents' grants that might demote somebody, removals of
/// agents before those of administrators, and these one after another in each account.
std::vector<PhaseQueue::Edge> administrators_last(const Session& session,
                                                  const std::vector<plan::ActionIndex>& phase);

}  // namespace rollcall::apply
