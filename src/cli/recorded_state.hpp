#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/error.hpp"
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
  state::State state;
};

/// Opens the state of the settings, and for a writing command takes the lock first. Where there is none yet,
/// a new one with a lineage of its own begins; a remark says so. `server` is the identity that the settings
/// name (empty where they name none): a state of another server is refused.
Expected<RecordedState> open_state(Session& session, const std::string& server,
                                   const std::optional<std::string>& writing_command);

/// Writes the state with the next serial number.
Expected<void> write_state(RecordedState& recorded, const model::Directory& directory);

}  // namespace rollcall::cli
