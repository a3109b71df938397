#include "apply/members_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <variant>

#include "base/text.hpp"
#include "model/address.hpp"

namespace rollcall::apply {
namespace {

using plan::GrantAction;

std::optional<model::ServerId> id_of(const Session& session, const GrantAction& grant) {
  const auto id = session.ids.find(grant.user);
  return id ? id : grant.user_id;
}

/// Those of `now` that were not there before, as the record knows them.
std::vector<std::string> newcomers(const std::vector<model::UnlistedMember>& now,
                                   const std::vector<model::UnlistedMember>& before) {
  std::vector<std::string> names;
  for (const model::UnlistedMember& member : now)
    if (model::find_member(before, member.user_id) == nullptr)
      names.push_back(fmt::format("{} ({})", member.email.value_or(fmt::format("#{}", member.user_id)),
                                  member.role ? to_string(*member.role) : "no role"));
  return names;
}

std::string address_of(const Session& session, model::AccountRef account) {
  return model::address_of(account, session.directory);
}

/// After an administrator was taken away.
void tell_of_no_administrator(Session& session, model::AccountRef account,
                              const std::vector<model::LiveMember>& members) {
  const bool administered = std::any_of(members.begin(), members.end(), [](const model::LiveMember& member) {
    return member.role == model::Role::kAdministrator;
  });
  if (!members.empty() && !administered && session.has_taken_administrator(account))
    session.note(
        fmt::format("{} has {} and no administrator now. "
                    "Another client may have removed one at the same time: "
                    "give the account an administrator.",
                    address_of(session, account), pluralize(members.size(), "member", "members")));
}

/// Whether this run has bound an account that was not recorded: its members are no news.
bool is_bound_now(const Session& session, model::AccountRef account) {
  return std::any_of(session.plan.actions.begin(), session.plan.actions.end(),
                     [&](const plan::Action& action) {
                       const auto* object = std::get_if<plan::AccountAction>(&action.object);
                       return object != nullptr && object->ref == account &&
                              action.reason == plan::ReasonCode::kBindRequested;
                     });
}

/// What another client, or a request that arrived late, did to the account.
void tell_of_newcomers(Session& session, model::AccountRef account, const model::RecordedAccount& recorded,
                       const std::vector<state::StateChange>& seen) {
  for (const state::StateChange& record : seen) {
    const auto* unlisted = std::get_if<state::PutUnlisted>(&record);
    if (unlisted == nullptr) continue;
    std::vector<std::string> names = newcomers(unlisted->members, recorded.unlisted);
    if (names.empty() || is_bound_now(session, account)) continue;
    constexpr std::size_t kMax = 5;
    const std::size_t count = names.size();
    names.resize(std::min(count, kMax));
    session.note(fmt::format(
        "{} has {} that the roster does not list and that {} not seen before: {}{}. "
        "A request of an interrupted run may have arrived late, or another client added them.",
        address_of(session, account), count == 1 ? "a member" : pluralize(count, "member", "members"),
        count == 1 ? "was" : "were", fmt::join(names, ", "), count > kMax ? " and others" : ""));
  }
}

/// Whether the members show what the action asked for.
bool is_as_asked(const Session& session, plan::ActionIndex action,
                 const std::vector<model::LiveMember>& members) {
  const GrantAction& grant = grant_of(session.plan, action);
  const auto user = id_of(session, grant);
  if (!user) return false;
  const model::LiveMember* member = model::find_member(members, *user);
  return grant.after ? member != nullptr && member->role == grant.after : member == nullptr;
}

/// The managed grants of one account as they are recorded after the actions that are done.
std::vector<model::Grant> managed_grants(const Session& session, model::AccountRef account,
                                         const std::vector<plan::ActionIndex>& done) {
  std::set<model::UserRef> touched;
  std::vector<model::Grant> grants;
  for (const plan::ActionIndex action : done) {
    const GrantAction& grant = grant_of(session.plan, action);
    touched.insert(grant.user);
    if (grant.after) grants.push_back({account, grant.user, *grant.after});
  }
  for (const model::Grant& grant : model::grants_of(session.estate(), account))
    if (!touched.contains(grant.user)) grants.push_back(grant);
  return grants;
}

std::vector<state::StateChange> facts_in(const Session& session, model::AccountRef account,
                                         const model::RecordedAccount* recorded,
                                         const std::vector<model::LiveMember>& members,
                                         const std::vector<model::Grant>& managed) {
  return facts_of(
      account, recorded, members, managed, [&](model::UserRef user) { return session.ids.find(user); },
      [&](model::ServerId user) { return session.ids.address_of(user, session.directory); });
}

}  // namespace

std::vector<state::StateChange> facts_of(
    model::AccountRef account, const model::RecordedAccount* recorded,
    const std::vector<model::LiveMember>& members, const std::vector<model::Grant>& managed,
    const std::function<std::optional<model::ServerId>(model::UserRef)>& id_of,
    const std::function<std::optional<std::string>(model::ServerId)>& address_of) {
  std::vector<state::StateChange> facts;
  std::set<model::ServerId> managed_ids;
  for (const model::Grant& grant : managed) {
    const auto id = id_of(grant.user);
    if (!id) continue;
    const model::LiveMember* member = model::find_member(members, *id);
    if (member == nullptr || !member->role) {
      facts.emplace_back(state::DropGrant{account, grant.user});
      continue;
    }
    managed_ids.insert(*id);
    if (*member->role != grant.role)
      facts.emplace_back(state::PutGrant{{account, grant.user, *member->role}});
  }
  // An address that was read before is kept; the members' list names none.
  const auto known_address = [&](model::ServerId user) {
    const auto* member = recorded == nullptr ? nullptr : model::find_member(recorded->unlisted, user);
    return member != nullptr && member->email ? member->email : address_of(user);
  };
  std::vector<model::UnlistedMember> unlisted;
  for (const model::LiveMember& member : members)
    if (!managed_ids.contains(member.user_id))
      unlisted.push_back({member.user_id, member.role, known_address(member.user_id)});
  if (recorded == nullptr || recorded->unlisted != unlisted)
    facts.emplace_back(state::PutUnlisted{account, std::move(unlisted)});
  return facts;
}

MembersCheck check_members(Session& session, Worker& worker, model::AccountRef account,
                           const std::vector<plan::ActionIndex>& accepted,
                           const std::vector<plan::ActionIndex>& unknown) {
  MembersCheck check;
  const auto id = session.ids.find(account);
  if (!id) return check;
  const auto members = worker.client.list_members(*id);
  if (!members) {
    check.unread = members.error();
    return check;
  }
  for (const plan::ActionIndex action : accepted) {
    if (is_as_asked(session, action, *members))
      check.hold.push_back(action);
    else
      check.do_not_hold.emplace_back(
          action,
          Error{"The server accepted the removal, but still lists the user as a member.",
                "Apply again. If the user is still listed then, remove the user in Chatwoot itself."});
  }
  for (const plan::ActionIndex action : unknown)
    if (is_as_asked(session, action, *members)) check.seen_after_all.push_back(action);
  std::vector<plan::ActionIndex> over = check.hold;
  over.insert(over.end(), check.seen_after_all.begin(), check.seen_after_all.end());
  const auto* recorded = model::find(session.estate(), account);
  check.seen = facts_in(session, account, recorded, *members, managed_grants(session, account, over));
  tell_of_no_administrator(session, account, *members);
  if (recorded != nullptr) tell_of_newcomers(session, account, *recorded, check.seen);
  return check;
}

chatwoot::Result<std::vector<state::StateChange>> members_of_returned(Session& session, Worker& worker,
                                                                      const plan::AccountAction& account) {
  const auto members = worker.client.list_members(*account.id);
  if (!members) return tl::unexpected(members.error());
  const model::AccountRef before = account.moved_from.value_or(account.ref);
  const auto* recorded = model::find(session.estate(), before);
  std::vector<model::Grant> managed;
  for (model::Grant grant : model::grants_of(session.estate(), before)) {
    grant.account = account.ref;
    managed.push_back(grant);
  }
  auto seen = facts_in(session, account.ref, recorded, *members, managed);
  if (recorded != nullptr) tell_of_newcomers(session, account.ref, *recorded, seen);
  return seen;
}

}  // namespace rollcall::apply
