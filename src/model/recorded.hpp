#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "model/access.hpp"
#include "model/address.hpp"
#include "model/directory.hpp"
#include "model/kinds.hpp"
#include "model/settings.hpp"
#include "model/sorted.hpp"

namespace rollcall::model {

/// A member of an account whom the roster does not list, as last seen. The server may hold no role at all.
struct UnlistedMember {
  ServerId user_id = 0;
  std::optional<Role> role;
  /// In lower case; nothing where the token may not read the user.
  std::optional<std::string> email;

  bool operator==(const UnlistedMember&) const = default;
};

/// What the record holds of an object of any kind.
struct RecordedFacts {
  ServerId id = 0;
  Provenance provenance = Provenance::kCreated;
  /// The last part of the marker LINEAGE/KEY/NONCE; empty for what carries none: what was bound, and every
  /// bot.
  std::string nonce;
  OnRemove on_remove = OnRemove::kRetain;
  SettingsPatch settings;
  /// No longer managed: the key left the roster. Kept so that it can come back.
  bool released = false;
  /// When the server was first seen not to have it.
  std::optional<Time> missing_since;

  bool operator==(const RecordedFacts&) const = default;
};

/// What it holds of one kind alone.
template <class Kind>
struct RecordedParts {
  bool operator==(const RecordedParts&) const = default;
};

template <>
struct RecordedParts<Account> {
  /// Suspended by its own on_remove, to be lifted when the key comes back. A look at the server may show that
  /// it is not any more; see stays_suspended.
  bool suspended_by_removal = false;
  /// Sorted by user id.
  std::vector<UnlistedMember> unlisted;

  bool operator==(const RecordedParts&) const = default;
};

template <class Kind>
struct Recorded : RecordedFacts, RecordedParts<Kind> {
  typename Kind::Ref ref{};

  bool operator==(const Recorded&) const = default;
};

using RecordedAccount = Recorded<Account>;
using RecordedUser = Recorded<User>;
using RecordedBot = Recorded<Bot>;

/// What `state rm` took out of the record. The server may have it still, with the marker of this lineage:
/// then it is unlisted, and no sign that a state was lost.
struct ForgottenObject {
  /// Of an account, a user or an agent bot, as it was recorded.
  Address address;
  /// 0 where only an attempt to create it was recorded.
  ServerId id = 0;
  /// Empty for what carries no marker.
  std::string nonce;

  bool operator==(const ForgottenObject&) const = default;
  auto operator<=>(const ForgottenObject&) const = default;
};

template <class Kind>
using RecordedList = std::vector<Recorded<Kind>>;

/// What Rollcall knows it did. Everything is sorted by reference, grants by account and then user, one a
/// pair. Grants of released accounts stay here with their account.
struct RecordedEstate : OneEach<RecordedList> {
  std::vector<Grant> grants;
  /// The account id up to which this lineage has listed or asked; 0: never.
  ServerId accounts_seen_to = 0;
  /// Sorted, each once.
  std::vector<ForgottenObject> forgotten;

  bool operator==(const RecordedEstate&) const = default;
};

/// Binary searches in the sorted vectors; nullptr where there is none.
template <class Ref>
const Recorded<KindOf<Ref>>* find(const RecordedEstate& estate, Ref ref) {
  return find_sorted(estate.of<KindOf<Ref>>(), ref, &Recorded<KindOf<Ref>>::ref);
}
const Grant* find(const RecordedEstate& estate, AccountRef account, UserRef user);
const UnlistedMember* find_member(const std::vector<UnlistedMember>& members, ServerId user);

/// Whether its own `on_remove` deletes it: only what was created is ever deleted.
bool deletes_on_removal(const RecordedFacts& object);

/// Whether the account left the roster and is to stay suspended. `suspended_by_removal` says whether it is,
/// as last seen.
bool stays_suspended(const RecordedAccount& account);

/// Whether the user left the roster and is deleted once no membership is left.
bool waits_for_deletion(const RecordedUser& user);

/// Whether `state rm` has forgotten an object of this kind with this id or, where it has one, this nonce.
bool is_forgotten(const RecordedEstate& estate, ObjectKind kind, ServerId id, std::string_view nonce);
/// Adds what is forgotten in its place, once.
void forget(RecordedEstate& estate, ForgottenObject object);

/// The grants of one account, sorted by user.
std::span<const Grant> grants_of(const RecordedEstate& estate, AccountRef account);

}  // namespace rollcall::model
