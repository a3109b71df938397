#include "report/access_by_user.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "report/access_rows.hpp"
#include "report/words.hpp"

namespace rollcall::report {
namespace {

using model::Role;
using plan::ActionIndex;

/// What a grant means for its user.
enum class Effect : std::uint8_t {
  kBecomesAdministrator,
  kBecomesAgent,
  kLowered,
  kLosesAdministrator,
  kLosesAgent,
  kRemoved,
  kManaged,
};

constexpr std::array<std::string_view, 7> kEffects = {
    "becomes administrator of", "becomes agent of", "becomes agent instead of administrator in",
    "loses administrator in",   "loses agent in",   "is removed from",
    "is managed from now on in"};

Effect effect_of(const plan::GrantAction& grant) {
  if (!grant.after) {
    if (!grant.before) return Effect::kRemoved;
    return grant.before == Role::kAdministrator ? Effect::kLosesAdministrator : Effect::kLosesAgent;
  }
  if (grant.before == grant.after) return Effect::kManaged;
  if (grant.after == Role::kAdministrator) return Effect::kBecomesAdministrator;
  return grant.before ? Effect::kLowered : Effect::kBecomesAgent;
}

/// "becomes administrator of 3 accounts; loses agent in support-emea".
std::string summary_of(const plan::Plan& plan, const std::vector<ActionIndex>& grants,
                       const Context& context) {
  std::array<std::vector<ActionIndex>, kEffects.size()> effects;
  for (const ActionIndex index : grants)
    effects.at(static_cast<std::size_t>(effect_of(grant_of(plan, index)))).push_back(index);
  std::vector<std::string> parts;
  for (std::size_t effect = 0; effect < effects.size(); ++effect) {
    const std::vector<ActionIndex>& of = effects.at(effect);
    if (of.empty()) continue;
    const std::string where = of.size() == 1 ? context.directory.key(grant_of(plan, of.front()).account)
                                             : with_thousands(of.size()) + " accounts";
    parts.push_back(fmt::format("{} {}", kEffects.at(effect), where));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

/// The names that the plan gives to the users whom it touches.
std::map<model::UserRef, std::string> names_given(const plan::Plan& plan) {
  std::map<model::UserRef, std::string> names;
  for (const plan::Action& action : plan.actions) {
    const auto* user = std::get_if<plan::UserAction>(&action.object);
    const auto* name = user == nullptr ? nullptr : user->settings.wanted.find(model::Field::kName);
    if (name != nullptr && name->text() != nullptr) names[user->ref] = *name->text();
  }
  return names;
}

/// "Ana Silva (ana@example.com)"; the address alone where no name is known.
std::string heading_of(model::UserRef user, const std::map<model::UserRef, std::string>& given,
                       const model::RecordedEstate& recorded, const Context& context) {
  std::string name;
  if (const auto found = given.find(user); found != given.end()) {
    name = found->second;
  } else if (const auto* known = model::find(recorded, user); known != nullptr) {
    if (const model::Value* value = known->settings.find(model::Field::kName); value != nullptr)
      name = value->text() == nullptr ? name : *value->text();
  }
  const std::string& address = context.directory.key(user);
  return name.empty() ? address : fmt::format("{} ({})", shown_value(name), address);
}

}  // namespace

Section access_by_user(const plan::Plan& plan, const model::RecordedEstate& recorded, const Context& context,
                       bool full) {
  std::vector<ActionIndex> grants;
  for (ActionIndex i = 0; i < plan.actions.size(); ++i)
    if (std::holds_alternative<plan::GrantAction>(plan.actions[i].object)) grants.push_back(i);
  const auto key = [&](ActionIndex index) {
    const plan::GrantAction& grant = grant_of(plan, index);
    return std::make_tuple(std::string_view(context.directory.key(grant.user)),
                           std::string_view(context.directory.key(grant.account)), index);
  };
  std::sort(grants.begin(), grants.end(), [&](ActionIndex a, ActionIndex b) { return key(a) < key(b); });
  const std::map<model::UserRef, std::string> given = names_given(plan);
  Section access;
  access.heading = "Access by user";
  for (auto first = grants.begin(); first != grants.end();) {
    const model::UserRef user = grant_of(plan, *first).user;
    const auto last =
        std::find_if(first, grants.end(), [&](ActionIndex i) { return grant_of(plan, i).user != user; });
    const std::vector<ActionIndex> of_user(first, last);
    Section section;
    section.heading = heading_of(user, given, recorded, context);
    section.summary = summary_of(plan, of_user, context);
    for (const ActionIndex index : of_user) {
      section.rows.push_back(grant_row(plan, index, context, full));
      section.rows.back().subject = context.directory.key(grant_of(plan, index).account);
    }
    access.sections.push_back(std::move(section));
    first = last;
  }
  return access;
}

}  // namespace rollcall::report
