#include "cli/planning.hpp"

#include <utility>

#include "cli/exit_code.hpp"

namespace rollcall::cli {
namespace {

plan::Options plan_options(const Session& session, const PlanningOptions& options) {
  plan::Options result;
  result.guardrails = session.settings().guardrails;
  if (options.max_removals) result.guardrails.max_removals = *options.max_removals;
  result.allow_deletes = options.allow_deletes;
  result.only = options.only;
  result.only_lapsed = options.only_lapsed;
  return result;
}

Diagnostic warning_of(const plan::ReadFailure& failure) {
  Diagnostic warning;
  warning.severity = Severity::kWarning;
  warning.message = failure.address + " could not be read: " + failure.message;
  warning.hint = "What was recorded of it earlier is taken for true.";
  return warning;
}

}  // namespace

report::Context context_of(const Session& session) {
  return {session.directory, session.files, session.today()};
}

std::optional<Planned> make_plan(Session& session, const PlanningOptions& options,
                                 const Connection* connection,
                                 const std::optional<std::string>& writing_command) {
  const auto give_up = [&](const Error& error) -> std::optional<Planned> {
    session.fail_with(error);
    return std::nullopt;
  };
  Planned planned;
  auto desired = session.load_desired();
  if (!desired) return std::nullopt;
  planned.desired = std::move(*desired);
  const auto server = server_identity(session);
  if (!server) return give_up(server.error());
  auto recorded = open_state(session, *server, writing_command);
  if (!recorded) return give_up(recorded.error());
  planned.recorded = std::move(*recorded);
  if (writing_command && connection != nullptr) {
    if (!planned.recorded.state.unresolved.empty())
      session.console().live_line("Asking the server what became of an interrupted run");
    const auto recovered = recover_state(session, *connection, planned.recorded);
    session.console().live_line({});
    if (!recovered) return give_up(recovered.error());
    const auto movable = refuse_open_moves(planned.desired, planned.recorded, session.directory);
    if (!movable) return give_up(movable.error());
  }
  Diagnostics warnings = session.warnings();
  if (options.refresh && connection != nullptr) {
    model::RecordedEstate& estate = planned.recorded.state.estate;
    const auto live = read_server(session, *connection, estate);
    if (!live) return give_up(live.error());
    auto refreshed = plan::refresh(estate, *live, session.directory, session.clock.now());
    planned.refreshed = !(refreshed.recorded == estate);
    estate = std::move(refreshed.recorded);
    for (const plan::ReadFailure& failure : refreshed.failures) warnings.push_back(warning_of(failure));
  }
  auto plan = plan::make_plan(planned.desired, planned.recorded.state.estate, session.directory,
                              session.files, plan_options(session, options));
  if (!plan) return give_up(plan.error());
  planned.plan = std::move(*plan);
  planned.plan.warnings.insert(planned.plan.warnings.end(), warnings.begin(), warnings.end());
  sort_diagnostics(planned.plan.warnings);
  return planned;
}

}  // namespace rollcall::cli
