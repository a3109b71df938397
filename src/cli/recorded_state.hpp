#pragma once

#include <future>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "cli/connection.hpp"
#include "cli/session.hpp"
#include "state_access/state_access.hpp"

namespace rollcall::cli {

using state_access::RecordedState;

/// Opens the state of the settings, and for a writing command takes the lock first. Where there is none yet,
/// a new one with a lineage of its own begins, which is the caller's to tell. `server` is the identity that
/// the settings name (empty where they name none): a state of another server is refused, unless it holds
/// nothing. The journal of a run that did not end is taken in: a writing command writes the state and removes
/// the journal, any other one only counts it in and says so.
Expected<RecordedState> open_state(Session& session, const std::string& server,
                                   const std::optional<std::string>& writing_command);

/// Opens the state as `open_state` does for a command that only reads, beside what the caller does meanwhile:
/// it is decoded while the roster is parsed, which takes longer. It fills the session's directory, which
/// nothing else may use before `wait` has returned.
class StateReading {
 public:
  /// `with_digest`: the digest of the stored state is asked for.
  explicit StateReading(Session& session, bool with_digest = false);

  void wait() const { state_.wait(); }
  /// The state, or why it could not be opened; says what `open_state` says.
  Expected<RecordedState> finish();

 private:
  Session& session_;
  std::future<Expected<RecordedState>> state_;
};

/// Opens a state that is not that of the settings, for a command that writes it.
Expected<RecordedState> open_other_state(Session& session, const store::Location& location,
                                         const std::string& writing_command);

/// The same as `open_state` for a command that only looks at the state or repairs it: an error where there is
/// none.
Expected<RecordedState> open_existing_state(Session& session,
                                            const std::optional<std::string>& writing_command);

/// An error for a command that compares with the record where there is none.
Expected<void> require_state(const RecordedState& recorded);

/// Looks at the server for what earlier runs left unresolved, says what it found, and writes it down.
Expected<void> recover_state(Session& session, const Connection& connection, RecordedState& recorded);

}  // namespace rollcall::cli
