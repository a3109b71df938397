#include "apply/recorder.hpp"

#include <utility>

namespace rollcall::apply {

StateRecorder::StateRecorder(store::Store& store, state::State state, std::optional<std::string> version,
                             std::string run, const model::Directory& directory, const Clock& clock)
    : store_(store),
      state_(std::move(state)),
      version_(std::move(version)),
      directory_(directory),
      clock_(clock) {
  state_.last_run = std::move(run);
}

Expected<void> StateRecorder::start() {
  const std::scoped_lock lock(mutex_);
  return write();
}

Expected<void> StateRecorder::record(const std::vector<state::Record>& facts) {
  const std::scoped_lock lock(mutex_);
  pending_.insert(pending_.end(), facts.begin(), facts.end());
  unsaved_ = unsaved_ || !facts.empty();
  if (clock_.ticks() - written_at_ < kCheckpointEvery) return {};
  return write();
}

Expected<void> StateRecorder::finish() {
  const std::scoped_lock lock(mutex_);
  return unsaved_ ? write() : Expected<void>();
}

Expected<void> StateRecorder::write() {
  state_.estate = state::fold(std::move(state_.estate), pending_);
  pending_.clear();
  ++state_.serial;
  auto version = store_.write(state::encode(state_, directory_), version_);
  written_at_ = clock_.ticks();
  if (!version) {
    --state_.serial;
    Error error = version.error();
    if (unsaved_)
      error.message +=
          " What this run has done since it last wrote the state is on the server, but not recorded.";
    return tl::unexpected(std::move(error));
  }
  version_ = *version;
  unsaved_ = false;
  return {};
}

Expected<void> MemoryRecorder::start() {
  started_ = true;
  if (fail_start_) return fail("The recorder was told to fail at the start.");
  return {};
}

Expected<void> MemoryRecorder::record(const std::vector<state::Record>& facts) {
  const std::scoped_lock lock(mutex_);
  ++calls_;
  if (fail_from_ != 0 && calls_ >= fail_from_) return fail("The recorder was told to fail.");
  facts_.insert(facts_.end(), facts.begin(), facts.end());
  return {};
}

Expected<void> MemoryRecorder::finish() {
  finished_ = true;
  return {};
}

}  // namespace rollcall::apply
