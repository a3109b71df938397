#include "cli/recorded_state.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>
#include <vector>

#include "apply/recovery.hpp"
#include "apply/write_state.hpp"
#include "base/digest.hpp"
#include "base/entropy.hpp"
#include "base/text.hpp"
#include "state/journal.hpp"
#include "store/snapshot.hpp"

namespace rollcall::cli {
namespace {

store::LockInfo holder(const std::string& command, const Clock& clock) {
  store::LockInfo info;
  const passwd* user = ::getpwuid(::getuid());
  info.who = user != nullptr ? user->pw_name : std::to_string(::getuid());
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0) info.where = host.data();
  info.when = to_string(clock.now());
  info.pid = ::getpid();
  info.command = command;
  return info;
}

tl::unexpected<Error> does_not_fit(const std::string& journal, const std::string& state, std::string why) {
  return fail(
      fmt::format("{} is the journal of an interrupted run, and it does not belong to {}: {}.", journal,
                  state, why),
      fmt::format(
          "Put back the state that the run began with ({0}.bak may be it), and the next command takes the "
          "journal in. Where that state is lost, move the journal away and run `rollcall refresh`.",
          state));
}

bool holds_nothing(const state::State& state) {
  return state.estate == model::RecordedEstate() && state.unresolved.empty();
}

Expected<void> fits(const state::JournalHeader& header, const RecordedState& recorded,
                    const std::string& journal) {
  const std::string& name = recorded.store->name();
  const state::State& state = recorded.state;
  if (!recorded.version) {
    if (header.base == state::kAbsent) return {};
    return does_not_fit(journal, name, "there is no state");
  }
  if (header.lineage != state.lineage)
    return does_not_fit(journal, name,
                        fmt::format("their lineages differ ({} and {})", header.lineage, state.lineage));
  if (header.base == recorded.digest) return {};
  if (header.base == state::kAbsent)
    return does_not_fit(journal, name, "the run began without a state, and there is one by now");
  if (header.serial > state.serial)
    return does_not_fit(
        journal, name,
        fmt::format("the run began with serial {}, and an older copy of the state is here (serial {})",
                    header.serial, state.serial));
  return does_not_fit(
      journal, name,
      fmt::format("the run began with serial {}, and the state has been written since (serial "
                  "{}); a journal that came back from a cache or a backup can be removed",
                  header.serial, state.serial));
}

std::string list_of(const std::vector<state::Intent>& intents, const model::Directory& directory) {
  std::vector<std::string> names;
  for (const state::Intent& intent : intents)
    names.push_back(
        fmt::format("{} ({})", state::address_of(intent, directory), plan::to_string(intent.verb)));
  return first_and_more(std::move(names));
}

/// What the journals beside a state have brought.
struct Journals {
  /// The runs whose journals the state holds by now, or that had sent nothing.
  std::vector<std::string> over;
  /// The journals that were taken in, for people.
  std::vector<std::string> found;
  /// Whether one of these says something: its run had come to its first action.
  bool has_entries = false;
};

/// A first run gives the state its lineage; a state that holds nothing follows the run to its server.
void begin_as(const state::JournalHeader& header, RecordedState& recorded) {
  state::State& state = recorded.state;
  if (header.base == state::kAbsent) state.lineage = header.lineage;
  if (!header.server.empty() && holds_nothing(state)) state.server = header.server;
}

/// Takes the journal of one run into the state in memory; nothing: it says nothing that the state does not
/// hold.
Expected<void> take_in(Session& session, RecordedState& recorded, const std::string& run,
                       const std::string& bytes, Journals& journals) {
  const std::string name = recorded.store->journals().name(run);
  if (run == recorded.state.last_run) return {};
  std::vector<state::JournalEntry> entries;
  const auto read = state::read_journal(
      bytes, name, session.directory,
      [&](const state::JournalHeader& header) { return fits(header, recorded, name); },
      [&](state::JournalEntry entry) { entries.push_back(std::move(entry)); });
  if (!read) return tl::unexpected<Error>(read.error());
  // Nothing was sent before the header was on disk.
  if (!read->header) return {};
  begin_as(*read->header, recorded);
  state::JournalFold fold(recorded.state, session.directory);
  journals.has_entries = journals.has_entries || !entries.empty();
  for (state::JournalEntry& entry : entries) fold.add(std::move(entry));
  journals.found.push_back(fmt::format("{} ({})", name, count_of(fold.settled(), "outcome", "outcomes")));
  recorded.state = std::move(fold).finish(run);
  return {};
}

Expected<Journals> take_journals_in(Session& session, RecordedState& recorded,
                                    const store::Snapshot& snapshot) {
  Journals journals;
  for (const auto& [run, bytes] : snapshot.journals) {
    if (auto taken = take_in(session, recorded, run, bytes, journals); !taken)
      return tl::unexpected<Error>(taken.error());
    journals.over.push_back(run);
  }
  recorded.exists = recorded.version || journals.has_entries;
  return journals;
}

/// Reads what the store holds; what a first run begins with where there is nothing.
Expected<void> read_state(Session& session, RecordedState& recorded, const store::Snapshot& snapshot,
                          const std::string& server, bool writes) {
  if (!snapshot.stored) {
    recorded.state.lineage = make_uuid(session.entropy);
    recorded.state.server = server;
    return {};
  }
  auto state = state::decode(snapshot.stored->bytes, recorded.store->name(), session.directory);
  if (!state) return tl::unexpected<Error>(state.error());
  recorded.state = std::move(*state);
  recorded.version = snapshot.stored->version;
  if (writes || !snapshot.journals.empty()) recorded.digest = sha256(snapshot.stored->bytes);
  return {};
}

/// A state belongs to one server. One that holds nothing, as a first run against a wrong address leaves it,
/// follows the settings.
Expected<void> check_server(RecordedState& recorded, const std::string& server) {
  if (server.empty() || recorded.state.server == server) return {};
  if (holds_nothing(recorded.state)) {
    recorded.state.server = server;
    return {};
  }
  return fail(fmt::format("The state {} belongs to {}, not to {}.", recorded.store->name(),
                          recorded.state.server, server),
              "Name that server, or another state with --state.");
}

/// Writes what the journals have brought, then removes them.
Expected<void> keep_journals(Session& session, RecordedState& recorded, const Journals& journals) {
  if (journals.has_entries) {
    if (auto written = write_state(recorded, session.directory); !written) return written;
    for (const std::string& found : journals.found)
      session.console().remark(
          fmt::format("A run was interrupted. Its journal {} is now in the state.\n", found));
  }
  for (const std::string& run : journals.over)
    if (auto removed = recorded.store->journals().remove(run); !removed) return removed;
  return {};
}

/// Whether the run behind a journal goes on. It may have begun or ended while its journal was read.
std::string what_the_lock_says(const store::LockSight& before, const store::LockSight& after) {
  using Kind = store::LockSight::Kind;
  if (before.kind == Kind::kHeld || after.kind == Kind::kHeld) {
    const auto& holder = after.holder ? after.holder : before.holder;
    return fmt::format("A run is still going on: {}.", holder ? describe(*holder) : "another process");
  }
  if (before.kind == Kind::kUnknown || after.kind == Kind::kUnknown)
    return "A run was interrupted or is still going on.";
  return "A run was interrupted.";
}

void report_what_is_counted_in(Session& session, const RecordedState& recorded, const Journals& journals,
                               const store::LockSight& lock_before) {
  if (!journals.found.empty()) {
    const std::string run = what_the_lock_says(lock_before, recorded.store->look_at_lock());
    for (const std::string& found : journals.found)
      session.console().remark(
          fmt::format("{} Its journal {} is counted in here; nothing was written.\n", run, found));
  }
  const auto& unresolved = recorded.state.unresolved;
  if (unresolved.empty()) return;
  const bool creates_user = std::any_of(unresolved.begin(), unresolved.end(), state::creates_user);
  session.console().remark(fmt::format(
      "The outcome of {} is unknown: {}. {}\n",
      count_of(unresolved.size(), "action of an earlier run", "actions of earlier runs"),
      list_of(unresolved, session.directory),
      creates_user ? "The next apply or refresh looks at the server; for a user's creation only an "
                     "apply of a roster that has the user. `rollcall state rm ADDRESS` forgets "
                     "one that is not wanted any more."
                   : "The next apply or refresh looks at the server."));
}

/// A journal only grows.
std::vector<std::pair<std::string, std::size_t>> sizes_of(
    const std::vector<std::pair<std::string, std::string>>& journals) {
  std::vector<std::pair<std::string, std::size_t>> sizes;
  for (const auto& [run, bytes] : journals) sizes.emplace_back(run, bytes.size());
  return sizes;
}

/// What documents and reports say of the state that they were made from.
void note_state(Session& session, const RecordedState& recorded) {
  report::Meta meta = session.meta();
  meta.state = recorded.store->name();
  if (!recorded.state.server.empty()) meta.server = recorded.state.server;
  if (recorded.exists) {
    meta.lineage = recorded.state.lineage;
    meta.serial = recorded.state.serial;
  }
  session.set_meta(std::move(meta));
}

}  // namespace

