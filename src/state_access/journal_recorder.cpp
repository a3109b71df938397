#include "state_access/journal_recorder.hpp"

#include <fmt/format.h>

#include <utility>

#include "state_access/write_state.hpp"

namespace rollcall::state_access {

JournalRecorder::JournalRecorder(store::Store& store, store::Journals& journals, state::State stored,
                                 const model::RecordedEstate& estate, std::optional<std::string> version,
                                 std::string digest, std::string run, const model::Directory& directory)
    : store_(store),
      journals_(journals),
      stored_(std::move(stored)),
      learnt_before_(state::differences(stored_.estate, estate)),
      version_(std::move(version)),
      digest_(std::move(digest)),
      run_(std::move(run)),
      directory_(directory),
      encoder_(directory) {}

Expected<void> JournalRecorder::start() {
  auto file = journals_.create(run_);
  if (!file) return tl::unexpected<Error>(file.error());
  file_ = std::move(*file);
  commit_.emplace(*file_);
  const std::string base = version_ ? digest_ : std::string(state::kAbsent);
  const std::uint64_t ticket =
      commit_->add(encoder_.header({stored_.lineage, run_, base, stored_.serial, stored_.server}));
  fold_.emplace(std::move(stored_), directory_);
  auto begun = commit_->wait(ticket);
  // A journal that says nothing would only be in the way.
  if (!begun) static_cast<void>(journals_.remove(run_));
  return begun;
}

std::uint64_t JournalRecorder::add(state::JournalEntry entry) {
  if (!learnt_before_.empty()) {
    const state::JournalEntry before = state::Noted{std::exchange(learnt_before_, {})};
    commit_->add(encoder_.entry(before));
    fold_->add(before);
  }
  const std::uint64_t ticket = commit_->add(encoder_.entry(entry));
  fold_->add(std::move(entry));
  return ticket;
}

Expected<void> JournalRecorder::begin(plan::ActionIndex action, state::Intent intent) {
  std::uint64_t ticket = 0;
  {
    const std::scoped_lock lock(mutex_);
    open_.insert(action);
    ticket = add(state::Begun{action, std::move(intent)});
  }
  return commit_->wait(ticket);
}

// An outcome that a power cut takes is looked up again: nobody waits for it to be on disk.
Expected<void> JournalRecorder::settle(plan::ActionIndex action, std::vector<state::StateChange> facts) {
  {
    const std::scoped_lock lock(mutex_);
    open_.erase(action);
    has_facts_ = has_facts_ || !facts.empty();
    add(state::Settled{action, std::move(facts)});
  }
  return commit_->push();
}

Expected<void> JournalRecorder::note(std::vector<state::StateChange> facts) {
  if (facts.empty()) return {};
  {
    const std::scoped_lock lock(mutex_);
    has_facts_ = true;
    add(state::Noted{std::move(facts)});
  }
  return commit_->push();
}

Expected<void> JournalRecorder::finish() {
  if (has_facts_ || !open_.empty()) {
    state::State state = std::move(*fold_).finish(run_);
    if (auto written = write_state(store_, state, directory_, version_, digest_); !written)
      return fail(
          fmt::format("{} What this run did is in {}.", written.error().message, journals_.name(run_)),
          fmt::format("{} The next apply or refresh merges what the state does not have yet.",
                      written.error().hint));
    written_ = true;
  }
  // Should this fail, the next run finds a journal that the state names as taken in, and removes it.
  static_cast<void>(journals_.remove(run_));
  return {};
}

}  // namespace rollcall::state_access
