#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "apply/recorder.hpp"
#include "base/error.hpp"
#include "base/lease.hpp"
#include "plan/plan.hpp"
#include "state/journal.hpp"
#include "state/journal_fold.hpp"
#include "store/group_commit.hpp"
#include "store/journals.hpp"
#include "store/store.hpp"

namespace rollcall::state_access {

/// A run over a shared state, which other machines read that do not see its journal. So the state itself says
/// what the run may do, from before its first action on, and now and then what it has done.
struct SharedRun {
  /// Who runs it, as messages name it.
  std::string holder;
  Time started{};
  /// How often checkpoints are written, at least: they take 2 % of the time at most. 0: only by the call.
  std::chrono::milliseconds interval{10'000};
  /// Nothing is begun and nothing written once it is lost. Null where the lock has no end of its own.
  std::shared_ptr<Lease> lease = nullptr;
};

/// Keeps a journal while the run goes on, and folds it into the recorded state at the end. A run without an
/// effect leaves the stored state as it was, or none.
class JournalRecorder final : public apply::Recorder {
 public:
  /// `stored` is what the store holds, `version` and `digest` (SHA-256) are those of its bytes; nothing for a
  /// first run. `estate` is what the run begins with: what the command has learnt since it read the store is
  /// recorded with the run's first effect. `plan_digest`: of the saved plan that the run applies, if it does.
  /// Everything referred to has to outlive the recorder.
  JournalRecorder(store::Store& store, store::Journals& journals, state::State stored,
                  const model::RecordedEstate& estate, std::optional<std::string> version, std::string digest,
                  std::string run, const model::Directory& directory,
                  std::optional<SharedRun> shared = std::nullopt, std::string plan_digest = {});
  JournalRecorder(const JournalRecorder&) = delete;
  JournalRecorder& operator=(const JournalRecorder&) = delete;
  ~JournalRecorder() override;

  Expected<void> start(const std::function<apply::Announcement()>& announce) override;
  Expected<void> begin(plan::ActionIndex action, state::Intent intent) override;
  Expected<void> intend(std::vector<state::Intended> actions) override;
  Expected<void> send(plan::ActionIndex action) override;
  Expected<void> settle(plan::ActionIndex action, std::vector<state::StateChange> facts) override;
  Expected<void> note(std::vector<state::StateChange> facts) override;
  void complete() override { is_complete_ = true; }
  Expected<void> finish() override;
  /// Writes into a shared state what is known by now. Once it fails, nothing more is begun.
  Expected<void> checkpoint();
  /// After finish: whether the run has recorded something in the state.
  [[nodiscard]] bool has_written() const { return written_; }

 private:
  /// Whether anything may be sent (any more).
  Expected<void> require_going_on();
  /// Queues a line, after what was learnt before the run, and gives the ticket to wait with.
  std::uint64_t add(state::JournalEntry entry);
  std::uint64_t append(state::JournalEntry entry);
  /// Writes the announcement into the shared state, before the first action is begun.
  Expected<void> announce();
  /// An error once the lease is lost.
  [[nodiscard]] Expected<void> require_lease() const;
  Expected<void> write(state::State state);
  void keep_checkpoints(const std::stop_token& stop);
  void end_checkpoints();
  [[nodiscard]] Error with_journal(const Error& error) const;

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
  /// Actions that were begun or sent and are not settled.
  std::set<plan::ActionIndex> open_;
  bool has_facts_ = false;
  bool written_ = false;
  bool is_complete_ = false;
  std::optional<SharedRun> shared_;
  std::string plan_digest_;
  /// What the shared state says of this run; nothing before its first action.
  std::optional<state::Applying> applying_;
  apply::Announcement announcement_;
  /// Of what the store holds.
  std::int64_t serial_ = 0;
  /// Entries in the journal.
  std::int64_t entries_ = 0;
  /// Why nothing more is begun.
  std::optional<Error> failure_;
  std::mutex timer_mutex_;
  std::condition_variable_any timer_;
  std::jthread checkpoints_;
};

}  // namespace rollcall::state_access
