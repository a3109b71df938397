#include <fmt/format.h>

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/plan_file.hpp"
#include "cli/planning.hpp"
#include "cli/signals.hpp"
#include "report/report.hpp"

namespace rollcall::cli {
namespace {

struct PlanOptions {
  PlanningOptions planning;
  Outputs outputs;
  bool detailed_exitcode = false;
  std::optional<std::string> out;
};

/// What became of these may change what there is to do.
Expected<void> require_resolved(const Planned& planned, const std::string& path) {
  const state::State& state = planned.recorded.state;
  if (state.unresolved.empty() && !state.applying) return {};
  return fail(
      fmt::format("The plan is not saved in {}: what an earlier run did is not known yet.", printable(path)),
      "`rollcall apply` looks at the server and goes on from there; `rollcall state rm ADDRESS` forgets an "
      "action that is no longer wanted.");
}

/// Saves the plan where that is asked for, and says so. False: reported.
bool save(Session& session, const PlanOptions& options, const Planned& planned) {
  if (!options.out) return true;
  if (const auto resolved = require_resolved(planned, *options.out); !resolved) {
    session.fail_with(resolved.error());
    return false;
  }
  const auto digest = write_plan_file(session, options.planning, planned, *options.out);
  if (!digest) {
    session.fail_with(digest.error());
    return false;
  }
  session.keep(*options.out);
  report::Meta meta = session.meta();
  meta.plan_digest = *digest;
  session.set_meta(std::move(meta));
  session.console().remark(fmt::format("The plan is saved in {}.\n", printable(*options.out)));
  return true;
}

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
  if (!save(session, options, *planned)) return kExitFailed;
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
                         planned->plan.may_have_sent_more || planned->recorded.state.applying ||
                         left_by_apply(planned->plan).has_value();
  return options.detailed_exitcode && different ? kExitDifferent : kExitDone;
}

Body declare_plan(OptionSet& set) {
  const auto options = std::make_shared<PlanOptions>();
  declare_planning_options(set, options->planning);
  set.outputs(report::Subject::kPlan, options->outputs);
  set.text("--out", "FILE", options->out, "Save the plan, for `rollcall show` and `rollcall apply`");
  set.flag("--detailed-exitcode", options->detailed_exitcode, "Exit 2 where there are changes");
  return [options](const Program& program) {
    options->planning.with_state_digest = options->out.has_value();
    options->planning.with_requests = options->out || options->outputs.has(Format::kJson);
    return run_plan(program, *options);
  };
}

}  // namespace

const Command kPlan{"plan", "Show what would change: roster against recorded state", declare_plan};

}  // namespace rollcall::cli
