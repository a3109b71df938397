#include <algorithm>

#include "plan/plan_builder.hpp"

namespace rollcall::plan {
namespace {

bool names(const model::Exception& exception, const std::vector<std::string>& addresses) {
  return std::any_of(addresses.begin(), addresses.end(),
                     [&](const std::string& address) { return model::covers(exception, address); });
}

/// The removals of the draft that the exception names.
std::vector<ActionIndex> named_by(const model::Exception& exception, const PlanBuilder& draft) {
  std::vector<ActionIndex> actions;
  for (ActionIndex i = 0; i < draft.actions.size(); ++i)
    if (takes_away(draft.actions[i]) && names(exception, addresses_of(draft.actions[i], draft.directory)))
      actions.push_back(i);
  return actions;
}

}  // namespace

bool is_excepted(const PlanBuilder& draft, const std::vector<std::string>& addresses) {
  return std::any_of(draft.exceptions.begin(), draft.exceptions.end(),
                     [&](const model::Exception& exception) { return names(exception, addresses); });
}

void warn_of_idle_exceptions(PlanBuilder& draft) {
  for (const model::Exception& exception : draft.exceptions)
    if (named_by(exception, draft).empty())
      draft.warnings.push_back(
          diagnose(draft.files, Severity::kWarning, "P012", exception.origin,
                   "this entry of `allow` matches no removal of this plan",
                   "correct its addresses, or remove it once what it allowed has been applied"));
}

std::vector<UsedException> used_exceptions(const PlanBuilder& draft) {
  std::vector<UsedException> used;
  for (const model::Exception& exception : draft.exceptions) {
    std::vector<ActionIndex> actions = named_by(exception, draft);
    actions.erase(std::remove_if(actions.begin(), actions.end(),
                                 [&](ActionIndex action) { return draft.actions[action].blocked; }),
                  actions.end());
    if (!actions.empty()) used.push_back({exception, std::move(actions)});
  }
  return used;
}

}  // namespace rollcall::plan
