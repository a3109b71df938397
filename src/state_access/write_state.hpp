#pragma once

#include <optional>
#include <string>

#include "base/error.hpp"
#include "model/directory.hpp"
#include "state/state.hpp"
#include "store/store.hpp"

namespace rollcall::state_access {

/// Writes the state with the next serial number, once it is certain to be read again. `version` and `digest`
/// (SHA-256) are those of the bytes that it replaces, nothing and empty for a first one, and become those of
/// what was written. On an error these are as they were; what the store holds then is for
/// Store::write to say.
Expected<void> write_state(store::Store& store, state::State& state, const model::Directory& directory,
                           std::optional<std::string>& version, std::string& digest);

}  // namespace rollcall::state_access
