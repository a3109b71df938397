#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "apply/recorder.hpp"

namespace rollcall::testing {

/// Keeps everything in memory and can be told to fail.
class MemoryRecorder final : public apply::Recorder {
 public:
  Expected<void> start(const std::function<apply::Announcement()>& announce) override;
  Expected<void> begin(plan::ActionIndex action, state::Intent intent) override;
  Expected<void> intend(std::vector<state::Intended> actions) override;
  Expected<void> send(plan::ActionIndex action) override;
  Expected<void> settle(plan::ActionIndex action, std::vector<state::StateChange> facts) override;
  Expected<void> note(std::vector<state::StateChange> facts) override;
  Expected<void> finish() override;

  /// The call of settle() or note() with this number (from 1) fails, and every one after it; 0: none.
  void fail_from(std::size_t call) { fail_from_ = call; }
  /// The same for begin() and send().
  void fail_begin_from(std::size_t call) { fail_begin_from_ = call; }
  void fail_start() { fail_start_ = true; }
  void fail_intend() { fail_intend_ = true; }

  /// In the order in which they became true.
  [[nodiscard]] const std::vector<state::StateChange>& facts() const { return facts_; }
  /// Begun or sent, and never settled.
  [[nodiscard]] const std::map<plan::ActionIndex, state::Intent>& open() const { return open_; }
  /// Intended and never settled, whether they were sent or not.
  [[nodiscard]] const std::map<plan::ActionIndex, state::Intent>& intended() const { return intended_; }
  /// Each call of begin().
  [[nodiscard]] const std::vector<plan::ActionIndex>& begun() const { return begun_; }
  /// How many were intended at once, call by call.
  [[nodiscard]] const std::vector<std::size_t>& slices() const { return slices_; }
  [[nodiscard]] bool started() const { return started_; }
  [[nodiscard]] const apply::Announcement& announcement() const { return announcement_; }
  [[nodiscard]] bool finished() const { return finished_; }

 private:
  Expected<void> take(std::vector<state::StateChange> facts);

  std::mutex mutex_;
  std::vector<state::StateChange> facts_;
  std::map<plan::ActionIndex, state::Intent> open_;
  std::map<plan::ActionIndex, state::Intent> intended_;
  std::vector<plan::ActionIndex> begun_;
  std::vector<std::size_t> slices_;
  std::size_t calls_ = 0;
  std::size_t begins_ = 0;
  std::size_t fail_from_ = 0;
  std::size_t fail_begin_from_ = 0;
  bool fail_start_ = false;
  bool fail_intend_ = false;
  apply::Announcement announcement_;
  bool started_ = false;
  bool finished_ = false;
};

}  // namespace rollcall::testing
