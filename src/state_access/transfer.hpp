#pragma once

#include "base/error.hpp"
#include "model/directory.hpp"
#include "state/state.hpp"
#include "state_access/state_access.hpp"

namespace rollcall::state_access {

/// An error where a run over the state was interrupted whose journal is not here.
Expected<void> require_at_rest(const RecordedState& recorded);

/// Puts a state that comes from elsewhere in the place of the one that `target` has open for writing, with
/// the serial that it has, and reads it back. False: it was there already. Refused: a state of another
/// lineage, an older serial, another state with the same serial, a place where a run was interrupted.
Expected<bool> push(RecordedState& target, const state::State& incoming, const model::Directory& directory);

}  // namespace rollcall::state_access
