#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "plan/expiry.hpp"
#include "plan/plan_builder.hpp"
#include "plan/warnings.hpp"

namespace rollcall::plan {
namespace {

using model::AccountRef;
using model::DesiredGrant;
using model::Grant;
using model::ServerId;
using model::UserRef;

using Pair = std::pair<AccountRef, UserRef>;
Pair pair_of(const Grant& grant) {
  return {grant.account, grant.user};
}
Pair pair_of(const DesiredGrant& desired) {
  return pair_of(desired.grant);
}
Pair pair_of(const SeenMember& member) {
  return {member.account, member.user};
}

/// Steps through a sorted vector beside a merge: look-ups come in rising order.
template <class T>
class Cursor {
 public:
  explicit Cursor(const std::vector<T>& items) : at_(items.begin()), end_(items.end()) {}
  const T* find(Pair wanted) {
    while (at_ != end_ && pair_of(*at_) < wanted) ++at_;
    return at_ != end_ && pair_of(*at_) == wanted ? &*at_ : nullptr;
  }

 private:
  typename std::vector<T>::const_iterator at_, end_;
};

class GrantPlanner {
 public:
  explicit GrantPlanner(PlanBuilder& draft)
      : draft_(draft),
        expired_(draft.desired.expired),
        expired_agents_(draft.desired.expired_agents),
        seen_(draft.unlisted) {}

  void added(const DesiredGrant& desired) {
    if (!is_open(desired.grant)) return;
    const SeenMember* member = seen_.find(pair_of(desired));
    GrantAction object = grant_action(desired.grant, desired.cause);
    object.after = desired.grant.role;
    if (member != nullptr) {
      object.before = member->role;
      object.user_id = member->user_id;
      object.unlisted = true;
    }
    const bool lowers = object.before && *object.after < *object.before;
    // Who has the role already only becomes managed.
    const Verb verb = !object.before                    ? Verb::kGrant
                      : *object.before == *object.after ? Verb::kBind
                                                        : Verb::kChangeRole;
    add(verb, lowers ? Phase::kRevocations : Phase::kGrants,
        lowers ? ReasonCode::kRuleLowers : ReasonCode::kRuleGives, object);
  }

  void kept(const DesiredGrant& desired, const Grant& recorded) {
    if (desired.grant.role == recorded.role || !is_open(recorded)) return;
    GrantAction object = grant_action(desired.grant, desired.cause);
    object.before = recorded.role;
    object.after = desired.grant.role;
    if (recorded.role < desired.grant.role) {
      add(Verb::kChangeRole, Phase::kGrants, ReasonCode::kRuleRaises, object);
      return;
    }
    if (is_raised(recorded)) {
      add(Verb::kChangeRole, Phase::kRevocations, ReasonCode::kRaisedOnServer, object);
      return;
    }
    const DesiredGrant* expired = expiry_of(recorded);
    if (expired != nullptr) set_expiry(object, *expired);
    add(Verb::kChangeRole, Phase::kRevocations,
        expired != nullptr ? ReasonCode::kExpired : ReasonCode::kRuleLowers, object);
  }

  void gone(const Grant& recorded) {
    if (!is_open(recorded)) return;
    const DesiredGrant* expired = expiry_of(recorded);
    GrantAction object = grant_action(recorded, 0);
    if (expired != nullptr) set_expiry(object, *expired);
    object.before = recorded.role;
    const bool left = draft_.standing(recorded.user) != Lifecycle::kDesired;
    add(Verb::kRevoke, Phase::kRevocations,
        left                 ? ReasonCode::kUserLeft
        : expired != nullptr ? ReasonCode::kExpired
                             : ReasonCode::kNoRule,
        object);
  }

  /// A member whom the roster did not put there. `expired`: the grant that gave the access until it ended;
  /// nullptr where there was none.
  void revoke_unlisted(const SeenMember& member, const DesiredGrant* expired) {
    const Grant pair{member.account, member.user, {}};
    if (!is_open(pair)) return;
    GrantAction object = grant_action(pair, 0);
    if (expired != nullptr) set_expiry(object, *expired);
    object.user_id = member.user_id;
    object.before = member.role;
    object.unlisted = true;
    add(Verb::kRevoke, Phase::kRevocations,
        expired != nullptr ? ReasonCode::kExpired : ReasonCode::kUnlistedMember, object);
  }

 private:
  /// Grants of accounts that leave, left or are missing stay as they are, and so do those of missing users.
  [[nodiscard]] bool is_open(const Grant& grant) const {
    return draft_.standing(grant.account) == Lifecycle::kDesired &&
           draft_.standing(grant.user) != Lifecycle::kMissing;
  }

  /// The expired grant without whose expiry the recorded role would stand: the one that gave just that role,
  /// or else a higher one.
  const DesiredGrant* expiry_of(const Grant& recorded) {
    const DesiredGrant* agent = expired_agents_.find(pair_of(recorded));
    if (agent != nullptr && agent->grant.role == recorded.role) return agent;
    const DesiredGrant* expired = expired_.find(pair_of(recorded));
    return expired != nullptr && expired->grant.role >= recorded.role ? expired : nullptr;
  }

  /// The access ended with the last of its rules, or earlier with the user's own last day.
  void set_expiry(GrantAction& object, const DesiredGrant& expired) const {
    object.cause = expired.cause;
    object.ended = last_day(draft_.desired, expired);
  }

  /// Whether the recorded role is one that the server was just found to have.
  [[nodiscard]] bool is_raised(const Grant& recorded) const {
    return std::binary_search(draft_.options.raised.begin(), draft_.options.raised.end(), recorded);
  }

