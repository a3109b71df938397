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
  std::vector<state::StateChange> facts;
  /// Still not known. A user's create is always among them: only asking again tells, and that may create
  /// the user. So is every create that was not found, for the server may carry it out yet, or may have lost
  /// this token's permission in the middle of it: it stays until a new create of the same address begins.
  std::vector<state::Intent> open;
  /// One sentence an action, for users.
  std::vector<std::string> notes;
  /// The same of what may be left on the server where this token does not see it: nobody should miss these.
  std::vector<std::string> possible_orphans;
};

/// Reads what each unresolved action of the state was about, and changes nothing: accounts by their marker,
/// bots by what they show, grants by the members of their account, settings by the object. What the server
/// fails to show (500) stays open. An error: the server could not be read at all, or it is unknown which of
/// two bots is ours.
Expected<Recovery> recover(const state::State& state, const model::Directory& directory,
                           const http::MakeTransport& make_transport);

}  // namespace rollcall::apply
