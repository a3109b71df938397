#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "http/transport.hpp"
#include "model/directory.hpp"
#include "state/state.hpp"

namespace rollcall::apply {

/// What a look at the server says of the actions that earlier runs began and never learnt the end of.
struct Recovery {
  /// What turned out to be true, and the record does not say.
  std::vector<state::Record> facts;
  /// Still not known. A person's create is always among them: only asking again tells, and that may create
  /// the person.
  std::vector<state::Intent> open;
  /// One sentence an action, for people.
  std::vector<std::string> notes;
};

/// Reads what each unresolved action of the state was about, and changes nothing: accounts by their marker,
/// bots by what they show, grants by the members of their account, settings by the object. An error: the
/// server could not be read, or nobody can tell which of two bots is ours.
Expected<Recovery> recover(const state::State& state, const model::Directory& directory,
                           const http::MakeTransport& make_transport);

}  // namespace rollcall::apply
