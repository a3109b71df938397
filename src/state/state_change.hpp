#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "model/recorded.hpp"
#include "plan/plan.hpp"

namespace rollcall::state {

/// Facts about the recorded estate, each true by itself and harmless to repeat. Outcomes of actions are told
/// as these.
template <class ObjectKind>
struct Put {
  using Kind = ObjectKind;
  model::Recorded<Kind> object;
  bool operator==(const Put&) const = default;
};
template <class ObjectKind>
struct Drop {
  using Kind = ObjectKind;
  typename Kind::Ref ref{};
  bool operator==(const Drop&) const = default;
};

/// What a move of one kind of object says besides.
template <class Kind>
struct MoveParts {
  bool operator==(const MoveParts&) const = default;
};
template <>
struct MoveParts<model::Account> {
  /// The keys themselves, by which bots name their account. Empty: no bot follows.
  std::string from_key{};
  std::string to_key{};
  bool operator==(const MoveParts&) const = default;
};
/// The object and everything that hangs on it has a new key; a grant keeps its role.
template <class ObjectKind>
struct Move : MoveParts<ObjectKind> {
  using Kind = ObjectKind;
  typename Kind::Ref from{};
  typename Kind::Ref to{};
  bool operator==(const Move&) const = default;
};

/// The move with what its kind says besides.
template <class Kind>
Move<Kind> move_of(typename Kind::Ref from, typename Kind::Ref to, const model::Directory& directory) {
  Move<Kind> move{{}, from, to};
  if constexpr (std::is_same_v<Kind, model::Account>) {
    move.from_key = directory.key(from);
    move.to_key = directory.key(to);
  }
  return move;
}

using PutAccount = Put<model::Account>;
using DropAccount = Drop<model::Account>;
using MoveAccount = Move<model::Account>;
using PutUser = Put<model::User>;
using DropUser = Drop<model::User>;
using MoveUser = Move<model::User>;
using PutBot = Put<model::Bot>;
using DropBot = Drop<model::Bot>;
using MoveBot = Move<model::Bot>;

struct PutGrant {
  model::Grant grant;
  bool operator==(const PutGrant&) const = default;
};
struct DropGrant {
  model::AccountRef account{};
  model::UserRef user{};
  bool operator==(const DropGrant&) const = default;
};
/// The members of one account that the roster does not list, as just seen.
struct PutUnlisted {
  model::AccountRef account{};
  std::vector<model::UnlistedMember> members;
  bool operator==(const PutUnlisted&) const = default;
};

/// This member is no longer an unlisted one: revoked, or managed by now.
struct DropUnlisted {
  model::AccountRef account{};
  model::ServerId user_id = 0;
  bool operator==(const DropUnlisted&) const = default;
};

/// Every account up to this id has been listed or asked for.
struct PutAccountsSeenTo {
  model::ServerId id = 0;
  bool operator==(const PutAccountsSeenTo&) const = default;
};

template <class... Kinds>
using StateChanges = std::variant<Put<Kinds>..., Drop<Kinds>..., Move<Kinds>..., PutGrant, DropGrant,
                                  PutUnlisted, DropUnlisted, PutAccountsSeenTo>;
using StateChange = model::OfKinds<StateChanges>;

/// What an action is about to do to the server, written down before it is sent: if no run learns what
/// became of it, this is what there is to look for.
struct Intent {
  plan::Verb verb = plan::Verb::kCreate;
  /// With a create that leaves a marker LINEAGE/KEY/NONCE.
  std::string nonce;
  /// What will be true if it succeeds. What only the server can say (the id of what is created) is 0.
  std::vector<StateChange> facts;
  /// With the create of an account or bot: one above every id of its kind that was known before the run. A
  /// search by ids begins there, for others of the same run have higher ones. 0: unknown.
  model::ServerId first_id = 0;
  /// With a deletion: the server has accepted it, and its background jobs had not carried it out when the run
  /// ended.
  bool accepted = false;
  /// Written down with many others before the first of them was sent, and not seen to be sent: it may never
  /// have been. Only of actions whose end the server shows.
  bool only_intended = false;

  bool operator==(const Intent&) const = default;
};

/// The fact that an intent is about: its last one but for notes about unlisted members.
const StateChange& subject_of(const Intent& intent);
/// Whether the intent is the creation of a user, which only repeating it shows the end of.
bool creates_user(const Intent& intent);
/// accounts.KEY, grants.KEY/EMAIL and so on.
std::string address_of(const Intent& intent, const model::Directory& directory);

/// The estate after the records, in their order. Pure. Dropping an account drops its grants; dropping a
/// user drops theirs. Moving what is not recorded (a move made already) changes nothing; moving onto a
/// recorded key replaces it.
model::RecordedEstate fold(model::RecordedEstate estate, const std::vector<StateChange>& records);

/// The records that make `after` of `before`. What is forgotten is the same in both.
std::vector<StateChange> differences(const model::RecordedEstate& before, const model::RecordedEstate& after);

/// What an action learnt from the server when it succeeded.
struct ServerResult {
  /// The id of what was created or bound; of a grant, the user's.
  model::ServerId id = 0;
  /// The nonce of a create; empty where nothing was created.
  std::string nonce;
  model::Provenance provenance = model::Provenance::kCreated;
};

/// What the success of an action means for the record. `estate` is the record as it stood before the action.
/// What was bound is never recorded as created, whatever `learnt` says, unless the record says so already.
std::vector<StateChange> changes_of(const plan::Action& action, const ServerResult& learnt,
                                    const model::RecordedEstate& estate, const model::Directory& directory);

}  // namespace rollcall::state