Expected<RecordedState> open_state(Session& session, const std::string& server,
                                   const std::optional<std::string>& writing_command) {
  auto opened = store::open_store(session.settings().state.string(), state::looks_like_state);
  if (!opened) return tl::unexpected(opened.error());
  RecordedState recorded;
  recorded.store = std::move(*opened);
  if (writing_command) {
    const auto tell = [&](const std::optional<store::LockInfo>& other) {
      session.console().remark(fmt::format("{} is locked by {}. Waiting for it.\n", recorded.store->name(),
                                           other ? describe(*other) : "another process"));
    };
    auto lock =
        recorded.store->lock(holder(*writing_command, session.clock),
                             {session.program().global.lock_timeout, session.stop, tell}, session.clock);
    if (!lock) return tl::unexpected(lock.error());
    recorded.lock = std::move(*lock);
  }
  const store::LockSight lock_before = writing_command ? store::LockSight() : recorded.store->look_at_lock();
  const auto snapshot = store::read_snapshot(*recorded.store);
  if (!snapshot) return tl::unexpected(snapshot.error());
  if (auto read = read_state(session, recorded, *snapshot, server, writing_command.has_value()); !read)
    return tl::unexpected(read.error());
  if (writing_command)
    if (auto room = state::require_serials(recorded.state, recorded.store->name()); !room)
      return tl::unexpected(room.error());
  recorded.journals = sizes_of(snapshot->journals);
  const auto journals = take_journals_in(session, recorded, *snapshot);
  if (!journals) return tl::unexpected(journals.error());
  if (auto checked = check_server(recorded, server); !checked) return tl::unexpected(checked.error());
  if (!recorded.exists)
    session.console().remark(fmt::format("There is no recorded state at {} yet: nothing is managed so far.\n",
                                         recorded.store->name()));
  if (!writing_command)
    report_what_is_counted_in(session, recorded, *journals, lock_before);
  else if (auto kept = keep_journals(session, recorded, *journals); !kept)
    return tl::unexpected(kept.error());
  note_state(session, recorded);
  return recorded;
}

