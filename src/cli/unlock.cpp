#include <fmt/format.h>

#include <memory>
#include <string>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/prompt.hpp"
#include "cli/session.hpp"
#include "cli/state_backend.hpp"

namespace rollcall::cli {
namespace {

int remove_lock(Session& session, store::Store& store, const std::string& id) {
  if (const auto removed = store.remove_lock(id); !removed) return session.fail_with(removed.error());
  session.console().result(fmt::format("The lock of {} is removed.\n", store.name()));
  return kExitDone;
}

int run_unlock(const Program& program, const std::string& id) {
  Session session(program, Format::kText);
  if (!session.load_settings()) return kExitFailed;
  const auto backend = open_backend(session);
  if (!backend) return session.fail_with(backend.error());
  store::Store& store = *backend->store;
  if (!id.empty()) return remove_lock(session, store, id);
  const auto holder = store.find_holder(lock_info(session, "unlock"));
  if (!holder) return session.fail_with(holder.error());
  if (!*holder) {
    program.console.result(fmt::format("{} is not locked.\n", store.name()));
    return kExitDone;
  }
  program.console.say(fmt::format(
      "{} is locked by {}.\nA run that goes on without its lock can overwrite what another one records.\n",
      store.name(), store::describe(**holder)));
  if ((*holder)->id.empty()) return remove_lock(session, store, {});
  const auto answer =
      ask(program.console, "Has that run ended for certain? Only `yes` removes its lock: ", session.stop);
  if (answer != "yes") {
    program.console.say("Nothing was changed.\n");
    return kExitFailed;
  }
  return remove_lock(session, store, (*holder)->id);
}

Body declare_unlock(OptionSet& options) {
  const auto id = std::make_shared<std::string>();
  options.argument("ID", *id, "The lock's ID, as the message of the run that waits names it; asks nothing",
                   false);
  return [id](const Program& program) { return run_unlock(program, *id); };
}

}  // namespace

const Command kUnlock{"unlock", "Remove the lock that a dead run left on a shared state", declare_unlock};

}  // namespace rollcall::cli
