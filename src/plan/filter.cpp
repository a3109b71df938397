#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/pattern.hpp"
#include "base/text.hpp"
#include "plan/plan_builder.hpp"

namespace rollcall::plan {
namespace {

bool matches(const std::string& pattern, const std::string& address) {
  return glob_match(pattern, address, '/');
}

/// Whether the pattern names anything at all, so that an object without changes is no slip of the finger.
bool names_something(const std::string& pattern, const PlanBuilder& draft) {
  const model::Directory& directory = draft.directory;
  const auto in = [&](const auto& objects) {
    return std::any_of(objects.begin(), objects.end(), [&](const auto& object) {
      return matches(pattern, model::address_of(object.ref, directory));
    });
  };
  bool found = false;
  model::each_kind([&]<class Kind>(Kind) {
    found = found || in(draft.desired.of<Kind>()) || in(draft.recorded.of<Kind>());
  });
  const auto grant = [&](const model::Grant& object) {
    return matches(pattern, model::address_of(object.account, object.user, directory));
  };
  const auto unlisted = [&](const model::RecordedAccount& object) {
    const std::string& key = directory.key(object.ref);
    return std::any_of(object.unlisted.begin(), object.unlisted.end(), [&](const auto& member) {
      return matches(pattern, model::grant_address(key, fmt::format("#{}", member.user_id))) ||
             (member.email && matches(pattern, model::grant_address(key, *member.email)));
    });
  };
  const auto& wanted = draft.desired.grants;
  return found || std::any_of(draft.recorded.accounts.begin(), draft.recorded.accounts.end(), unlisted) ||
         std::any_of(draft.recorded.grants.begin(), draft.recorded.grants.end(), grant) ||
         std::any_of(wanted.begin(), wanted.end(),
                     [&](const model::DesiredGrant& object) { return grant(object.grant); });
}

Expected<void> choose(PlanBuilder& draft, std::vector<bool>& chosen) {
  // Addresses hold no capitals, whatever the roster and the command line write.
  std::vector<std::string> patterns;
  for (const std::string& pattern : draft.options.only) patterns.push_back(to_lower(pattern));
  std::vector<bool> used(patterns.size(), false);
  std::erase_if(draft.missing, [&](const MissingObject& object) {
    return std::none_of(patterns.begin(), patterns.end(),
                        [&](const std::string& pattern) { return matches(pattern, object.address); });
  });
  for (std::size_t i = 0; i < draft.actions.size(); ++i) {
    bool matched = false;
    for (const std::string& address : addresses_of(draft.actions[i], draft.directory))
      for (std::size_t p = 0; p < patterns.size(); ++p)
        if (matches(patterns[p], address)) matched = used[p] = true;
    chosen[i] = chosen[i] && matched;
  }
  for (std::size_t p = 0; p < patterns.size(); ++p)
    if (!used[p] && !names_something(patterns[p], draft))
      return fail(
          fmt::format("`--only {}` matches nothing in the roster or the state.", draft.options.only[p]),
          "Write accounts.KEY, users.EMAIL, agent_bots.KEY or grants.KEY/EMAIL; "
          "`*` stands for anything but /.");
  return {};
}

}  // namespace

std::vector<std::string> addresses_of(const Action& action, const model::Directory& directory) {
  std::vector<std::string> addresses{address_of(action, directory)};
  visit_object(action, [&](const auto& object) {
    if (object.moved_from) addresses.push_back(model::address_of(*object.moved_from, directory));
  });
  if (const auto* grant = std::get_if<GrantAction>(&action.object);
      grant != nullptr && grant->unlisted && grant->user_id)
    addresses.push_back(
        model::grant_address(directory.key(grant->account), fmt::format("#{}", *grant->user_id)));
  return addresses;
}

std::vector<ActionIndex> keep_only(std::vector<Action>& actions, const std::vector<bool>& chosen) {
  std::vector<ActionIndex> place(actions.size(), std::numeric_limits<ActionIndex>::max());
  std::vector<Action> kept;
  for (std::size_t i = 0; i < actions.size(); ++i) {
    if (!chosen[i]) continue;
    place[i] = static_cast<ActionIndex>(kept.size());
    kept.push_back(std::move(actions[i]));
    for (ActionIndex& needed : kept.back().depends_on) needed = place[needed];
  }
  actions = std::move(kept);
  return place;
}

void choose_needs(const std::vector<Action>& actions, std::vector<bool>& chosen) {
  // Needs point backwards, so one walk from the end brings everything that is needed.
  for (std::size_t i = chosen.size(); i-- > 0;)
    if (chosen[i])
      for (const ActionIndex needed : actions[i].depends_on) chosen[needed] = true;
}

Expected<void> filter_actions(PlanBuilder& draft) {
  if (draft.options.only.empty() && !draft.options.only_expired) return {};
  std::vector<bool> chosen(draft.actions.size(), true);
  if (draft.options.only_expired)
    for (std::size_t i = 0; i < chosen.size(); ++i)
      chosen[i] = draft.actions[i].reason == ReasonCode::kExpired;
  if (!draft.options.only.empty())
    if (auto done = choose(draft, chosen); !done) return done;
  choose_needs(draft.actions, chosen);
  keep_only(draft.actions, chosen);
  return {};
}

}  // namespace rollcall::plan