  [[nodiscard]] GrantAction grant_action(const Grant& pair, model::CauseId cause) const {
    GrantAction object{pair.account, pair.user, {}, {}, {}, false, cause};
    if (const model::RecordedUser* user = model::find(draft_.recorded, pair.user)) object.user_id = user->id;
    return object;
  }

  void add(Verb verb, Phase phase, ReasonCode reason, const GrantAction& object) {
    Action action;
    action.verb = verb;
    action.phase = phase;
    action.reason = reason;
    action.object = object;
    draft_.actions.push_back(std::move(action));
  }

  PlanBuilder& draft_;
  Cursor<DesiredGrant> expired_;
  Cursor<DesiredGrant> expired_agents_;
  Cursor<SeenMember> seen_;
};

bool revokes_unlisted(const PlanBuilder& draft, AccountRef account) {
  const model::DesiredAccount* wanted = model::find(draft.desired, account);
  return wanted != nullptr && wanted->unlisted_members == model::UnlistedMembers::kRevoke;
}

/// Why a member of this account whose address could not be read might be a user who is wanted there; nothing
/// where all of those are known by their ids, so that such a member is none of them.
std::optional<std::string> may_be_wanted(const PlanBuilder& draft, AccountRef account) {
  std::vector<std::string> who;
  for (const std::string& email : draft.options.guardrails.protected_users) {
    const auto user = draft.directory.users.find(email);
    if (!user || model::find(draft.recorded, *user) == nullptr)
      who.push_back(email + ", who is protected and has no recorded id");
  }
  const auto look_at = [&](UserRef ref) {
    const model::RecordedUser* user = model::find(draft.recorded, ref);
    if (user == nullptr)
      who.push_back(draft.directory.key(ref) + ", whom the roster lists there and who has no recorded id");
    else if (user->missing_since)
      who.push_back(draft.directory.key(ref) + ", who is marked missing");
  };
  for (const DesiredGrant& grant : model::grants_of(draft.desired, account)) look_at(grant.grant.user);
  for (const Grant& grant : model::grants_of(draft.recorded, account)) look_at(grant.user);
  // References have no order that means anything.
  const auto first = std::min_element(who.begin(), who.end());
  return first == who.end() ? std::nullopt : std::optional(*first);
}

/// Members whose addresses could not be read are acted on by their ids alone, and only where they must go.
void find_unreadable(PlanBuilder& draft, const model::DesiredAccount& account,
                     const std::vector<const model::UnlistedMember*>& members) {
  if (members.empty() || !revokes_unlisted(draft, account.ref)) return;
  if (const auto who = may_be_wanted(draft, account.ref)) {
    std::vector<ServerId> ids;
    for (const model::UnlistedMember* member : members) ids.push_back(member->user_id);
    draft.warnings.push_back(
        warn_unreadable_members(draft.directory.key(account.ref), ids, *who, account.origin, draft.files));
    return;
  }
  for (const model::UnlistedMember* member : members)
    draft.unlisted.push_back({account.ref, draft.directory.users.intern(fmt::format("#{}", member->user_id)),
                              member->user_id, member->role});
}

}  // namespace

void find_unlisted(PlanBuilder& draft) {
  std::vector<std::pair<ServerId, UserRef>> by_id;
  for (const model::DesiredAccount& wanted : draft.desired.accounts) {
    if (draft.standing(wanted.ref) != Lifecycle::kDesired) continue;
    std::vector<const model::UnlistedMember*> unreadable;
    for (const model::UnlistedMember& member : unlisted_members(draft, wanted.ref)) {
      if (by_id.empty()) {
        for (const model::RecordedUser& user : draft.recorded.users) by_id.emplace_back(user.id, user.ref);
        std::sort(by_id.begin(), by_id.end());
      }
      const auto at = std::lower_bound(by_id.begin(), by_id.end(), std::pair(member.user_id, UserRef{}));
      std::optional<UserRef> user;
      if (at != by_id.end() && at->first == member.user_id)
        user = at->second;
      else if (member.email)
        user = draft.directory.users.intern(*member.email);
      if (user)
        draft.unlisted.push_back({wanted.ref, *user, member.user_id, member.role});
      else
        unreadable.push_back(&member);
    }
    find_unreadable(draft, wanted, unreadable);
  }
  std::sort(draft.unlisted.begin(), draft.unlisted.end(), [](const SeenMember& a, const SeenMember& b) {
    return std::tie(a.account, a.user, a.user_id) < std::tie(b.account, b.user, b.user_id);
  });
}

void plan_grants(PlanBuilder& draft) {
  GrantPlanner planner(draft);
  model::merge_sorted(
      draft.desired.grants, [](const DesiredGrant& desired) { return pair_of(desired); },
      draft.recorded.grants, [](const Grant& recorded) { return pair_of(recorded); },
      [&](const DesiredGrant& desired) { planner.added(desired); },
      [&](const DesiredGrant& desired, const Grant& recorded) { planner.kept(desired, recorded); },
      [&](const Grant& recorded) { planner.gone(recorded); });
  Cursor<DesiredGrant> desired(draft.desired.grants);
  Cursor<Grant> recorded(draft.recorded.grants);
  Cursor<DesiredGrant> expired(draft.desired.expired);
  for (const SeenMember& member : draft.unlisted) {
    const bool listed = desired.find(pair_of(member)) != nullptr || recorded.find(pair_of(member)) != nullptr;
    const DesiredGrant* ended = expired.find(pair_of(member));
    // Access that has ended goes whatever the account says of unlisted members.
    if (!listed && (ended != nullptr || revokes_unlisted(draft, member.account)))
      planner.revoke_unlisted(member, ended);
  }
}

}  // namespace rollcall::plan
