#include "cli/recorded_state.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <utility>

#include "base/entropy.hpp"

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
  auto stored = recorded.store->read();
  if (!stored) return tl::unexpected(stored.error());
  if (!*stored) {
    session.console().remark(fmt::format("There is no recorded state at {} yet: nothing is managed so far.\n",
                                         recorded.store->name()));
    SystemEntropy entropy;
    recorded.state.lineage = make_uuid(entropy);
    recorded.state.server = server;
    return recorded;
  }
  auto state = state::decode((*stored)->bytes, recorded.store->name(), session.directory);
  if (!state) return tl::unexpected(state.error());
  recorded.state = std::move(*state);
  recorded.version = std::move((*stored)->version);
  if (!server.empty() && recorded.state.server != server)
    return fail(fmt::format("The state {} belongs to {}, not to {}.", recorded.store->name(),
                            recorded.state.server, server),
                "Name that server, or another state with --state.");
  return recorded;
}

Expected<void> write_state(RecordedState& recorded, const model::Directory& directory) {
  ++recorded.state.serial;
  auto version = recorded.store->write(state::encode(recorded.state, directory), recorded.version);
  if (!version) return tl::unexpected(version.error());
  recorded.version = std::move(*version);
  return {};
}

}  // namespace rollcall::cli
