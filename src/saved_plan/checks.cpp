#include "saved_plan/checks.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rollcall::saved_plan {
namespace {

using plan::Verb;

bool is_grant_verb(Verb verb) {
  return verb == Verb::kGrant || verb == Verb::kChangeRole || verb == Verb::kRevoke;
}

bool fits(const plan::Action& action) {
  const auto* grant = std::get_if<plan::GrantAction>(&action.object);
  if (grant == nullptr)
    return !is_grant_verb(action.verb) &&
           (action.verb != Verb::kSuspend || std::holds_alternative<plan::AccountAction>(action.object));
  if (!is_grant_verb(action.verb) && action.verb != Verb::kBind) return false;
  if (grant->after.has_value() != (action.verb != Verb::kRevoke)) return false;
  return action.verb != Verb::kChangeRole || grant->before;
}

template <class T>
bool all_below(const std::vector<T>& numbers, std::size_t bound) {
  return std::all_of(numbers.begin(), numbers.end(), [&](T number) { return number < bound; });
}

std::optional<std::string> wrong_action(const plan::Plan& plan, const model::Directory& directory) {
  for (std::size_t i = 0; i < plan.actions.size(); ++i) {
    const plan::Action& action = plan.actions[i];
    const auto* grant = std::get_if<plan::GrantAction>(&action.object);
    const auto refuse = [&](std::string_view what) {
      return fmt::format("{} of {}", what, plan::address_of(action, directory));
    };
    if (!fits(action)) return refuse("the verb does not fit the rest");
    if (!all_below(action.depends_on, i)) return refuse("`depends_on` names no earlier action");
    if (grant != nullptr && grant->cause >= plan.causes.sets.size())
      return refuse("`rule_set` names none of the sets");
  }
  return std::nullopt;
}

/// What a guardrail has to name for the sentence about it.
bool names_its_subject(const plan::Violation& violation) {
  switch (violation.guardrail) {
    case plan::Guardrail::kMinAdministrators:
    case plan::Guardrail::kProtectedAccount:
      return violation.account.has_value();
    case plan::Guardrail::kProtectedUser:
      return violation.user.has_value();
    case plan::Guardrail::kMaxRemovals:
      break;
  }
  return true;
}

}  // namespace

std::optional<std::string> find_inconsistency(const SavedPlan& saved, const model::Directory& directory) {
  const plan::Plan& plan = saved.plan;
  if (plan.causes.sets.empty()) return "`plan.rule_sets` is empty";
  for (const auto& set : plan.causes.sets)
    if (!all_below(set, plan.causes.rules.size())) return "`plan.rule_sets` names none of the rules";
  if (auto wrong = wrong_action(plan, directory)) return wrong;
  for (const plan::Violation& violation : plan.violations)
    if (!all_below(violation.actions, plan.actions.size()) || !names_its_subject(violation))
      return "`plan.guardrails` names what is not there";
  for (const plan::UsedException& used : plan.exceptions)
    if (!all_below(used.actions, plan.actions.size())) return "`plan.exceptions` names what is not there";
  return std::nullopt;
}

model::RecordedEstate sorted(model::RecordedEstate recorded) {
  model::each_kind([&]<class Kind>(Kind) {
    auto& objects = recorded.of<Kind>();
    std::sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) { return a.ref < b.ref; });
  });
  std::sort(recorded.grants.begin(), recorded.grants.end());
  return recorded;
}

}  // namespace rollcall::saved_plan
