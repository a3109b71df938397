#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/text.hpp"
#include "saved_plan/saved_plan.hpp"

namespace rollcall::saved_plan {
namespace {

using plan::Verb;

/// Whether what is found would leave the object as the saved action does. A creation that was cut short goes
/// on as an update.
template <class Kind>
bool leads_to_the_same(const plan::Action& saved_action, const plan::Action& found_action,
                       const plan::ObjectAction<Kind>& found) {
  const auto* saved = std::get_if<plan::ObjectAction<Kind>>(&saved_action.object);
  if (saved == nullptr) return false;
  const bool goes_on = found_action.verb == Verb::kUpdate && !found.moved_from &&
                       (saved_action.verb == Verb::kCreate || saved_action.verb == Verb::kBind);
  if (saved_action.verb != found_action.verb && !goes_on) return false;
  if (saved_action.verb == found_action.verb &&
      (saved->id != found.id || saved->moved_from != found.moved_from))
    return false;
  return saved->settings.wanted == found.settings.wanted &&
         saved->settings.on_remove == found.settings.on_remove;
}

bool leads_to_the_same(const plan::Action& saved_action, const plan::Action& /*found_action*/,
                       const plan::GrantAction& found) {
  const auto* saved = std::get_if<plan::GrantAction>(&saved_action.object);
  return saved != nullptr && saved->after == found.after;
}

}  // namespace

Expected<void> require_rest(const plan::Plan& saved, const plan::Plan& found,
                            const model::Directory& directory) {
  std::unordered_map<std::string, const plan::Action*> planned;
  for (const plan::Action& action : saved.actions)
    if (!action.blocked) planned.emplace(plan::address_of(action, directory), &action);
  std::vector<std::string> others;
  for (const plan::Action& action : found.actions) {
    if (action.blocked) continue;
    std::string address = plan::address_of(action, directory);
    const auto known = planned.find(address);
    const bool same =
        known != planned.end() &&
        std::visit([&](const auto& object) { return leads_to_the_same(*known->second, action, object); },
                   action.object);
    if (!same) others.push_back(fmt::format("{} ({})", address, plan::to_string(action.verb)));
  }
  if (others.empty()) return {};
  return fail(
      fmt::format("What is left to do is not all in the saved plan: {}.", first_and_more(std::move(others))),
      "Something else has changed since. Make and review a new plan: `rollcall plan --out FILE`.");
}

}  // namespace rollcall::saved_plan
