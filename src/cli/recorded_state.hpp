#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "cli/connection.hpp"
#include "cli/session.hpp"
#include "state/state.hpp"
#include "store/store.hpp"

namespace rollcall::cli {

/// The recorded state as a command found it.
struct RecordedState {
  std::unique_ptr<store::Store> store;
  /// Held by commands that write.
  std::unique_ptr<store::Lock> lock;
  /// What `store->write` expects to overwrite; nothing where there is no state yet.
  std::optional<std::string> version;
  /// SHA-256 of the bytes in the store; empty where there are none, and where nothing asks for it: the
  /// command only reads, and there is no journal that names one.
  std::string digest;
  /// Whether something is recorded: in the store, or in the journal of a first run.
  bool exists = false;
  /// The runs whose journals were there, with the sizes of these.
  std::vector<std::pair<std::string, std::size_t>> journals{};
  state::State state;
};

/// Opens the state of the settings, and for a writing command takes the lock first. Where there is none yet,
/// a new one with a lineage of its own begins; a remark says so. `server` is the identity that the settings
/// name (empty where they name none): a state of another server is refused, unless it holds nothing. The
/// journal of a run that did not end is taken in: a writing command writes the state and removes the journal,
/// any other one only counts it in and says so.
Expected<RecordedState> open_state(Session& session, const std::string& server,
                                   const std::optional<std::string>& writing_command);

/// Reads state and journals again, for a command that holds no lock: an error where they are not what they
/// were. Then a run is going on, and what it has created is in neither yet.
Expected<void> check_that_nothing_runs(const RecordedState& recorded);

/// An error for a command that compares with the record where there is none.
Expected<void> require_state(const RecordedState& recorded);

/// Looks at the server for what earlier runs left unresolved, says what it found, and writes it down.
Expected<void> recover_state(Session& session, const Connection& connection, RecordedState& recorded);

/// What an interrupted run may have created under a key cannot get another one before it has been seen: two
/// would be there.
Expected<void> refuse_open_moves(const model::DesiredEstate& desired, const RecordedState& recorded,
                                 const model::Directory& directory);

/// Writes the state with the next serial number.
Expected<void> write_state(RecordedState& recorded, const model::Directory& directory);

}  // namespace rollcall::cli