Expected<void> check_that_nothing_runs(const RecordedState& recorded) {
  const auto now = store::read_snapshot(*recorded.store);
  if (!now) return tl::unexpected<Error>(now.error());
  const auto version = now->stored ? std::optional(now->stored->version) : std::nullopt;
  if (version == recorded.version && sizes_of(now->journals) == recorded.journals) return {};
  return fail(
      fmt::format("A run is going on: {} has changed while the server was read.", recorded.store->name()),
      "Wait until it has ended, and run this again.");
}

Expected<void> require_state(const RecordedState& recorded) {
  if (recorded.exists) return {};
  return fail(fmt::format("There is no recorded state at {}, so there is nothing to compare with.",
                          recorded.store->name()),
              "Put the state back where it is missing, or name it with --state; the first `rollcall apply` "
              "makes one.");
}

Expected<void> refuse_open_moves(const model::DesiredEstate& desired, const RecordedState& recorded,
                                 const model::Directory& directory) {
  for (const model::Move& move : desired.moves) {
    const std::string from = to_string(move.from);
    const bool open = std::any_of(
        recorded.state.unresolved.begin(), recorded.state.unresolved.end(), [&](const state::Intent& intent) {
          return intent.verb == plan::Verb::kCreate && state::address_of(intent, directory) == from;
        });
    if (open)
      return fail(
          fmt::format("{} may have been created by an interrupted run and has not been seen yet, so it "
                      "cannot be moved to {}.",
                      from, to_string(move.to)),
          fmt::format("Put it back under {0} and apply once, so that it is found or created; then move it. "
                      "Or forget the attempt with `rollcall state rm {0}`.",
                      from));
  }
  return {};
}

Expected<void> recover_state(Session& session, const Connection& connection, RecordedState& recorded) {
  if (recorded.state.unresolved.empty()) return {};
  auto recovery = apply::recover(recorded.state, session.directory, connection.make_transport());
  if (!recovery) return tl::unexpected(recovery.error());
  for (const std::string& note : recovery->notes)
    session.console().remark(fmt::format("The server was asked: {}\n", note));
  for (const std::string& orphan : recovery->possible_orphans)
    session.console().say(fmt::format("The server was asked: {}\n", orphan));
  if (recovery->facts.empty() && recovery->open == recorded.state.unresolved) return {};
  recorded.state.estate = state::fold(std::move(recorded.state.estate), recovery->facts);
  recorded.state.unresolved = std::move(recovery->open);
  auto written = write_state(recorded, session.directory);
  if (written) note_state(session, recorded);
  return written;
}

Expected<void> write_state(RecordedState& recorded, const model::Directory& directory) {
  return apply::write_state(*recorded.store, recorded.state, directory, recorded.version, recorded.digest);
}

}  // namespace rollcall::cli
