#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/entropy.hpp"
#include "base/error.hpp"
#include "http/transport.hpp"
#include "model/desired.hpp"
#include "model/directory.hpp"
#include "state/state.hpp"
#include "store/backend.hpp"

namespace rollcall::state_access {

/// For what a command opens a state.
struct Use {
  /// The server's identity that the settings name; empty where they name none.
  std::string server;
  /// Who writes, for the lock; nothing: the command only reads, takes no lock and writes nothing.
  std::optional<store::LockInfo> writer;
  /// What a writer does where another one holds the lock.
  store::LockWait wait = {};
  /// Whether a reader wants to know the digest of what the store holds.
  bool digest = false;
};

/// The journal of a run that did not end, or has not ended yet.
struct MergedJournal {
  /// As messages name it.
  std::string name;
  /// Outcomes of actions that it holds.
  std::size_t outcomes = 0;

  bool operator==(const MergedJournal&) const = default;
};

/// What a reader can see of the run behind a journal.
struct RunSight {
  enum class Kind : std::uint8_t { kInterrupted, kGoesOn, kUnknown };
  Kind kind = Kind::kInterrupted;
  /// Of the run that goes on; nothing where it has not written who it is.
  std::optional<store::LockInfo> holder;

  bool operator==(const RunSight&) const = default;
};

/// The recorded state as a command found it.
struct RecordedState {
  std::shared_ptr<store::Store> store;
  std::shared_ptr<store::Journals> journals;
  /// Held by commands that write.
  std::unique_ptr<store::Lock> lock;
  /// See store::Backend.
  bool shared = false;
  /// What `store->write` expects to overwrite; nothing where there is no state yet.
  std::optional<std::string> version;
  /// See store::Stored.
  std::optional<Time> written_at{};
  /// SHA-256 of the bytes in the store; empty where there are none, and where nothing asks for it: the
  /// command only reads and does not want it, and there is no journal that names one.
  std::string digest;
  /// Whether something is recorded: in the store, or in the journal of a first run.
  bool exists = false;
  /// The runs whose journals were there, with the sizes of these.
  std::vector<std::pair<std::string, std::size_t>> journal_sizes{};
  /// The journals that are counted in below and that the store's state does not hold.
  std::vector<MergedJournal> merged{};
  /// Whether one of these says something: its run had come to its first action.
  bool merged_entries = false;
  /// Journals of this machine whose runs others have overtaken: what these began is unresolved once more.
  std::vector<std::string> superseded{};
  /// For a reader: whether their run goes on.
  RunSight run;
  /// Where it has `applying`, that run's journal is not on this machine: what it may have created is among
  /// the unresolved actions, and what it may have touched is to be looked at (see `touched_by`).
  state::State state;
};

/// Reads a state with the journals of runs that did not end, which are merged in memory; a writer takes the
/// lock first and calls `save_journals` next. Where there is none yet, a new one with a lineage of its own
/// begins. Refused: a state of another server than `use` names, unless it holds nothing; the journal of
/// another state.
Expected<RecordedState> open(store::Backend backend, model::Directory& directory, const Use& use,
                             Clock& clock, Entropy& entropy);

/// Writes down what the merged journals have brought, if anything. For a writer.
Expected<void> save_journals(RecordedState& recorded, const model::Directory& directory);

/// Removes the journals that were there, once the store's state holds what they say.
Expected<void> remove_journals(RecordedState& recorded);

/// Reads state and journals again, for a command that holds no lock: an error where they are not what they
/// were. Then a run is going on, and what it has created is in neither yet.
Expected<void> require_unchanged(const RecordedState& recorded);

/// What an interrupted run may have created under a key cannot get another one before it has been seen: two
/// would be there.
Expected<void> refuse_open_moves(const std::vector<model::Move>& moves, const state::State& state,
                                 const model::Directory& directory);

/// Writes the state with the next serial number.
Expected<void> save(RecordedState& recorded, const model::Directory& directory);

/// What is recorded of the objects that the run of `applying` may have touched, with the grants of its
/// accounts: they may differ on the server.
model::RecordedEstate touched_by(const state::Applying& applying, const model::RecordedEstate& estate,
                                 const model::Directory& directory);

/// What a look at the server for unresolved actions showed.
struct Recovered {
  /// One sentence an action.
  std::vector<std::string> notes;
  /// The same of what may be left on the server where this token does not see it.
  std::vector<std::string> possible_orphans;
  /// Whether the state in memory has changed, so that the caller saves it.
  bool changed = false;
};

/// Looks at the server for what earlier runs left unresolved, and takes what it shows into the state in
/// memory. Sends nothing where nothing is unresolved.
Expected<Recovered> recover(RecordedState& recorded, const model::Directory& directory,
                            const http::MakeTransport& make_transport);

/// For a plan, which changes no state: what `recover` would take into the state in memory of the deletions
/// that the server had accepted, where the record says by now that their objects are gone. The server deletes
/// an account's bots with it.
void settle_deletions(state::State& state, const model::Directory& directory);

}  // namespace rollcall::state_access
