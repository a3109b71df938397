#pragma once

#include <optional>
#include <vector>

#include "apply/phase_queue.hpp"
#include "apply/session.hpp"

namespace rollcall::apply {

/// Whether the account's members are read before the grant is sent, which may show that nothing is to be
/// sent.
bool is_guarded(const plan::GrantAction& grant, bool account_is_new, bool user_is_new);

/// The id of the user, where `known` is that of the address: a member who is to go is the one who was seen,
/// whoever has got the address since.
std::optional<model::ServerId> user_id_of(const plan::GrantAction& grant,
                                          std::optional<model::ServerId> known);

/// In which order the grants of a phase have to end beyond what they need, so that administrators are only
/// judged when the others are done: promotions before agents' grants that might demote somebody, removals of
/// agents before those of administrators, and these one after another in each account.
std::vector<PhaseQueue::Edge> administrators_last(const Session& session,
                                                  const std::vector<plan::ActionIndex>& phase);

}  // namespace rollcall::apply
