#include <memory>
#include <string>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/recorded_state.hpp"
#include "model/address.hpp"
#include "report/report.hpp"

namespace rollcall::cli {
namespace {

struct StateShowOptions {
  std::string address;
  Format format = Format::kText;
};

int run_state_show(const Program& program, const StateShowOptions& options) {
  Session session(program, options.format);
  if (!session.load_settings()) return kExitFailed;
  const auto address = model::parse_address(options.address);
  if (!address) return session.fail_with(address.error());
  const auto recorded = open_existing_state(session, std::nullopt);
  if (!recorded) return session.fail_with(recorded.error());
  const model::RecordedEstate& estate = recorded->state.estate;
  const auto shown = session.json()
                         ? report::state_show_json(estate, session.directory, *address, session.meta())
                         : report::state_show_text(estate, session.directory, *address);
  if (!shown) return session.fail_with(shown.error());
  program.console.report(options.format, *shown);
  return kExitDone;
}

Body declare_state_show(OptionSet& set) {
  const auto options = std::make_shared<StateShowOptions>();
  set.argument("ADDRESS", options->address, "accounts.KEY, users.EMAIL, agent_bots.KEY, grants.KEY/EMAIL",
               true);
  set.format(report::Subject::kState, options->format);
  return [options](const Program& program) { return run_state_show(program, *options); };
}

}  // namespace

const Command kStateShow{"state show", "Show everything that is recorded of one address", declare_state_show};

}  // namespace rollcall::cli
