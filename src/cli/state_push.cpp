#include <fmt/format.h>

#include <memory>
#include <string>

#include "base/file.hpp"
#include "base/limits.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/recorded_state.hpp"
#include "cli/signals.hpp"
#include "state_access/transfer.hpp"

namespace rollcall::cli {
namespace {

int run_state_push(const Program& program, const std::string& file) {
  Session session(program, Format::kText);
  if (!session.load_settings()) return kExitFailed;
  const SignalScope signals(program.console);
  session.stop = signals.token();
  const auto failed = [&](const Error& error) { return signals.exit_code(session.fail_with(error)); };
  const auto bytes = read_file(file, kStateLimit);
  if (!bytes) return failed(bytes.error());
  if (!*bytes)
    return failed(Error{fmt::format("There is no file {}.", file),
                        "`rollcall state pull` prints a state to be put into one."});
  if (!state::looks_like_state(**bytes))
    return failed(
        Error{fmt::format("{} is not a state of Rollcall.", file), "`rollcall state pull` prints one."});
  const auto incoming = state::decode(**bytes, file, session.directory);
  if (!incoming) return failed(incoming.error());
  auto recorded = open_state(session, {}, "state push");
  if (!recorded) return failed(recorded.error());
  const auto pushed = state_access::push(*recorded, *incoming, session.directory);
  if (!pushed) return failed(pushed.error());
  program.console.result(*pushed ? fmt::format("{} has the state of {} now (serial {}).\n",
                                               recorded->store->name(), file, incoming->serial)
                                 : fmt::format("{} has this state already.\n", recorded->store->name()));
  return kExitDone;
}

Body declare_state_push(OptionSet& options) {
  const auto file = std::make_shared<std::string>();
  options.argument("FILE", *file, "A state, as `rollcall state pull` prints it", true);
  return [file](const Program& program) { return run_state_push(program, *file); };
}

}  // namespace

const Command kStatePush{"state push",
                         "Put a newer state of the same lineage in the place of the recorded one",
                         declare_state_push};

}  // namespace rollcall::cli
