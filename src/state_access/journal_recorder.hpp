#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "apply/recorder.hpp"
#include "base/error.hpp"
#include "plan/plan.hpp"
#include "state/journal.hpp"
#include "state/journal_fold.hpp"
#include "store/group_commit.hpp"
#include "store/journals.hpp"
#include "store/store.hpp"

namespace rollcall::state_access {

/// Keeps a journal while the run goes on, and folds it into the recorded state at the end. A run without an
/// effect leaves the stored state as it was, or none.
class JournalRecorder final : public apply::Recorder {
 public:
  /// `stored` is what the store holds, `version` and `digest` (SHA-256) are those of its bytes; nothing for a
  /// first run. `estate` is what the run begins with: what the command has learnt since it read the store is
  /// recorded with the run's first effect. Everything referred to has to outlive the recorder.
  JournalRecorder(store::Store& store, store::Journals& journals, state::State stored,
                  const model::RecordedEstate& estate, std::optional<std::string> version, std::string digest,
                  std::string run, const model::Directory& directory);

  Expected<void> start() override;
  Expected<void> begin(plan::ActionIndex action, state::Intent intent) override;
  Expected<void> settle(plan::ActionIndex action, std::vector<state::StateChange> facts) override;
  Expected<void> note(std::vector<state::StateChange> facts) override;
  Expected<void> finish() override;
  /// After finish: whether the run has recorded something in the state.
  [[nodiscard]] bool has_written() const { return written_; }

 private:
  /// Queues a line and gives the ticket to wait with.
  std::uint64_t add(state::JournalEntry entry);

  std::mutex mutex_;
  store::Store& store_;
  store::Journals& journals_;
  /// Until the start, which hands it to the fold.
  state::State stored_;
  /// What the run begins with and the stored state does not say.
  std::vector<state::StateChange> learnt_before_;
  std::optional<std::string> version_;
  std::string digest_;
  std::string run_;
  const model::Directory& directory_;
  state::JournalEncoder encoder_;
  std::unique_ptr<store::JournalFile> file_;
  std::optional<store::GroupCommit> commit_;
  std::optional<state::JournalFold> fold_;
  /// Actions that were begun and are not settled.
  std::set<plan::ActionIndex> open_;
  bool has_facts_ = false;
  bool written_ = false;
};

}  // namespace rollcall::state_access
