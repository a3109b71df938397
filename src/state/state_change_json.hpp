#pragma once

#include <string>
#include <vector>

#include "model/directory.hpp"
#include "state/located_json.hpp"
#include "state/state_change.hpp"

namespace rollcall::state {

/// A list of records as JSON on one line: {"put": ADDRESS, "as": …}, {"drop": ADDRESS}, {"move": ADDRESS,
/// "to": ADDRESS}; the members that the roster does not list stand under unlisted.KEY.
void append_state_changes(std::string& out, const std::vector<StateChange>& records,
                          const model::Directory& directory);
/// What `append_state_changes` wrote, adding keys and addresses to `directory`. Problems are told at `at`.
Checked<std::vector<StateChange>> read_state_changes(const Node& node, std::size_t at,
                                                     model::Directory& directory);

/// The members of an intent as JSON, without braces: verb, what else there is of it, facts.
void append_intent(std::string& out, const Intent& intent, const model::Directory& directory);
/// The intent among the members of an object; `members_of` tells how many of them it is.
Checked<Intent> read_intent(const Node::Map& members, std::size_t at, model::Directory& directory);
std::size_t members_of(const Intent& intent);

/// The member of this key; nullptr where there is none.
const Node* find(const Node::Map& members, std::string_view key);

}  // namespace rollcall::state
