#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/recorded_state.hpp"
#include "cli/signals.hpp"
#include "cli/state_backend.hpp"
#include "state_access/transfer.hpp"

namespace rollcall::cli {
namespace {

int run_state_migrate(const Program& program, const std::optional<std::string>& to) {
  Session session(program, Format::kText);
  if (!session.load_settings()) return kExitFailed;
  const SignalScope signals(program.console);
  session.stop = signals.token();
  const auto failed = [&](const Error& error) { return signals.exit_code(session.fail_with(error)); };
  if (!to)
    return failed(Error{"There is no --to: where is the state to live?",
                        "Give a path, or the address of a state on a server."});
  const store::Location location = store::parse_location(*to);
  if (location == session.settings().state)
    return failed(Error{fmt::format("The state is at {} already.", to_string(location)), {}});
  const auto source = open_existing_state(session, "state migrate");
  if (!source) return failed(source.error());
  if (const auto at_rest = state_access::require_at_rest(*source); !at_rest) return failed(at_rest.error());
  auto target = open_other_state(session, location, "state migrate");
  if (!target) return failed(target.error());
  const auto pushed = state_access::push(*target, source->state, session.directory);
  if (!pushed) return failed(pushed.error());
  program.console.result(
      fmt::format("The state is at {} now (serial {}).\n"
                  "Write that as `state:` into the project file, or set ROLLCALL_STATE. "
                  "{} stays as it is: nothing may use it any more.\n",
                  target->store->name(), source->state.serial, source->store->name()));
  return kExitDone;
}

Body declare_state_migrate(OptionSet& options) {
  const auto to = std::make_shared<std::optional<std::string>>();
  options.text("--to", "FILE|URL", *to, "Where the state is to live");
  return [to](const Program& program) { return run_state_migrate(program, *to); };
}

}  // namespace

const Command kStateMigrate{"state migrate", "Copy the recorded state to another place, and read it back",
                            declare_state_migrate};

}  // namespace rollcall::cli
