#include <algorithm>
#include <utility>
#include <vector>

#include "plan/drift_parts.hpp"
#include "plan/expiry.hpp"

namespace rollcall::plan {
namespace {

using model::DesiredAccount;
using model::DesiredGrant;
using model::UserRef;

Side side_of(const std::optional<Membership>& membership) {
  return membership ? Side(Fact(*membership)) : std::nullopt;
}

/// The rule to look at first.
Origin origin_of(const Comparison& all, const DesiredGrant& grant) {
  const auto& rules = all.desired.causes.sets[grant.cause];
  return rules.empty() ? Origin{} : all.desired.causes.rules[rules.front()].origin;
}

/// All that is known of one user in one account.
struct Views {
  std::optional<Membership> wanted, recorded, live;
  /// The role that a passed `until` would give.
  std::optional<model::Role> expired;
  Origin origin;
  Origin expired_origin;
  std::optional<Date> ended;
};

bool is_administrator(const std::optional<Membership>& membership) {
  return membership && *membership == model::Role::kAdministrator;
}

bool in_roster(const Comparison& all, UserRef user) {
  return model::find(all.desired, user) != nullptr;
}

/// Whether a rule that ended gave the role that a rule that is left lowers.
bool has_expired(const Views& views) {
  return views.expired && views.wanted && views.live && views.recorded == views.live &&
         **views.wanted < *views.expired && is_administrator(views.live);
}

SecondLook look_of(const Comparison& all, UserRef user, Verdict verdict, const Views& views) {
  const bool administrator = is_administrator(views.live);
  switch (verdict) {
    case Verdict::kExpired:
      return SecondLook::kExpired;
    case Verdict::kUnlisted:
      return administrator ? SecondLook::kUnlistedAdministrator : SecondLook::kNone;
    case Verdict::kChanged:
    case Verdict::kConflict:
      if (administrator && !is_administrator(views.wanted)) return SecondLook::kRaisedRole;
      break;
    case Verdict::kPending:
      if (has_expired(views)) return SecondLook::kExpired;
      break;
    default:
      return SecondLook::kNone;
  }
  if (views.wanted || !views.live) return SecondLook::kNone;
  return in_roster(all, user) ? SecondLook::kEndsAccess : SecondLook::kLeaver;
}

Weight weight_of(Verdict verdict, const Views& views, model::UnlistedMembers policy) {
  if (verdict == Verdict::kUnlisted) {
    if (policy == model::UnlistedMembers::kKeep) return Weight::kKept;
    return policy == model::UnlistedMembers::kRevoke ? Weight::kEndsAccess : Weight::kPlain;
  }
  const bool ends = verdict == Verdict::kPending && views.live && (!views.wanted || has_expired(views));
  return ends ? Weight::kEndsAccess : Weight::kPlain;
}

/// Whether the user is known to be gone from the server: that is told of the user, and no plan has the grant.
bool is_gone(const Comparison& all, UserRef user) {
  const model::RecordedUser* known = model::find(all.recorded, user);
  return known != nullptr && known->missing_since &&
         live_of(model::find_user(all.live, known->id)) != ObjectLive::kYes;
}

void add_role(Comparison& all, const DesiredAccount& account, UserRef user, const Views& views) {
  if (!views.live && is_gone(all, user)) return;
  const bool expired = views.expired && !views.wanted;
  const auto verdict = judge_role(views.wanted, expired, views.recorded, views.live);
  if (!verdict) return;
  DriftItem item;
  item.verdict = *verdict;
  item.address = model::grant_address(all.directory.key(account.ref), all.directory.key(user));
  item.what = "role";
  item.wanted = side_of(views.wanted);
  item.recorded = side_of(views.recorded);
  item.live = side_of(views.live);
  const bool ended = *verdict == Verdict::kExpired || has_expired(views);
  item.origin = ended ? views.expired_origin : views.origin;
  if (ended && views.ended) item.note = {NoteCode::kEnded, std::nullopt, {}, views.ended};
  item.second_look = look_of(all, user, *verdict, views);
  if (*verdict == Verdict::kUnlisted && in_roster(all, user)) item.note.code = NoteCode::kUserOfRoster;
  all.add(std::move(item), weight_of(*verdict, views, account.unlisted_members));
}

/// A member whom neither roster nor record knows.
void add_unlisted(Comparison& all, const DesiredAccount& account, const model::LiveMember& member,
                  const MemberName& name) {
  Views views;
  views.live = member.role;
  DriftItem item;
  item.verdict = Verdict::kUnlisted;
  item.address = member_address(all.directory.key(account.ref), name, member.user_id);
  item.what = "role";
  item.live = side_of(views.live);
  item.note = name.note;
  if (is_administrator(views.live)) item.second_look = SecondLook::kUnlistedAdministrator;
  all.add(std::move(item), weight_of(Verdict::kUnlisted, views, account.unlisted_members));
}

using ViewsOfUsers = std::vector<std::pair<UserRef, Views>>;

/// What roster and record say of the account, and what a passed `until` no longer gives.
ViewsOfUsers views_without_server(const Comparison& all, model::AccountRef account) {
  ViewsOfUsers views;
  for (const DesiredGrant& grant : model::grants_of(all.desired, account)) {
    views.emplace_back(grant.grant.user, Views{});
    views.back().second.wanted = Membership(grant.grant.role);
    views.back().second.origin = origin_of(all, grant);
  }
  for (const model::Grant& grant : model::grants_of(all.recorded, account)) {
    views.emplace_back(grant.user, Views{});
    views.back().second.recorded = Membership(grant.role);
  }
  for (const DesiredGrant& expired : model::expired_grants_of(all.desired, account)) {
    views.emplace_back(expired.grant.user, Views{});
    views.back().second.expired = expired.grant.role;
    views.back().second.expired_origin = origin_of(all, expired);
    views.back().second.ended = last_day(all.desired, expired);
  }
  return views;
}

/// One view a user, sorted.
ViewsOfUsers merged(ViewsOfUsers views) {
  std::stable_sort(views.begin(), views.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  ViewsOfUsers merged;
  for (const auto& [user, one] : views) {
    if (merged.empty() || merged.back().first != user) merged.emplace_back(user, Views{});
    Views& all = merged.back().second;
    if (one.wanted) all.wanted = one.wanted, all.origin = one.origin;
    if (one.recorded) all.recorded = one.recorded;
    if (one.live) all.live = one.live;
    if (one.expired) {
      all.expired = one.expired;
      all.expired_origin = one.expired_origin;
      all.ended = one.ended;
    }
  }
  return merged;
}

}  // namespace

void compare_members(Comparison& all, const DesiredAccount& wanted, const model::LiveAccount& live) {
  ViewsOfUsers views = views_without_server(all, wanted.ref);
  for (const model::LiveMember& member : live.members) {
    const MemberName name = all.names.name_of(member.user_id);
    if (name.user) {
      views.emplace_back(*name.user, Views{});
      views.back().second.live = Membership(member.role);
      continue;
    }
    add_unlisted(all, wanted, member, name);
    ++all.drift.grants_checked;
  }
  for (const auto& [user, one] : merged(std::move(views))) {
    if (one.wanted || one.recorded || one.live) ++all.drift.grants_checked;
    add_role(all, wanted, user, one);
  }
}

void add_pending_grants(Comparison& all, const DesiredAccount& wanted) {
  for (const DesiredGrant& grant : model::grants_of(all.desired, wanted.ref)) {
    Views views;
    views.wanted = Membership(grant.grant.role);
    views.origin = origin_of(all, grant);
    add_role(all, wanted, grant.grant.user, views);
  }
}

}  // namespace rollcall::plan
