#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/session.hpp"
#include "cli/state_backend.hpp"

namespace rollcall::cli {
namespace {

int run_state_pull(const Program& program) {
  Session session(program, Format::kText);
  if (!session.load_settings()) return kExitFailed;
  const auto backend = open_backend(session);
  if (!backend) return session.fail_with(backend.error());
  const auto stored = backend->store->read();
  if (!stored) return session.fail_with(stored.error());
  if (!*stored)
    return session.fail_with(Error{fmt::format("There is no state at {}.", backend->store->name()),
                                   "`rollcall apply` makes the first state; --state names another one."});
  program.console.document((*stored)->bytes);
  return kExitDone;
}

Body declare_state_pull(OptionSet& /*options*/) {
  return run_state_pull;
}

}  // namespace

const Command kStatePull{"state pull", "Print the recorded state as it is stored", declare_state_pull};

}  // namespace rollcall::cli
