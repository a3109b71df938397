#include "cli/planning.hpp"

#include <algorithm>
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

Error refusal(const plan::Plan& plan, const std::string& consequence) {
  std::string hint = consequence + "`rollcall help project` says what each of them means";
  const bool too_many =
      std::any_of(plan.violations.begin(), plan.violations.end(),
                  [](const auto& violation) { return violation.guardrail == plan::Guardrail::kMaxRemovals; });
  hint += too_many ? "; where so many removals are meant, --max-removals allows them for one run." : ".";
  return {"The guardrails refuse this plan.", std::move(hint)};
}

std::optional<Error> incomplete(const plan::Plan& plan) {
  if (plan.unread == 0) return std::nullopt;
  return Error{
      "Some of the server could not be read, so this plan may not be complete.",
      "The warnings say what, and what was recorded of it earlier was taken for true. Run it again."};
}

report::Context context_of(const Session& session) {
  return {session.directory, session.files, session.meta()};
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
  std::size_t unread = 0;
  if (options.refresh && connection != nullptr) {
    model::RecordedEstate& estate = planned.recorded.state.estate;
    const auto live = read_server(session, *connection, targets_of(estate, nullptr, session.directory));
    if (!live) return give_up(live.error());
    auto refreshed = plan::refresh(estate, *live, session.directory, session.clock.now());
    planned.refreshed = !(refreshed.recorded == estate);
    estate = std::move(refreshed.recorded);
    unread = refreshed.failures.size();
    for (const plan::ReadFailure& failure : refreshed.failures) warnings.push_back(warning_of(failure));
  }
  auto plan = plan::make_plan(planned.desired, planned.recorded.state.estate, session.directory,
                              session.files, plan_options(session, options));
  if (!plan) return give_up(plan.error());
  planned.plan = std::move(*plan);
  planned.plan.unread = unread;
  planned.plan.warnings.insert(planned.plan.warnings.end(), warnings.begin(), warnings.end());
  sort_diagnostics(planned.plan.warnings);
  return planned;
}

}  // namespace rollcall::cli
