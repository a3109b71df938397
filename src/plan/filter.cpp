#include <fmt/format.h>

#include <algorithm>
#include <limits>

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
  const auto any = [&](const auto& objects, const auto& address) {
    return std::any_of(objects.begin(), objects.end(),
                       [&](const auto& object) { return matches(pattern, address(object)); });
  };
  const auto account = [&](const auto& object) {
    return model::account_address(directory.key(object.account));
  };
  const auto user = [&](const auto& object) { return model::user_address(directory.key(object.user)); };
  const auto bot = [&](const auto& object) { return model::bot_address(directory.key(object.bot)); };
  const auto grant = [&](const model::Grant& object) {
    return model::grant_address(directory.key(object.account), directory.key(object.user));
  };
  const auto unlisted = [&](const model::RecordedAccount& object) {
    const std::string& key = directory.key(object.account);
    return std::any_of(object.unlisted.begin(), object.unlisted.end(), [&](const auto& member) {
      return matches(pattern, model::grant_address(key, fmt::format("#{}", member.user_id))) ||
             (member.email && matches(pattern, model::grant_address(key, *member.email)));
    });
  };
  return any(draft.desired.accounts, account) || any(draft.recorded.accounts, account) ||
         any(draft.desired.users, user) || any(draft.recorded.users, user) || any(draft.desired.bots, bot) ||
         any(draft.recorded.bots, bot) || any(draft.recorded.grants, grant) ||
         std::any_of(draft.recorded.accounts.begin(), draft.recorded.accounts.end(), unlisted) ||
         any(draft.desired.grants, [&](const model::DesiredGrant& object) { return grant(object.grant); });
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
          "Write accounts.KEY, users.EMAIL, agent_bots.KEY or grants.KEY/EMAIL; `*` stands for "
          "anything but /.");
  return {};
}

}  // namespace

std::vector<std::string> addresses_of(const Action& action, const model::Directory& directory) {
  std::vector<std::string> addresses{address_of(action, directory)};
  if (const auto* account = std::get_if<AccountAction>(&action.object)) {
    if (account->moved_from) addresses.push_back(model::account_address(directory.key(*account->moved_from)));
  } else if (const auto* user = std::get_if<UserAction>(&action.object)) {
    if (user->moved_from) addresses.push_back(model::user_address(directory.key(*user->moved_from)));
  } else if (const auto* bot = std::get_if<BotAction>(&action.object)) {
    if (bot->moved_from) addresses.push_back(model::bot_address(directory.key(*bot->moved_from)));
  } else if (const auto& grant = std::get<GrantAction>(action.object); grant.unlisted && grant.user_id) {
    addresses.push_back(
        model::grant_address(directory.key(grant.account), fmt::format("#{}", *grant.user_id)));
  }
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
