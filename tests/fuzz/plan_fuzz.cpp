#include <algorithm>
#include <string>
#include <utility>

#include "fuzz.hpp"
#include "plan/plan.hpp"
#include "policy/policy.hpp"
#include "roster/roster.hpp"
#include "state/state.hpp"
#include "state/state_change.hpp"

namespace rollcall::fuzz::plan_target {
namespace {

/// No file of a roster holds it, and no state.
constexpr char kBeforeTheState = '\x1e';

struct Input {
  SourceFiles files;
  model::Directory directory;
  model::DesiredEstate desired;
  state::State state;
  plan::Options options;
};

/// Whether there is something to plan: a roster without errors. A state that is refused counts as none.
bool read(std::string_view bytes, Input& input) {
  const std::size_t end = bytes.find(kBeforeTheState);
  const roster::LoadedRoster loaded =
      roster::load({fuzz::files_of(bytes.substr(0, end))}, input.files, input.directory);
  if (has_errors(loaded.diagnostics)) return false;
  input.options.today = *parse_date("2026-01-15");
  input.options.allow_deletes = true;
  input.desired = policy::resolve(loaded.roster, policy::reach_of_rules(loaded.roster, input.directory),
                                  input.directory, input.options.today);
  input.state.lineage = "lineage";
  input.state.server = "https://chat.example.com";
  if (end == bytes.npos) return true;
  if (auto state = state::decode(bytes.substr(end + 1), "state", input.directory))
    input.state = std::move(*state);
  return true;
}

Expected<plan::Plan> make(Input& input) {
  return plan::make_plan(input.desired, input.state.estate, input.directory, input.files, input.options);
}

void require_plan(const plan::Plan& plan, const model::Directory& directory) {
  for (plan::ActionIndex i = 0; i < plan.actions.size(); ++i) {
    const plan::Action& action = plan.actions[i];
    fuzz::require(!plan::address_of(action, directory).empty(), "an action has an address");
    fuzz::require(std::is_sorted(action.depends_on.begin(), action.depends_on.end()) &&
                      (action.depends_on.empty() || action.depends_on.back() < i),
                  "what an action depends on stands before it", plan::address_of(action, directory));
    fuzz::require(i == 0 || plan.actions[i - 1].phase <= action.phase, "actions are sorted by phase");
  }
}

/// The record once every action has succeeded.
void carry_out(const plan::Plan& plan, Input& input) {
  model::ServerId next_id = 1'000'000'000;
  for (const plan::Action& action : plan.actions) {
    state::ServerResult learnt;
    if (action.verb == plan::Verb::kCreate) {
      learnt.id = next_id++;
      learnt.nonce = "nonce";
    }
    const auto facts = state::changes_of(action, learnt, input.state.estate, input.directory);
    input.state.estate = state::fold(std::move(input.state.estate), facts);
  }
  input.state.estate = plan::forget_unmanaged(input.desired, std::move(input.state.estate));
}

}  // namespace

/// The files of a roster, and then a state.
ROLLCALL_FUZZ_TARGET(plan) {
  Input input;
  if (!read(fuzz::text_of(data, size), input)) return 0;
  auto plan = make(input);
  const auto again = make(input);
  fuzz::require(plan.has_value() == again.has_value(), "the same input gives the same plan");
  if (!plan) {
    fuzz::require_error(plan.error());
    fuzz::require(plan.error() == again.error(), "the same input gives the same error");
    return 0;
  }
  fuzz::require(*plan == *again, "the same input gives the same plan");
  require_plan(*plan, input.directory);

  // Members without a readable address are removed once everybody wanted has a recorded id; what waits for
  // that is in the second plan.
  constexpr int kMaxRounds = 3;
  for (int round = 0; round < kMaxRounds && !plan->actions.empty(); ++round) {
    const auto is_blocked = [](const plan::Action& action) { return action.blocked; };
    if (std::any_of(plan->actions.begin(), plan->actions.end(), is_blocked)) return 0;
    carry_out(*plan, input);
    const auto written = state::encode_for_write(input.state, "state", input.directory);
    fuzz::require(written.has_value(), "the record of a plan can be written",
                  written ? "" : written.error().message);
    plan = make(input);
    fuzz::require(plan.has_value(), "a plan can be made after another one", plan ? "" : plan.error().message);
  }
  fuzz::require(plan->actions.empty(), "nothing is left to do once a plan was carried out",
                plan->actions.empty() ? "" : plan::address_of(plan->actions.front(), input.directory));
  return 0;
}

}  // namespace rollcall::fuzz::plan_target
