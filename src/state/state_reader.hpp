#pragma once

#include <cstdint>
#include <string_view>

#include "model/directory.hpp"
#include "state/located_json.hpp"
#include "state/state.hpp"

namespace rollcall::state {

/// Reads a state of that version, and interns its keys in the directory. Fails at the first place that no
/// state can have: a key that is missing, unknown or there twice, a value of another type, a grant of a user
/// whom nothing records.
Checked<State> read_state(std::string_view bytes, std::int64_t version, model::Directory& directory);

}  // namespace rollcall::state
