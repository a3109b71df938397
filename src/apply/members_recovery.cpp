#include "apply/members_recovery.hpp"

#include <map>
#include <utility>
#include <variant>

#include "apply/known_ids.hpp"
#include "apply/members_check.hpp"

namespace rollcall::apply {
namespace {

using state::Intent;

/// A user whom the roster does not list is known by the id among the unlisted members alone.
std::optional<model::ServerId> user_id(const Intent& intent, const KnownIds& ids) {
  for (const state::StateChange& fact : intent.facts)
    if (const auto* drop = std::get_if<state::DropUnlisted>(&fact)) return drop->user_id;
  if (const auto* put = std::get_if<state::PutGrant>(&state::subject_of(intent)))
    return ids.find(put->grant.user);
  return ids.find(std::get<state::DropGrant>(state::subject_of(intent)).user);
}

/// The grant that the intent asks for; nothing: it takes one away.
const model::Grant* wanted_by(const Intent& intent) {
  const auto* put = std::get_if<state::PutGrant>(&state::subject_of(intent));
  return put == nullptr ? nullptr : &put->grant;
}

bool is_done(const Intent& intent, const std::vector<model::LiveMember>& members, const KnownIds& ids) {
  const auto user = user_id(intent, ids);
  if (!user) return false;
  const model::LiveMember* member = model::find_member(members, *user);
  const model::Grant* wanted = wanted_by(intent);
  return wanted == nullptr ? member == nullptr : member != nullptr && member->role == wanted->role;
}

}  // namespace

void MembersRecovery::add(model::AccountRef account, const Intent& intent) {
  accounts_[account].intents.push_back(&intent);
}

void MembersRecovery::add(model::AccountRef account, std::vector<model::LiveMember> seen) {
  accounts_[account].seen = std::move(seen);
}

Expected<void> MembersRecovery::look(const model::RecordedEstate& recorded, const model::Directory& directory,
                                     Worker& worker, RecoveryLog& log) {
  const KnownIds ids(plan::Plan(), recorded);
  for (auto& [account, known] : accounts_) {
    const auto id = ids.find(account);
    // Without its account nothing was sent.
    if (!id) continue;
    if (!known.seen) {
      auto members = worker.client.list_members(*id);
      if (!members) {
        for (const Intent* intent : known.intents)
          if (auto noted = log.unreadable(*intent, members.error()); !noted) return noted;
        continue;
      }
      known.seen = std::move(*members);
    }
    std::map<model::UserRef, model::Grant> managed;
    for (const model::Grant& grant : model::grants_of(recorded, account)) managed.emplace(grant.user, grant);
    for (const Intent* intent : known.intents) {
      if (!is_done(*intent, *known.seen, ids)) {
        log.not_done(*intent);
        continue;
      }
      log.done(*intent);
      if (const model::Grant* wanted = wanted_by(*intent)) managed.insert_or_assign(wanted->user, *wanted);
    }
    std::vector<model::Grant> grants;
    for (const auto& [user, grant] : managed) grants.push_back(grant);
    for (state::StateChange& fact : facts_of(
             account, model::find(recorded, account), *known.seen, grants,
             [&](model::UserRef user) { return ids.find(user); },
             [&](model::ServerId user) { return ids.address_of(user, directory); }))
      log.fact(std::move(fact));
  }
  return {};
}

}  // namespace rollcall::apply
