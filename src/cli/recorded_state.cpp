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

Expected<void> fits(const state::JournalHeader& header, const state::State& state, const std::string& digest,
                    const std::string& journal, const std::string& name) {
  if (header.lineage != state.lineage)
    return does_not_fit(journal, name,
                        fmt::format("their lineages differ ({} and {})", header.lineage, state.lineage));
  if (header.base == digest) return {};
  if (header.serial > state.serial)
    return does_not_fit(
        journal, name,
        fmt::format("the run began with serial {}, and an older copy of the state is here (serial {})",
                    header.serial, state.serial));
  return does_not_fit(journal, name, "the state has been changed since the run began");
}

std::string list_of(const std::vector<state::Intent>& intents, const model::Directory& directory) {
  constexpr std::size_t kMost = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(intents.size(), kMost); ++i)
    text += fmt::format("{}{} ({})", i == 0 ? "" : ", ", state::address_of(intents[i], directory),
                        plan::to_string(intents[i].verb));
  if (intents.size() > kMost) text += fmt::format(" and {} more", intents.size() - kMost);
  return text;
}

/// Takes the journals of unfinished runs into the state in memory. The runs whose journals the state holds
/// by now are in `over`.
Expected<void> take_journals_in(Session& session, RecordedState& recorded, const store::Snapshot& snapshot,
                                bool writing, std::vector<std::string>& over) {
  for (const auto& [run, bytes] : snapshot.journals) {
    const std::string name = recorded.store->journals().name(run);
    over.push_back(run);
    if (run == recorded.state.last_run) continue;
    if (!snapshot.stored) {
      const auto read = state::read_journal(
          bytes, name, session.directory, [](const auto&) { return Expected<void>(); }, [](auto) {});
      if (!read) return tl::unexpected<Error>(read.error());
      if (!read->header) continue;
      return does_not_fit(name, recorded.store->name(), "there is no state");
    }
    state::JournalFold fold(recorded.state, session.directory);
    const auto read = state::read_journal(
        bytes, name, session.directory,
        [&](const state::JournalHeader& header) {
          return fits(header, recorded.state, recorded.digest, name, recorded.store->name());
        },
        [&](state::JournalEntry entry) { fold.add(std::move(entry)); });
    if (!read) return tl::unexpected<Error>(read.error());
    // Nothing was sent before the header was on disk.
    if (!read->header) continue;
    const std::size_t settled = fold.settled();
    recorded.state = std::move(fold).finish(run);
    const std::string found = fmt::format("{} ({})", name, count_of(settled, "outcome", "outcomes"));
    session.console().remark(
        writing
            ? fmt::format("A run was interrupted. Its journal {} is now in the state.\n", found)
            : fmt::format(
                  "A run was interrupted or is still going on. Its journal {} is counted in here; nothing "
                  "was written.\n",
                  found));
  }
  return {};
}

}  // namespace

Expected<RecordedState> open_state(Session& session, const std::string& server,
                                   const std::optional<std::string>& writing_command) {
  auto opened = store::open_store(session.settings().state.string());
  if (!opened) return tl::unexpected(opened.error());
  RecordedState recorded;
  recorded.store = std::move(*opened);
  if (writing_command) {
    auto lock = recorded.store->lock(holder(*writing_command, session.clock),
                                     session.program().global.lock_timeout, session.clock);
    if (!lock) return tl::unexpected(lock.error());
    recorded.lock = std::move(*lock);
  }
  auto snapshot = store::read_snapshot(*recorded.store);
  if (!snapshot) return tl::unexpected(snapshot.error());
  if (snapshot->stored) {
    auto state = state::decode(snapshot->stored->bytes, recorded.store->name(), session.directory);
    if (!state) return tl::unexpected(state.error());
    recorded.state = std::move(*state);
    recorded.version = snapshot->stored->version;
    recorded.digest = sha256(snapshot->stored->bytes);
    if (!server.empty() && recorded.state.server != server)
      return fail(fmt::format("The state {} belongs to {}, not to {}.", recorded.store->name(),
                              recorded.state.server, server),
                  "Name that server, or another state with --state.");
  }
  std::vector<std::string> over;
  if (auto taken = take_journals_in(session, recorded, *snapshot, writing_command.has_value(), over); !taken)
    return tl::unexpected(taken.error());
  if (!snapshot->stored) {
    session.console().remark(fmt::format("There is no recorded state at {} yet: nothing is managed so far.\n",
                                         recorded.store->name()));
    SystemEntropy entropy;
    recorded.state.lineage = make_uuid(entropy);
    recorded.state.server = server;
  }
  if (writing_command) {
    const bool changed =
        snapshot->stored && state::encode(recorded.state, session.directory) != snapshot->stored->bytes;
    if (changed && !over.empty())
      if (auto written = write_state(recorded, session.directory); !written)
        return tl::unexpected(written.error());
    for (const std::string& run : over)
      if (auto removed = recorded.store->journals().remove(run); !removed)
        return tl::unexpected(removed.error());
  }
  if (!writing_command && !recorded.state.unresolved.empty())
    session.console().remark(fmt::format(
        "What became of {} is not known: {}. The next apply or refresh looks at the server.\n",
        count_of(recorded.state.unresolved.size(), "action of an earlier run", "actions of earlier runs"),
        list_of(recorded.state.unresolved, session.directory)));
  return recorded;
}

Expected<void> recover_state(Session& session, const Connection& connection, RecordedState& recorded) {
  if (recorded.state.unresolved.empty()) return {};
  auto recovery = apply::recover(recorded.state, session.directory, connection.make_transport());
  if (!recovery) return tl::unexpected(recovery.error());
  for (const std::string& note : recovery->notes)
    session.console().remark(fmt::format("The server was asked: {}\n", note));
  if (recovery->facts.empty() && recovery->open == recorded.state.unresolved) return {};
  recorded.state.estate = state::fold(std::move(recorded.state.estate), recovery->facts);
  recorded.state.unresolved = std::move(recovery->open);
  return write_state(recorded, session.directory);
}

Expected<void> write_state(RecordedState& recorded, const model::Directory& directory) {
  ++recorded.state.serial;
  const std::string bytes = state::encode(recorded.state, directory);
  auto version = recorded.store->write(bytes, recorded.version);
  if (!version) return tl::unexpected(version.error());
  recorded.version = std::move(*version);
  recorded.digest = sha256(bytes);
  return {};
}

}  // namespace rollcall::cli
