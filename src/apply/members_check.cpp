#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "apply/grants.hpp"

namespace rollcall::apply {
namespace {

using plan::GrantAction;

const GrantAction& grant_of(const Session& session, plan::ActionIndex action) {
  return std::get<GrantAction>(session.plan.actions[action].object);
}

std::optional<model::ServerId> id_of(const Session& session, const GrantAction& grant) {
  const auto id = session.ids.find(grant.user);
  return id ? id : grant.user_id;
}

/// Sorted by user id, as the client gives them.
const model::LiveMember* find_member(const std::vector<model::LiveMember>& members, model::ServerId user) {
  const auto at =
      std::lower_bound(members.begin(), members.end(), user,
                       [](const auto& member, model::ServerId id) { return member.user_id < id; });
  return at != members.end() && at->user_id == user ? &*at : nullptr;
}

/// An address that was read before is kept; the members' list names none.
std::optional<std::string> address_of(const Session& session, const model::RecordedAccount* account,
                                      model::ServerId user) {
  if (account != nullptr)
    for (const model::UnlistedMember& member : account->unlisted)
      if (member.user_id == user && member.email) return member.email;
  return session.ids.address_of(user, session.directory);
}

/// What the members say about the managed grants of the account, and who else is there.
std::vector<state::Record> facts_of(const Session& session, model::AccountRef account,
                                    const std::vector<model::LiveMember>& members,
                                    const std::vector<model::Grant>& managed) {
  std::vector<state::Record> facts;
  std::set<model::ServerId> managed_ids;
  for (const model::Grant& grant : managed) {
    const auto id = session.ids.find(grant.user);
    if (!id) continue;
    const model::LiveMember* member = find_member(members, *id);
    if (member == nullptr || !member->role) {
      facts.emplace_back(state::DropGrant{account, grant.user});
      continue;
    }
    managed_ids.insert(*id);
    if (*member->role != grant.role)
      facts.emplace_back(state::PutGrant{{account, grant.user, *member->role}});
  }
  const model::RecordedAccount* recorded = model::find(session.estate, account);
  std::vector<model::UnlistedMember> unlisted;
  for (const model::LiveMember& member : members)
    if (!managed_ids.contains(member.user_id))
      unlisted.push_back({member.user_id, member.role, address_of(session, recorded, member.user_id)});
  if (recorded == nullptr || recorded->unlisted != unlisted)
    facts.emplace_back(state::PutUnlisted{account, std::move(unlisted)});
  return facts;
}

/// The managed grants of one account as they are recorded after the wave.
std::vector<model::Grant> managed_grants(const Session& session, model::AccountRef account,
                                         const std::vector<plan::ActionIndex>& revoked) {
  std::vector<model::Grant> grants;
  const auto& all = session.estate.grants;
  auto at = std::lower_bound(all.begin(), all.end(), model::Grant{account, {}, model::Role::kAgent});
  for (; at != all.end() && at->account == account; ++at)
    if (std::none_of(revoked.begin(), revoked.end(),
                     [&](plan::ActionIndex action) { return grant_of(session, action).user == at->user; }))
      grants.push_back(*at);
  return grants;
}

}  // namespace

MembersCheck check_members(Session& session, Worker& worker, model::AccountRef account,
                           const std::vector<plan::ActionIndex>& revocations) {
  MembersCheck check;
  const auto id = session.ids.find(account);
  if (!id) return check;
  const auto members = worker.client.list_members(*id);
  if (!members) {
    check.unread = members.error();
    return check;
  }
  for (const plan::ActionIndex action : revocations) {
    const auto user = id_of(session, grant_of(session, action));
    if (user && find_member(*members, *user) != nullptr)
      check.do_not_hold.emplace_back(
          action, Error{"The server accepted the removal, but still lists the person as a member.",
                        "Apply again. If it stays so, remove the person in Chatwoot itself."});
    else
      check.hold.push_back(action);
  }
  check.seen = facts_of(session, account, *members, managed_grants(session, account, check.hold));
  return check;
}

}  // namespace rollcall::apply
