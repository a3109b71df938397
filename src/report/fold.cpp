#include "report/fold.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "report/words.hpp"

namespace rollcall::report {
namespace {

using plan::ActionIndex;

// A screen or so of lines is read faster than it is folded.
constexpr std::size_t kGrantsShownUnfolded = 40;
// What one rule does to more than this many is one line.
constexpr std::size_t kBundleFrom = 10;
// A user who loses more than this many roles for one reason is one line, in a plan of any size.
constexpr std::size_t kRolesLostShown = 10;
// More lines than this for one rule become a single one, unless a user loses access by it.
constexpr std::size_t kLinesOfOneRule = 20;

auto kind_of(const plan::Plan& plan, ActionIndex index) {
  const plan::Action& action = plan.actions[index];
  const plan::GrantAction& grant = grant_of(plan, index);
  return std::make_tuple(action.verb, action.reason, grant.before, grant.after, grant.unlisted, grant.cause);
}

std::size_t count_different(std::vector<std::uint32_t> refs) {
  std::sort(refs.begin(), refs.end());
  return static_cast<std::size_t>(std::unique(refs.begin(), refs.end()) - refs.begin());
}

Bundle bundle_of(const plan::Plan& plan, std::vector<ActionIndex> actions) {
  std::vector<std::uint32_t> accounts;
  std::vector<std::uint32_t> users;
  for (const ActionIndex action : actions) {
    accounts.push_back(static_cast<std::uint32_t>(grant_of(plan, action).account));
    users.push_back(static_cast<std::uint32_t>(grant_of(plan, action).user));
  }
  return {std::move(actions), count_different(std::move(accounts)), count_different(std::move(users))};
}

/// Runs of neighbours that are equal under `key`, each in the plan's order.
template <class Key>
std::vector<std::vector<ActionIndex>> groups_of(std::vector<ActionIndex> actions, const Key& key) {
  std::stable_sort(actions.begin(), actions.end(),
                   [&](ActionIndex a, ActionIndex b) { return key(a) < key(b); });
  std::vector<std::vector<ActionIndex>> groups;
  for (const ActionIndex action : actions) {
    if (groups.empty() || key(groups.back().front()) != key(action)) groups.emplace_back();
    groups.back().push_back(action);
  }
  return groups;
}

void sort_by_address(std::vector<ActionIndex>& actions, const plan::Plan& plan,
                     const model::Directory& directory) {
  std::sort(actions.begin(), actions.end(), [&](ActionIndex a, ActionIndex b) {
    const plan::GrantAction& left = grant_of(plan, a);
    const plan::GrantAction& right = grant_of(plan, b);
    return std::tie(directory.key(left.account), directory.key(left.user), a) <
           std::tie(directory.key(right.account), directory.key(right.user), b);
  });
}

/// Folds the grants of one rule into a line for each user or for each account, whichever are fewer.
void fold_rule(const plan::Plan& plan, std::vector<ActionIndex> actions, FoldedAccess& folded) {
  Bundle all = bundle_of(plan, std::move(actions));
  if (all.actions.size() <= kBundleFrom) {
    folded.single.insert(folded.single.end(), all.actions.begin(), all.actions.end());
    return;
  }
  const std::size_t lines = std::min(all.users, all.accounts);
  if (lines > kLinesOfOneRule && !plan::takes_away(plan.actions[all.actions.front()])) {
    folded.bundles.push_back(std::move(all));
    return;
  }
  const bool users = all.users <= all.accounts;
  const auto key = [&](ActionIndex action) {
    const plan::GrantAction& grant = grant_of(plan, action);
    return users ? static_cast<std::uint32_t>(grant.user) : static_cast<std::uint32_t>(grant.account);
  };
  for (std::vector<ActionIndex>& group : groups_of(std::move(all.actions), key)) {
    if (group.size() == 1)
      folded.single.push_back(group.front());
    else
      folded.bundles.push_back(bundle_of(plan, std::move(group)));
  }
}

/// Takes the users who lose many roles for one reason out of `grants`.
void fold_leavers(const plan::Plan& plan, std::vector<ActionIndex>& grants, FoldedAccess& folded) {
  std::vector<ActionIndex> removals;
  std::vector<ActionIndex> others;
  for (const ActionIndex grant : grants)
    (plan::takes_away(plan.actions[grant]) ? removals : others).push_back(grant);
  const auto key = [&](ActionIndex action) {
    return std::make_tuple(grant_of(plan, action).user, kind_of(plan, action));
  };
  for (std::vector<ActionIndex>& group : groups_of(std::move(removals), key)) {
    if (group.size() > kRolesLostShown)
      folded.bundles.push_back(bundle_of(plan, std::move(group)));
    else
      others.insert(others.end(), group.begin(), group.end());
  }
  std::sort(others.begin(), others.end());
  grants = std::move(others);
}

}  // namespace

FoldedAccess fold_access(const plan::Plan& plan, const model::Directory& directory, bool full) {
  FoldedAccess folded;
  std::vector<ActionIndex> grants;
  for (ActionIndex i = 0; i < plan.actions.size(); ++i)
    if (std::holds_alternative<plan::GrantAction>(plan.actions[i].object)) grants.push_back(i);
  if (!full) fold_leavers(plan, grants, folded);
  if (full || grants.size() <= kGrantsShownUnfolded) {
    folded.single = std::move(grants);
  } else {
    const auto key = [&](ActionIndex action) { return kind_of(plan, action); };
    for (std::vector<ActionIndex>& group : groups_of(std::move(grants), key))
      fold_rule(plan, std::move(group), folded);
  }
  sort_by_address(folded.single, plan, directory);
  // Numbers of references and rules mean nothing to a reader: the order is that of the plan.
  std::sort(folded.bundles.begin(), folded.bundles.end(),
            [](const Bundle& a, const Bundle& b) { return a.actions.front() < b.actions.front(); });
  return folded;
}

std::vector<Bundle> by_user(const plan::Plan& plan, const std::vector<ActionIndex>& actions,
                            const model::Directory& directory) {
  std::vector<ActionIndex> grants;
  for (const ActionIndex action : actions)
    if (std::holds_alternative<plan::GrantAction>(plan.actions[action].object)) grants.push_back(action);
  const auto key = [&](ActionIndex index) {
    const plan::GrantAction& grant = grant_of(plan, index);
    return std::make_tuple(std::string_view(directory.key(grant.user)), grant.before, grant.after);
  };
  sort_by_address(grants, plan, directory);
  std::vector<Bundle> bundles;
  for (std::vector<ActionIndex>& group : groups_of(std::move(grants), key))
    bundles.push_back(bundle_of(plan, std::move(group)));
  return bundles;
}

}  // namespace rollcall::report
