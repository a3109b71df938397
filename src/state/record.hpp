#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/recorded.hpp"
#include "plan/plan.hpp"

namespace rollcall::state {

/// Facts about the recorded estate, each true by itself and harmless to repeat. Outcomes of actions are told
/// as these.
struct PutAccount {
  model::RecordedAccount account;
};
struct DropAccount {
  model::AccountRef account{};
};
/// The object and everything that hangs on it has a new key; a grant keeps its role.
struct MoveAccount {
  model::AccountRef from{};
  model::AccountRef to{};
  /// The keys themselves, by which bots name their account. Empty: no bot follows.
  std::string from_key{};
  std::string to_key{};
};
struct PutUser {
  model::RecordedUser user;
};
struct DropUser {
  model::UserRef user{};
};
struct MoveUser {
  model::UserRef from{};
  model::UserRef to{};
};
struct PutBot {
  model::RecordedBot bot;
};
struct DropBot {
  model::BotRef bot{};
};
struct MoveBot {
  model::BotRef from{};
  model::BotRef to{};
};
struct PutGrant {
  model::Grant grant;
};
struct DropGrant {
  model::AccountRef account{};
  model::UserRef user{};
};
/// The members of one account that the roster does not list, as just seen.
struct PutUnlisted {
  model::AccountRef account{};
  std::vector<model::UnlistedMember> members;
};

/// This member is no longer an unlisted one: revoked, or managed by now.
struct DropUnlisted {
  model::AccountRef account{};
  model::ServerId user_id = 0;
};

using Record = std::variant<PutAccount, DropAccount, MoveAccount, PutUser, DropUser, MoveUser, PutBot,
                            DropBot, MoveBot, PutGrant, DropGrant, PutUnlisted, DropUnlisted>;

/// The estate after the records, in their order. Pure. Dropping an account drops its grants; dropping a
/// person drops theirs. Moving what is not recorded (a move made already) changes nothing; moving onto a
/// recorded key replaces it.
model::RecordedEstate fold(model::RecordedEstate estate, const std::vector<Record>& records);

/// What an action learnt from the server when it succeeded.
struct Learnt {
  /// The id of what was created or bound.
  model::ServerId id = 0;
  /// The nonce of a create; empty where nothing was created.
  std::string nonce;
  model::Provenance provenance = model::Provenance::kCreated;
};

/// What the success of an action means for the record. `estate` is the record as it stood before the action.
/// What was bound is never recorded as created, whatever `learnt` says, unless the record says so already.
std::vector<Record> records_of(const plan::Action& action, const Learnt& learnt,
                               const model::RecordedEstate& estate, const model::Directory& directory);

}  // namespace rollcall::state
