#include <memory>
#include <stop_token>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/planning.hpp"
#include "cli/signals.hpp"
#include "report/report.hpp"

namespace rollcall::cli {
namespace {

struct PlanOptions {
  PlanningOptions planning;
  Outputs outputs;
  bool detailed_exitcode = false;
};

int run_plan(const Program& program, const PlanOptions& options) {
  Session session(program, options.outputs);
  if (!session.load_settings()) return kExitFailed;
  std::optional<SignalScope> signals;
  std::unique_ptr<Connection> connection;
  if (options.planning.refresh) {
    signals.emplace(program.console);
    auto opened = Connection::open(session, signals->token());
    if (!opened) return signals->exit_code(session.fail_with(opened.error()));
    connection = std::move(*opened);
  }
  const auto planned = make_plan(session, options.planning, connection.get(), std::nullopt);
  if (!planned) return signals ? signals->exit_code(kExitFailed) : kExitFailed;
  const report::Context context = context_of(session);
  const model::RecordedEstate& estate = planned->recorded.state.estate;
  session.publish([&](Format format, bool colour) {
    return report::plan_report(format, planned->plan, estate, context, {colour, options.planning.full});
  });
  const auto refused = refusal(planned->plan, {});
  const auto unread = incomplete(planned->plan);
  const auto stale = planned->stale.empty() ? std::nullopt : std::optional(stale_state(planned->stale, {}));
  for (const auto& error : {refused, unread, stale})
    if (error) program.console.report(*error);
  if (unread || stale) return kExitFailed;
  if (refused) return kExitRefused;
  const bool different = !planned->plan.empty() || planned->plan.unresolved != 0 ||
                         planned->recorded.state.applying || left_by_apply(planned->plan).has_value();
  return options.detailed_exitcode && different ? kExitDifferent : kExitDone;
}

Body declare_plan(OptionSet& set) {
  const auto options = std::make_shared<PlanOptions>();
  declare_planning_options(set, options->planning);
  set.outputs(report::Subject::kPlan, options->outputs);
  set.flag("--detailed-exitcode", options->detailed_exitcode, "Exit 2 where there are changes");
  return [options](const Program& program) { return run_plan(program, *options); };
}

}  // namespace

const Command kPlan{"plan", "Show what would change: roster against recorded state", declare_plan};

}  // namespace rollcall::cli
