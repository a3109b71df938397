#include "support/memory_recorder.hpp"

#include <iterator>
#include <utility>

namespace rollcall::testing {

Expected<void> MemoryRecorder::start(const std::function<apply::Announcement()>& announce) {
  announcement_ = announce();
  started_ = true;
  if (fail_start_) return fail("The recorder was told to fail at the start.");
  return {};
}

Expected<void> MemoryRecorder::begin(plan::ActionIndex action, state::Intent intent) {
  const std::scoped_lock lock(mutex_);
  ++begins_;
  if (fail_begin_from_ != 0 && begins_ >= fail_begin_from_) return fail("The recorder was told to fail.");
  begun_.push_back(action);
  open_.insert_or_assign(action, std::move(intent));
  return {};
}

Expected<void> MemoryRecorder::intend(std::vector<state::Intended> actions) {
  const std::scoped_lock lock(mutex_);
  if (fail_intend_) return fail("The recorder was told to fail.");
  slices_.push_back(actions.size());
  for (state::Intended& intended : actions)
    intended_.insert_or_assign(intended.action, std::move(intended.intent));
  return {};
}

Expected<void> MemoryRecorder::send(plan::ActionIndex action) {
  const std::scoped_lock lock(mutex_);
  ++begins_;
  if (fail_begin_from_ != 0 && begins_ >= fail_begin_from_) return fail("The recorder was told to fail.");
  open_.insert_or_assign(action, intended_.at(action));
  return {};
}

Expected<void> MemoryRecorder::settle(plan::ActionIndex action, std::vector<state::StateChange> facts) {
  const std::scoped_lock lock(mutex_);
  auto taken = take(std::move(facts));
  if (taken) {
    open_.erase(action);
    intended_.erase(action);
  }
  return taken;
}

Expected<void> MemoryRecorder::note(std::vector<state::StateChange> facts) {
  const std::scoped_lock lock(mutex_);
  return take(std::move(facts));
}

Expected<void> MemoryRecorder::take(std::vector<state::StateChange> facts) {
  ++calls_;
  if (fail_from_ != 0 && calls_ >= fail_from_) return fail("The recorder was told to fail.");
  facts_.insert(facts_.end(), std::make_move_iterator(facts.begin()), std::make_move_iterator(facts.end()));
  return {};
}

Expected<void> MemoryRecorder::finish() {
  finished_ = true;
  return {};
}

}  // namespace rollcall::testing
