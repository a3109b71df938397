#include <memory>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/recorded_state.hpp"
#include "report/report.hpp"

namespace rollcall::cli {
namespace {

struct StateListOptions {
  bool grants = false;
  Format format = Format::kText;
};

int run_state_list(const Program& program, const StateListOptions& options) {
  Session session(program, options.format);
  if (!session.load_settings()) return kExitFailed;
  const auto recorded = open_existing_state(session, std::nullopt);
  if (!recorded) return session.fail_with(recorded.error());
  const model::RecordedEstate& estate = recorded->state.estate;
  program.console.report(
      options.format, session.json()
                          ? report::state_list_json(estate, session.directory, options.grants, session.meta())
                          : report::state_list_text(estate, session.directory, options.grants));
  return kExitDone;
}

Body declare_state_list(OptionSet& set) {
  const auto options = std::make_shared<StateListOptions>();
  set.flag("--grants", options->grants, "Every grant, too");
  set.format(report::Subject::kState, options->format);
  return [options](const Program& program) { return run_state_list(program, *options); };
}

}  // namespace

const Command kStateList{"state list", "List what is recorded", declare_state_list};

}  // namespace rollcall::cli
