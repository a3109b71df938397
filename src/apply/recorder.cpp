#include "apply/recorder.hpp"

#include <fmt/format.h>

#include <utility>

#include "apply/write_state.hpp"
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
  return write_state(store_, state, directory_, version_, digest_);
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

}  // namespace rollcall::apply
