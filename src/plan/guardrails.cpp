#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "model/sorted.hpp"
#include "plan/plan_builder.hpp"

namespace rollcall::plan {
namespace {

using model::AccountRef;
using model::Role;
using model::UserRef;

constexpr std::uint32_t kAlwaysAllowed = 5;

template <class Text>
bool lists(const std::vector<std::string>& names, const Text& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool takes_administrator(const GrantAction& grant) {
  return grant.before == Role::kAdministrator && grant.after != Role::kAdministrator;
}

class GuardrailChecker {
 public:
  explicit GuardrailChecker(const PlanBuilder& draft)
      : draft_(draft), rails_(draft.options.guardrails), managed_(draft.directory.accounts.size(), 0) {
    for (const model::Grant& grant : draft.recorded.grants) {
      if (draft.standing(grant.account) == Lifecycle::kReleased) continue;
      ++managed_[static_cast<std::size_t>(grant.account)];
      ++managed_total_;
    }
  }

  Judgement judge() {
    for (ActionIndex i = 0; i < draft_.actions.size(); ++i)
      if (!draft_.actions[i].blocked) look_at(i);
    judge_administrators();
    judge_removals();
    const auto key = [&](const Violation& v) {
      return std::tuple(v.guardrail, v.account ? draft_.directory.key(*v.account) : std::string(),
                        v.user ? draft_.directory.key(*v.user) : std::string());
    };
    std::sort(violations_.begin(), violations_.end(),
              [&](const Violation& a, const Violation& b) { return key(a) < key(b); });
    return {std::move(violations_), removed_total_};
  }

 private:
  void look_at(ActionIndex index) {
    const Action& action = draft_.actions[index];
    if (const auto* grant = std::get_if<GrantAction>(&action.object)) {
      grants_[grant->account].push_back(grant);
      if (!takes_away(action)) return;
      remove(index, grant->account, 1);
      if (takes_administrator(*grant)) {
        losses_[grant->account].push_back(index);
        if (protects(grant->account)) protected_accounts_[grant->account].push_back(index);
      }
      if (lists(rails_.protected_users, draft_.directory.key(grant->user)))
        protected_users_[grant->user].push_back(index);
    } else if (const auto* account = std::get_if<AccountAction>(&action.object)) {
      look_at_account(index, action, *account);
    } else if (const auto* user = std::get_if<UserAction>(&action.object)) {
      const UserRef known_as = user->moved_from.value_or(user->ref);
      if ((leaves(action) || user->moved_from) &&
          lists(rails_.protected_users, draft_.directory.key(known_as)))
        protected_users_[known_as].push_back(index);
      if (action.verb == Verb::kDelete) remove(index, std::nullopt, 1);
    } else if (action.verb == Verb::kDelete) {
      remove(index, std::nullopt, 1);
    }
  }

  void look_at_account(ActionIndex index, const Action& action, const AccountAction& account) {
    if ((suspends(action) || leaves(action)) && protects(account.ref))
      protected_accounts_[account.ref].push_back(index);
    if (takes_away(action))
      remove(index, account.ref, std::max<std::uint32_t>(1, managed_[static_cast<std::size_t>(account.ref)]));
  }

  /// A protected account stays protected under the key that a move gives it.
  [[nodiscard]] bool protects(AccountRef account) const {
    if (rails_.protected_accounts.empty()) return false;
    if (lists(rails_.protected_accounts, draft_.directory.key(account))) return true;
    const auto from = moved_from(draft_.moves.accounts, account);
    return from && lists(rails_.protected_accounts, draft_.directory.key(*from));
  }

  void remove(ActionIndex index, std::optional<AccountRef> account, std::uint32_t count) {
    if (!draft_.exceptions.empty() &&
        is_excepted(draft_, addresses_of(draft_.actions[index], draft_.directory)))
      return;
    removed_total_ += count;
    removals_.push_back(index);
    if (!account) return;
    auto& [removed, actions] = removals_by_account_[*account];
    removed += count;
    actions.push_back(index);
  }

  void judge_administrators() {
    for (const auto& [account, actions] : losses_) {
      auto [members, administrators] = count_members(draft_, account);
      const std::uint32_t before = administrators;
      for (const GrantAction* grant : grants_[account]) {
        if (takes_administrator(*grant)) --administrators;
        if (grant->after == Role::kAdministrator && grant->before != Role::kAdministrator) ++administrators;
        if (!grant->after) --members;
        if (!grant->before && !grant->unlisted) ++members;
      }
      if (administrators < before && administrators < rails_.min_administrators && members != 0)
        violations_.push_back(
            {Guardrail::kMinAdministrators, account, {}, administrators, rails_.min_administrators, actions});
    }
    for (const auto& [account, actions] : protected_accounts_)
      violations_.push_back({Guardrail::kProtectedAccount, account, {}, 0, 0, actions});
    for (const auto& [user, actions] : protected_users_)
      violations_.push_back({Guardrail::kProtectedUser, {}, user, 0, 0, actions});
  }

  [[nodiscard]] std::uint32_t allowed(std::uint32_t managed) const {
    if (const auto* number = std::get_if<model::RemovalCount>(&rails_.max_removals)) return number->count;
    const std::uint64_t percent = std::get<model::RemovalPercent>(rails_.max_removals).percent;
    return std::max(kAlwaysAllowed, static_cast<std::uint32_t>(percent * managed / 100));
  }

  void judge_removals() {
    if (removed_total_ > allowed(managed_total_))
      violations_.push_back(
          {Guardrail::kMaxRemovals, {}, {}, removed_total_, allowed(managed_total_), removals_});
    if (std::holds_alternative<model::RemovalCount>(rails_.max_removals)) return;
    for (const auto& [account, removal] : removals_by_account_) {
      const auto& [removed, actions] = removal;
      const std::uint32_t limit = allowed(managed_[static_cast<std::size_t>(account)]);
      if (removed > limit)
        violations_.push_back({Guardrail::kMaxRemovals, account, {}, removed, limit, actions});
    }
  }

  const PlanBuilder& draft_;
  const model::Guardrails& rails_;
  std::vector<std::uint32_t> managed_;
  std::uint32_t managed_total_ = 0;
  std::uint32_t removed_total_ = 0;
  std::vector<ActionIndex> removals_;
  std::map<AccountRef, std::pair<std::uint32_t, std::vector<ActionIndex>>> removals_by_account_;
  std::map<AccountRef, std::vector<const GrantAction*>> grants_;
  std::map<AccountRef, std::vector<ActionIndex>> losses_;
  std::map<AccountRef, std::vector<ActionIndex>> protected_accounts_;
  std::map<UserRef, std::vector<ActionIndex>> protected_users_;
  std::vector<Violation> violations_;
};

/// Blocks the actions that are refused, and what needs them, and drops what nothing else needs. The new
/// numbers of actions by the old ones.
std::vector<ActionIndex> block(PlanBuilder& draft, const std::vector<Violation>& refused) {
  for (const Violation& violation : refused)
    for (const ActionIndex index : violation.actions) draft.actions[index].blocked = true;
  block_what_needs_blocked(draft.actions);
  std::vector<bool> chosen;
  for (Action& action : draft.actions) {
    if (action.blocked) action.depends_on.clear();
    chosen.push_back(action.blocked || action.reason == ReasonCode::kExpired);
  }
  choose_needs(draft.actions, chosen);
  return keep_only(draft.actions, chosen);
}

std::vector<Violation> protecting(const std::vector<Violation>& violations) {
  std::vector<Violation> found;
  std::copy_if(violations.begin(), violations.end(), std::back_inserter(found),
               [](const Violation& violation) { return violation.guardrail != Guardrail::kMaxRemovals; });
  return found;
}

}  // namespace

const std::vector<model::UnlistedMember>& unlisted_members(const PlanBuilder& draft, AccountRef account) {
  static const std::vector<model::UnlistedMember> kNone;
  if (const model::RecordedAccount* recorded = model::find(draft.recorded, account))
    return recorded->unlisted;
  const auto* existing =
      model::find_sorted(draft.options.existing.accounts, account, &Existing::Account::ref);
  return existing == nullptr ? kNone : existing->members;
}

MemberCount count_members(const PlanBuilder& draft, AccountRef account) {
  MemberCount count;
  // A user may be recorded twice, as granted and as seen: one is counted.
  std::set<model::ServerId> managed;
  for (const model::Grant& grant : model::grants_of(draft.recorded, account)) {
    ++count.members;
    if (const auto* user = model::find(draft.recorded, grant.user)) managed.insert(user->id);
    if (grant.role == Role::kAdministrator) ++count.administrators;
  }
  for (const model::UnlistedMember& member : unlisted_members(draft, account)) {
    if (managed.contains(member.user_id)) continue;
    ++count.members;
    if (member.role == Role::kAdministrator) ++count.administrators;
  }
  return count;
}

Judgement check_guardrails(PlanBuilder& draft) {
  if (draft.actions.empty()) return {};
  Judgement judgement = GuardrailChecker(draft).judge();
  if (!draft.options.only_expired) return judgement;
  // What one of them leaves out may be what another one had counted on: a member who stays needs an
  // administrator.
  std::vector<Violation> withheld;
  for (auto refused = protecting(judgement.violations); !refused.empty();
       refused = protecting(judgement.violations)) {
    withheld.insert(withheld.end(), refused.begin(), refused.end());
    const std::vector<ActionIndex> place = block(draft, refused);
    for (Violation& violation : withheld) {
      violation.withheld = true;
      for (ActionIndex& index : violation.actions) index = place[index];
    }
    judgement = GuardrailChecker(draft).judge();
  }
  judgement.violations.insert(judgement.violations.begin(), withheld.begin(), withheld.end());
  return judgement;
}

}  // namespace rollcall::plan
