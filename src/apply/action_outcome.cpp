#include "apply/action_outcome.hpp"

#include <fmt/format.h>

#include <utility>

namespace rollcall::apply {

ActionOutcome done(state::ServerResult learnt) {
  ActionOutcome finding;
  finding.learnt = std::move(learnt);
  return finding;
}

ActionOutcome unchanged(state::ServerResult learnt) {
  ActionOutcome finding = done(std::move(learnt));
  finding.outcome = plan::Outcome::kUnchanged;
  return finding;
}

ActionOutcome failed(std::string message, std::string hint) {
  return failed(Error{std::move(message), std::move(hint)});
}

ActionOutcome failed(Error error) {
  ActionOutcome finding;
  finding.outcome = plan::Outcome::kFailed;
  finding.error = std::move(error);
  return finding;
}

ActionOutcome finding_of(const chatwoot::CallError& error) {
  ActionOutcome finding = failed(chatwoot::to_error(error));
  const bool stopped = error.failure == http::Failure::kStopped;
  if (error.unknown_outcome)
    finding.outcome = plan::Outcome::kUnknown;
  else if (stopped || error.failure == http::Failure::kLeaseLost)
    finding.outcome = plan::Outcome::kNotStarted;
  if (chatwoot::is_fatal(error) && !stopped) finding.fatal = finding.error;
  return finding;
}

ActionOutcome gone(const std::string& what, const std::string& address) {
  return failed(fmt::format("The server has no {}.", what),
                fmt::format("If it was deleted on purpose, "
                            "run `rollcall state rm {}`, and the next apply creates a new one.",
                            address));
}

ActionOutcome created_but(const std::string& what, ActionOutcome settings) {
  settings.created = true;
  if (settings.outcome == plan::Outcome::kNotStarted) {
    settings.outcome = plan::Outcome::kFailed;
    settings.error = {fmt::format("{}, but the run was stopped before its settings were sent.", what),
                      "Run apply again: it sends the rest."};
    return settings;
  }
  if (settings.outcome != plan::Outcome::kFailed) return settings;
  settings.error.message =
      fmt::format("{}, but not all of its settings were set: {}", what, settings.error.message);
  settings.error.hint +=
      fmt::format("{}The next apply sends what is missing.", settings.error.hint.empty() ? "" : " ");
  return settings;
}

ActionOutcome unknown_and_over(Error error) {
  ActionOutcome finding = failed(error);
  finding.outcome = plan::Outcome::kUnknown;
  finding.fatal = std::move(error);
  return finding;
}

}  // namespace rollcall::apply
