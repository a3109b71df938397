#pragma once

#include <vector>

#include "apply/session.hpp"
#include "apply/wave_queue.hpp"

namespace rollcall::apply {

/// In which order the grants of a wave have to end beyond what they need, so that administrators are only
/// judged when the others are done: promotions before agents' grants that might demote somebody, removals of
/// agents before those of administrators, and these one after another in each account.
std::vector<WaveQueue::Edge> administrators_last(const Session& session,
                                                 const std::vector<plan::ActionIndex>& wave);

/// What the members of one account say once every action of the third wave is over.
struct MembersCheck {
  /// Revocations that were accepted and hold, and those that do not, each with its error.
  std::vector<plan::ActionIndex> hold;
  std::vector<std::pair<plan::ActionIndex, Error>> do_not_hold;
  /// Set where the members could not be read: nobody knows of any of them.
  std::optional<chatwoot::CallError> unread;
  /// What was seen: roles that differ from what is recorded, memberships that are gone, members whom nobody
  /// manages.
  std::vector<state::Record> seen;
};

/// Reads the members once. `revocations` are the actions of this account that were accepted.
MembersCheck check_members(Session& session, Worker& worker, model::AccountRef account,
                           const std::vector<plan::ActionIndex>& revocations);

}  // namespace rollcall::apply
