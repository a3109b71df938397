#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "chatwoot/call_error.hpp"
#include "plan/result.hpp"
#include "state/state_change.hpp"

namespace rollcall::apply {

/// What became of one action.
struct ActionOutcome {
  plan::Outcome outcome = plan::Outcome::kDone;
  Error error;
  /// Ends the run.
  std::optional<Error> fatal;
  /// For the record, where the outcome is a success.
  state::ServerResult learnt;
  /// A creation that did not succeed has made and recorded the object all the same: its settings are what is
  /// missing.
  bool created = false;
  /// What else was seen, to be recorded with a success.
  std::vector<state::StateChange> seen;
  /// It succeeded, but its account's members have to be read before it is recorded: after a revocation they
  /// tell whether it holds, after the return of an account who has access by now.
  bool to_be_checked = false;
  /// Unknown: the server has accepted the deletion, and was not seen to carry it out.
  bool accepted = false;
};

ActionOutcome done(state::ServerResult learnt = {});
ActionOutcome unchanged(state::ServerResult learnt = {});
ActionOutcome failed(std::string message, std::string hint);
ActionOutcome failed(Error error);
/// Failed or unknown as the error says, fatal where nothing else can work either, not started where a stop
/// came first.
ActionOutcome finding_of(const chatwoot::CallError& error);
/// The server does not have what is recorded under `address`; `what` names it with its id.
ActionOutcome gone(const std::string& what, const std::string& address);
/// What a creation comes to whose settings the server refused afterwards: the object is there and recorded.
/// `what` names it with its id, as in "The account was created (id 42)".
ActionOutcome created_but(const std::string& what, ActionOutcome settings);
/// Unknown, and the run is over: going on could create a thing twice.
ActionOutcome unknown_and_over(Error error);

}  // namespace rollcall::apply
