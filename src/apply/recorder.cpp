#include "apply/recorder.hpp"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "base/digest.hpp"

namespace rollcall::apply {

JournalRecorder::JournalRecorder(store::Store& store, state::State state, std::optional<std::string> version,
                                 std::string digest, std::string run, const model::Directory& directory)
    : store_(store),
      base_(std::move(state)),
      version_(std::move(version)),
      digest_(std::move(digest)),
      run_(std::move(run)),
      directory_(directory),
      encoder_(directory) {}

Expected<void> JournalRecorder::start() {
  if (sha256(state::encode(base_, directory_)) != digest_)
    if (auto written = write(base_); !written) return written;
  auto file = store_.journals().create(run_);
  if (!file) return tl::unexpected<Error>(file.error());
  file_ = std::move(*file);
  commit_.emplace(*file_);
  fold_.emplace(base_, directory_);
  const std::uint64_t ticket = commit_->add(encoder_.header({base_.lineage, run_, digest_, base_.serial}));
  auto begun = commit_->wait(ticket);
  // A journal that says nothing would only be in the way.
  if (!begun) static_cast<void>(store_.journals().remove(run_));
  return begun;
}

Expected<void> JournalRecorder::write(state::State& state) {
  ++state.serial;
  const std::string bytes = state::encode(state, directory_);
  auto version = store_.write(bytes, version_);
  if (!version) return tl::unexpected<Error>(version.error());
  version_ = std::move(*version);
  digest_ = sha256(bytes);
  return {};
}

std::uint64_t JournalRecorder::add(state::JournalEntry entry) {
  const std::scoped_lock lock(mutex_);
  empty_ = false;
  const std::uint64_t ticket = commit_->add(encoder_.entry(entry));
  fold_->add(std::move(entry));
  return ticket;
}

Expected<void> JournalRecorder::begin(plan::ActionIndex action, state::Intent intent) {
  return commit_->wait(add(state::Begun{action, std::move(intent)}));
}

// An outcome that a power cut takes is looked up again: nobody waits for it to be on disk.
Expected<void> JournalRecorder::settle(plan::ActionIndex action, std::vector<state::Record> facts) {
  add(state::Settled{action, std::move(facts)});
  return commit_->push();
}

Expected<void> JournalRecorder::note(std::vector<state::Record> facts) {
  if (facts.empty()) return {};
  add(state::Noted{std::move(facts)});
  return commit_->push();
}

Expected<void> JournalRecorder::finish() {
  if (!empty_) {
    state::State state = std::move(*fold_).finish(run_);
    if (auto written = write(state); !written)
      return fail(fmt::format("{} What this run did is in {} only.", written.error().message,
                              store_.journals().name(run_)),
                  fmt::format("{} The next apply or refresh takes the journal into the state.",
                              written.error().hint));
  }
  // Should this fail, the next run finds a journal that the state names as taken in, and removes it.
  static_cast<void>(store_.journals().remove(run_));
  return {};
}

Expected<void> MemoryRecorder::start() {
  started_ = true;
  if (fail_start_) return fail("The recorder was told to fail at the start.");
  return {};
}

Expected<void> MemoryRecorder::begin(plan::ActionIndex action, state::Intent intent) {
  const std::scoped_lock lock(mutex_);
  ++begins_;
  if (fail_begin_from_ != 0 && begins_ >= fail_begin_from_) return fail("The recorder was told to fail.");
  open_.insert_or_assign(action, std::move(intent));
  return {};
}

Expected<void> MemoryRecorder::settle(plan::ActionIndex action, std::vector<state::Record> facts) {
  const std::scoped_lock lock(mutex_);
  auto taken = take(std::move(facts));
  if (taken) open_.erase(action);
  return taken;
}

Expected<void> MemoryRecorder::note(std::vector<state::Record> facts) {
  const std::scoped_lock lock(mutex_);
  return take(std::move(facts));
}

Expected<void> MemoryRecorder::take(std::vector<state::Record> facts) {
  ++calls_;
  if (fail_from_ != 0 && calls_ >= fail_from_) return fail("The recorder was told to fail.");
  facts_.insert(facts_.end(), std::make_move_iterator(facts.begin()), std::make_move_iterator(facts.end()));
  return {};
}

Expected<void> MemoryRecorder::finish() {
  finished_ = true;
  return {};
}

}  // namespace rollcall::apply
