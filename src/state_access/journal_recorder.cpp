#include "state_access/journal_recorder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <system_error>
#include <utility>

#include "state_access/write_state.hpp"

namespace rollcall::state_access {

JournalRecorder::JournalRecorder(store::Store& store, store::Journals& journals, state::State stored,
                                 const model::RecordedEstate& estate, std::optional<std::string> version,
                                 std::string digest, std::string run, const model::Directory& directory,
                                 std::optional<SharedRun> shared, std::string plan_digest)
    : store_(store),
      journals_(journals),
      stored_(std::move(stored)),
      learnt_before_(state::differences(stored_.estate, estate)),
      version_(std::move(version)),
      digest_(std::move(digest)),
      run_(std::move(run)),
      directory_(directory),
      encoder_(directory),
      shared_(std::move(shared)),
      plan_digest_(std::move(plan_digest)) {}

JournalRecorder::~JournalRecorder() {
  end_checkpoints();
}

Expected<void> JournalRecorder::start(const std::function<apply::Announcement()>& announce) {
  if (shared_) announcement_ = announce();
  serial_ = stored_.serial;
  auto file = journals_.create(run_);
  if (!file) return tl::unexpected<Error>(file.error());
  file_ = std::move(*file);
  commit_.emplace(*file_);
  const std::string base = version_ ? digest_ : std::string(state::kAbsent);
  const std::uint64_t ticket = commit_->add(
      encoder_.header({stored_.lineage, run_, base, stored_.serial, stored_.server, plan_digest_}));
  fold_.emplace(std::move(stored_), directory_);
  auto begun = commit_->wait(ticket);
  // A journal that says nothing would only be in the way.
  if (!begun) static_cast<void>(journals_.remove(run_));
  return begun;
}

std::uint64_t JournalRecorder::append(state::JournalEntry entry) {
  const std::uint64_t ticket = commit_->add(encoder_.entry(entry));
  fold_->add(std::move(entry));
  ++entries_;
  return ticket;
}

std::uint64_t JournalRecorder::add(state::JournalEntry entry) {
  if (!learnt_before_.empty()) append(state::Noted{std::exchange(learnt_before_, {})});
  return append(std::move(entry));
}

Expected<void> JournalRecorder::require_lease() const {
  if (!shared_ || !shared_->lease) return {};
  auto lost = shared_->lease->lost();
  if (lost) return tl::unexpected<Error>(std::move(*lost));
  return {};
}

Expected<void> JournalRecorder::write(state::State state) {
  if (auto held = require_lease(); !held) return held;
  state.serial = serial_;
  auto written = write_state(store_, state, directory_, version_, digest_);
  if (written) serial_ = state.serial;
  return written;
}

Error JournalRecorder::with_journal(const Error& error) const {
  return {
      fmt::format("{} What this run did is in {}.", error.message, journals_.name(run_)),
      fmt::format("{}{}The next apply or refresh on this machine merges what the state does not have yet.",
                  error.hint, error.hint.empty() ? "" : " ")};
}

Expected<void> JournalRecorder::announce() {
  state::Applying applying{run_,
                           plan_digest_,
                           shared_->holder,
                           shared_->started,
                           std::move(announcement_.creations),
                           std::move(announcement_.touched),
                           0};
  state::State state = fold_->so_far();
  state.applying = applying;
  if (auto written = write(std::move(state)); !written) {
    failure_ = written.error();
    return written;
  }
  applying_ = std::move(applying);
  if (shared_->interval.count() == 0) return {};
  try {
    checkpoints_ = std::jthread([this](const std::stop_token& stop) { keep_checkpoints(stop); });
  } catch (const std::system_error&) {
    // Without a thread there are no checkpoints, and the next run has more to look up.
  }
  return {};
}

Expected<void> JournalRecorder::checkpoint() {
  state::State state;
  std::int64_t folded = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (!applying_ || applying_->records_folded == entries_) return {};
    folded = entries_;
    state = fold_->so_far();
    state.applying = applying_;
    state.applying->records_folded = folded;
  }
  auto written = write(std::move(state));
  const std::scoped_lock lock(mutex_);
  if (written)
    applying_->records_folded = folded;
  else
    failure_ = with_journal(written.error());
  return written;
}

void JournalRecorder::keep_checkpoints(const std::stop_token& stop) {
  // Of the time, so that a large state far away does not slow a run down.
  constexpr int kPart = 50;
  using Steady = std::chrono::steady_clock;
  std::chrono::milliseconds pause = shared_->interval;
  std::unique_lock lock(timer_mutex_);
  while (true) {
    timer_.wait_for(lock, stop, pause, [] { return false; });
    if (stop.stop_requested()) return;
    const auto begin = Steady::now();
    try {
      if (!checkpoint()) return;
    } catch (const std::exception& unexpected) {
      const std::scoped_lock failed(mutex_);
      failure_ = with_journal({fmt::format("The state could not be written: {}.", unexpected.what()),
                               "Check whether this machine has memory left."});
      return;
    }
    const auto took = std::chrono::ceil<std::chrono::milliseconds>(Steady::now() - begin);
    pause = std::max(shared_->interval, kPart * took);
  }
}

void JournalRecorder::end_checkpoints() {
  checkpoints_.request_stop();
  if (checkpoints_.joinable()) checkpoints_.join();
}

Expected<void> JournalRecorder::require_going_on() {
  if (failure_) return tl::unexpected<Error>(*failure_);
  if (auto held = require_lease(); !held) return tl::unexpected<Error>(with_journal(held.error()));
  return shared_ && !applying_ ? announce() : Expected<void>();
}

Expected<void> JournalRecorder::begin(plan::ActionIndex action, state::Intent intent) {
  std::uint64_t ticket = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (auto going_on = require_going_on(); !going_on) return going_on;
    open_.insert(action);
    ticket = add(state::Begun{action, std::move(intent)});
  }
  return commit_->wait(ticket);
}

Expected<void> JournalRecorder::intend(std::vector<state::Intended> actions) {
  std::uint64_t ticket = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (auto going_on = require_going_on(); !going_on) return going_on;
    for (state::Intended& intended : actions) ticket = add(std::move(intended));
  }
  return commit_->wait(ticket);
}

Expected<void> JournalRecorder::send(plan::ActionIndex action) {
  {
    const std::scoped_lock lock(mutex_);
    if (auto going_on = require_going_on(); !going_on) return going_on;
    open_.insert(action);
    add(state::Sent{action});
  }
  return commit_->push();
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
  end_checkpoints();
  if (fold_) fold_->drop_unsent();
  if (has_facts_ || !open_.empty() || applying_) {
    std::optional<state::AppliedPlan> plan;
    if (!plan_digest_.empty()) plan = state::AppliedPlan{plan_digest_, is_complete_};
    if (auto written = write(std::move(*fold_).finish(run_, std::move(plan))); !written)
      return tl::unexpected<Error>(with_journal(written.error()));
    written_ = true;
  }
  // Should this fail, the next run finds a journal that the state names as taken in, and removes it.
  static_cast<void>(journals_.remove(run_));
  return {};
}

}  // namespace rollcall::state_access
