#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "state/record.hpp"
#include "state/state.hpp"
#include "store/store.hpp"

namespace rollcall::apply {

/// Where the facts of a run go as its actions finish. Any call that fails ends the run: what cannot be
/// recorded is not done.
class Recorder {
 public:
  virtual ~Recorder() = default;
  /// Before the first request, so that a full disk or a read-only folder is told while nothing has happened
  /// yet.
  virtual Expected<void> start() = 0;
  /// Facts in the order in which they became true. May be called from any thread.
  virtual Expected<void> record(const std::vector<state::Record>& facts) = 0;
  /// Once after the last action, whatever became of the run.
  virtual Expected<void> finish() = 0;
};

/// Keeps the recorded state in a store: writes it whole at the start, at times in between, and at the end.
class StateRecorder final : public Recorder {
 public:
  /// `version` is what `store` gave when `state` was read, nothing for a first run. The state is written with
  /// `run` as its last run. Everything referred to has to outlive the recorder.
  StateRecorder(store::Store& store, state::State state, std::optional<std::string> version, std::string run,
                const model::Directory& directory, const Clock& clock);

  Expected<void> start() override;
  Expected<void> record(const std::vector<state::Record>& facts) override;
  Expected<void> finish() override;

  /// The state as last written. Not while the run goes on.
  [[nodiscard]] const state::State& state() const { return state_; }

  /// What a power cut may cost.
  static constexpr std::chrono::seconds kCheckpointEvery{5};

 private:
  Expected<void> write();

  std::mutex mutex_;
  store::Store& store_;
  state::State state_;
  std::optional<std::string> version_;
  const model::Directory& directory_;
  const Clock& clock_;
  std::vector<state::Record> pending_;
  /// Whether facts came after the last write that worked.
  bool unsaved_ = false;
  std::chrono::milliseconds written_at_{0};
};

/// Keeps the facts in memory and can be told to fail.
class MemoryRecorder final : public Recorder {
 public:
  Expected<void> start() override;
  Expected<void> record(const std::vector<state::Record>& facts) override;
  Expected<void> finish() override;

  /// The call of record() with this number (from 1) fails, and every one after it; 0: none.
  void fail_from(std::size_t call) { fail_from_ = call; }
  void fail_start() { fail_start_ = true; }

  [[nodiscard]] const std::vector<state::Record>& facts() const { return facts_; }
  [[nodiscard]] bool started() const { return started_; }
  [[nodiscard]] bool finished() const { return finished_; }

 private:
  std::mutex mutex_;
  std::vector<state::Record> facts_;
  std::size_t calls_ = 0;
  std::size_t fail_from_ = 0;
  bool fail_start_ = false;
  bool started_ = false;
  bool finished_ = false;
};

}  // namespace rollcall::apply
