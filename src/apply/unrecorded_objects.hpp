#pragma once

#include "apply/session.hpp"

namespace rollcall::apply {

/// Looks for accounts and bots that the state should know before the first one is created: accounts by their
/// markers, in the listing or by asking for ids upward, bots by what they show. An error ends the run: the
/// state is old or lost, or there are two.
Expected<void> detect_unrecorded_objects(Session& session, Worker& worker);

/// Where ids had to be asked for, the first account that a run creates shows how far they go by now: the ids
/// between the end of the search and `created` are asked for, too.
Expected<void> detect_unrecorded_accounts_below(Session& session, Worker& worker, model::ServerId created);

}  // namespace rollcall::apply
