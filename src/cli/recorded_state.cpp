#include "cli/recorded_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "cli/state_backend.hpp"
#include "plan/refresh.hpp"
#include "state/state_change.hpp"

namespace rollcall::cli {
namespace {

std::string list_of(const std::vector<state::Intent>& intents, const model::Directory& directory) {
  std::vector<std::string> names;
  for (const state::Intent& intent : intents)
    names.push_back(
        fmt::format("{} ({})", state::address_of(intent, directory), plan::to_string(intent.verb)));
  return first_and_more(std::move(names));
}

std::string describe(const state_access::MergedJournal& journal) {
  return fmt::format("{} ({})", journal.name, pluralize(journal.outcomes, "outcome", "outcomes"));
}

/// Whether the run behind a journal goes on.
std::string describe(const state_access::RunSight& run) {
  using Kind = state_access::RunSight::Kind;
  switch (run.kind) {
    case Kind::kGoesOn:
      return fmt::format("A run is still in progress: {}.",
                         run.holder ? store::describe(*run.holder) : "another process");
    case Kind::kUnknown:
      return "A run was interrupted or is still in progress.";
    case Kind::kInterrupted:
      break;
  }
  return "A run was interrupted.";
}

/// Saves what the journals have brought, says so, and removes them.
Expected<void> commit_journals(Session& session, RecordedState& recorded) {
  if (auto saved = state_access::save_journals(recorded, session.directory); !saved) return saved;
  if (recorded.merged_entries)
    for (const auto& journal : recorded.merged)
      session.console().remark(fmt::format(
          "A run was interrupted. Its journal {} is now merged into the state.\n", describe(journal)));
  for (const std::string& journal : recorded.superseded)
    session.console().remark(
        fmt::format("Another run has written the state since the run of the journal {}. "
                    "What that one began is looked up again.\n",
                    journal));
  return state_access::remove_journals(recorded);
}

void report_what_is_counted_in(Session& session, const RecordedState& recorded) {
  if (recorded.state.applying)
    session.console().remark(
        fmt::format("A run has begun and not ended: {}. Its journal is not on this machine, "
                    "so what it has done since its last checkpoint is not counted in here.\n",
                    printable(recorded.state.applying->holder)));
  for (const auto& journal : recorded.merged)
    session.console().remark(
        fmt::format("{} What its journal {} holds is included here; nothing was written.\n",
                    describe(recorded.run), describe(journal)));
  std::vector<state::Intent> unresolved = recorded.state.unresolved;
  const std::size_t unsent =
      std::erase_if(unresolved, [](const auto& intent) { return intent.only_intended; });
  // What a run that goes on has begun is its own to finish, and nothing to forget.
  if (recorded.run.kind == state_access::RunSight::Kind::kGoesOn) return;
  if (unsent != 0)
    session.console().remark(
        fmt::format("An earlier run was about to send more: {} that it may never have sent. "
                    "The next apply or refresh looks at the server.\n",
                    pluralize(unsent, "action", "actions")));
  if (unresolved.empty()) return;
  const bool creates_user = std::any_of(unresolved.begin(), unresolved.end(), state::creates_user);
  session.console().remark(
      fmt::format("The outcome of {} is unknown: {}. {}\n",
                  pluralize(unresolved.size(), "action of an earlier run", "actions of earlier runs"),
                  list_of(unresolved, session.directory),
                  creates_user ? "The next apply or refresh looks at the server; a user's creation "
                                 "is looked up only by an apply whose roster has the user. "
                                 "`rollcall state rm ADDRESS` forgets an action that is no longer wanted."
                               : "The next apply or refresh looks at the server."));
}

/// What documents and reports say of the state that they were made from.
void note_state(Session& session, const RecordedState& recorded) {
  report::Meta meta = session.meta();
  meta.state = recorded.store->name();
  if (!recorded.state.server.empty()) meta.server = recorded.state.server;
  if (recorded.exists) {
    meta.lineage = recorded.state.lineage;
    meta.serial = recorded.state.serial;
    meta.state_written_at = recorded.written_at;
  }
  session.set_meta(std::move(meta));
}

/// What is left to do with a state once it is open: words, and for a writer the merged journals.
Expected<RecordedState> take_opened(Session& session, Expected<RecordedState> recorded, bool writes) {
  if (!recorded) return recorded;
  if (!writes)
    report_what_is_counted_in(session, *recorded);
  else if (auto committed = commit_journals(session, *recorded); !committed)
    return tl::unexpected(committed.error());
  note_state(session, *recorded);
  return recorded;
}

/// For a command that only reads. Says nothing, so that it may run beside others.
Expected<RecordedState> read_state(Session& session, bool with_digest) {
  const auto server = server_identity(session);
  if (!server) return tl::unexpected(server.error());
  auto backend = open_backend(session);
  if (!backend) return tl::unexpected(backend.error());
  return state_access::open(std::move(*backend), session.directory, {*server, std::nullopt, {}, with_digest},
                            session.clock, session.entropy);
}

}  // namespace

StateReading::StateReading(Session& session, bool with_digest)
    : session_(session),
      // Where no thread can be started it is read when it is waited for.
      state_(std::async(std::launch::async | std::launch::deferred,
                        [&session, with_digest] { return read_state(session, with_digest); })) {}

Expected<RecordedState> StateReading::finish() {
  return take_opened(session_, state_.get(), false);
}

namespace {

Expected<RecordedState> open_on(Session& session, Expected<store::Backend> backend, const std::string& server,
                                const std::optional<std::string>& writing_command) {
  if (!backend) return tl::unexpected(backend.error());
  state_access::Use use{server, std::nullopt, {}};
  if (writing_command) {
    const auto tell = [&console = session.console(),
                       name = backend->store->name()](const std::optional<store::LockInfo>& other) {
      console.remark(fmt::format("{} is locked by {}. Waiting for it.\n", name,
                                 other ? store::describe(*other) : "another process"));
    };
    use.writer = lock_info(session, *writing_command);
    use.wait = {session.program().global.lock_timeout, session.stop, tell};
  }
  auto recorded =
      state_access::open(std::move(*backend), session.directory, use, session.clock, session.entropy);
  return take_opened(session, std::move(recorded), writing_command.has_value());
}

}  // namespace

Expected<RecordedState> open_state(Session& session, const std::string& server,
                                   const std::optional<std::string>& writing_command) {
  return open_on(session, open_backend(session), server, writing_command);
}

Expected<RecordedState> open_other_state(Session& session, const store::Location& location,
                                         const std::string& writing_command) {
  return open_on(session, open_backend(session, location), {}, writing_command);
}

Expected<RecordedState> open_existing_state(Session& session,
                                            const std::optional<std::string>& writing_command) {
  auto recorded = open_state(session, {}, writing_command);
  if (recorded && !recorded->exists)
    return fail(fmt::format("Nothing is recorded yet: there is no state at {}.", recorded->store->name()),
                "`rollcall apply` creates the first state; --state names another one.");
  return recorded;
}

Expected<void> require_state(const RecordedState& recorded) {
  if (recorded.exists) return {};
  return fail(fmt::format("There is no recorded state at {}, so there is nothing to compare with.",
                          recorded.store->name()),
              "Restore the state if it is missing, or name it with --state; "
              "the first `rollcall apply` creates one.");
}

namespace {

/// What was found of an interrupted run, a line each. Without its journal a run of thousands of creations
/// leaves thousands of such lines, too many to read.
template <class Say>
void tell_all(const std::vector<std::string>& notes, const Say& say) {
  constexpr std::size_t kMost = 20;
  for (std::size_t i = 0; i < std::min(notes.size(), kMost); ++i)
    say(fmt::format("Interrupted run: {}\n", notes[i]));
  if (notes.size() > kMost)
    say(fmt::format("Interrupted run: the same holds of {} more.\n", with_thousands(notes.size() - kMost)));
}

/// Records what the server shows of everything that a run may have touched whose journal is lost.
Expected<void> look_at_touched(Session& session, const Connection& connection, RecordedState& recorded) {
  state::State& state = recorded.state;
  const model::RecordedEstate touched =
      state_access::touched_by(*state.applying, state.estate, session.directory);
  session.console().remark(fmt::format(
      "A run was interrupted: {}. Its journal is not on this machine, so the server is asked what it did.\n",
      printable(state.applying->holder)));
  const auto live = read_server(session, connection, targets_of(touched, nullptr, session.directory));
  if (!live) return tl::unexpected(live.error());
  auto seen = plan::refresh(state.estate, *live, session.directory, session.clock.now());
  if (!seen.failures.empty())
    return fail(
        fmt::format("What the interrupted run did is not known yet: {} of what it may have changed could "
                    "not be read, {} for one: {}",
                    with_thousands(seen.failures.size()), seen.failures.front().address,
                    seen.failures.front().message),
        "Run this again when the server answers.");
  state.estate = std::move(seen.recorded);
  if (!state.applying->plan_digest.empty())
    state.last_plan = state::AppliedPlan{state.applying->plan_digest, false};
  state.applying.reset();
  session.console().remark(fmt::format("{} recorded of what the interrupted run may have changed.\n",
                                       pluralize(seen.changes.size(), "difference was", "differences were")));
  return {};
}

}  // namespace

Expected<void> recover_state(Session& session, const Connection& connection, RecordedState& recorded) {
  const auto recovered = state_access::recover(recorded, session.directory, connection.make_transport());
  if (!recovered) return tl::unexpected(recovered.error());
  tell_all(recovered->notes, [&](const std::string& line) { session.console().remark(line); });
  tell_all(recovered->possible_orphans, [&](const std::string& line) { session.console().say(line); });
  const bool lost = recorded.state.applying.has_value();
  if (lost)
    if (auto looked = look_at_touched(session, connection, recorded); !looked) return looked;
  if (!recovered->changed && !lost) return {};
  auto saved = state_access::save(recorded, session.directory);
  if (saved) note_state(session, recorded);
  return saved;
}

}  // namespace rollcall::cli
