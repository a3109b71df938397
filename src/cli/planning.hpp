#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/connection.hpp"
#include "cli/recorded_state.hpp"
#include "cli/session.hpp"
#include "model/guardrails.hpp"
#include "plan/drift.hpp"
#include "plan/plan.hpp"
#include "report/report.hpp"

namespace rollcall::cli {

/// What plan and apply share.
struct PlanningOptions {
  std::vector<std::string> only;
  bool only_expired = false;
  bool refresh = false;
  bool allow_deletes = false;
  bool full = false;
  std::optional<model::MaxRemovals> max_removals;
  /// apply only: patterns over what is gone from the server and is to be created again.
  std::vector<std::string> recreate;
  /// Whether the digest of the stored state is asked for, as a saved plan has it.
  bool with_state_digest = false;
  /// Whether the requests of each action are asked for.
  bool with_requests = false;
};

void declare_planning_options(OptionSet& set, PlanningOptions& options);

/// A plan with what it was made from.
struct Planned {
  model::DesiredEstate desired;
  RecordedState recorded;
  /// What the store holds. The estate of `recorded` may say more by now: what the server said under
  /// --refresh, what is to be created again.
  state::State stored{};
  /// Under --refresh: whether the server said something else than the record.
  bool refreshed = false;
  plan::Plan plan;
  /// Under --refresh: what shows that the state is old, or that there are two.
  std::vector<plan::DriftItem> stale{};
};

/// Whether to go on with the state that was opened.
using AcceptState = std::function<Expected<void>(const RecordedState& recorded)>;

/// What plan and apply do before they part: reads roster, state and (under --refresh, through `connection`)
/// the server, and makes the plan, with the roster's warnings among its own. A writing command looks up first
/// what earlier runs left unresolved. `accept` is asked before anything is sent, where it is there. Nothing:
/// reported.
std::optional<Planned> make_plan(Session& session, const PlanningOptions& options,
                                 const Connection* connection,
                                 const std::optional<std::string>& writing_command,
                                 const AcceptState& accept = nullptr);

/// What a plan ends with that guardrails refuse, in whole or in part; nothing where none does. `consequence`
/// says what became of the server; may be empty.
std::optional<Error> refusal(const plan::Plan& plan, const std::string& consequence);

/// What a plan ends with whose record could not be brought up to date; nothing where all was read.
std::optional<Error> incomplete(const plan::Plan& plan);

/// What an apply leaves undone, for a user to decide: objects that are gone from the server, sign-in
/// addresses that were changed there. Nothing where there is none.
std::optional<Error> left_by_apply(const plan::Plan& plan);

report::Context context_of(const Session& session);

/// What a comparison of the state with the server needs besides.
plan::DriftContext drift_context(const Session& session, const state::State& state);

/// Objects of the server that show that the state is old, or that there are two.
Error stale_state(const std::vector<plan::DriftItem>& items, std::string_view consequence);

}  // namespace rollcall::cli
