#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/access.hpp"
#include "model/directory.hpp"
#include "model/kinds.hpp"
#include "model/settings.hpp"
#include "model/sorted.hpp"

namespace rollcall::model {

/// How a look at an object went.
enum class Sight : std::uint8_t {
  kSeen,
  /// The server says that there is none (404).
  kMissing,
  /// It exists, but not for this token (401). Never read as missing.
  kNotPermitted,
  /// The read failed; `failure` says how.
  kFailed,
  /// Not read.
  kNotRead,
};

/// A row of an account's members. The server names no address here, and may hold no role (null).
struct LiveMember {
  ServerId user_id = 0;
  std::optional<Role> role;

  bool operator==(const LiveMember&) const = default;
};

/// A membership as a user's own response lists it: of all accounts, also those this token may not see.
struct LiveMembership {
  ServerId account_id = 0;
  std::optional<Role> role;

  bool operator==(const LiveMembership&) const = default;
};

/// What was seen of an object of any kind.
struct LiveFacts {
  ServerId id = 0;
  Sight sight = Sight::kNotRead;
  std::string failure;
  /// Everything that the server says that may be a setting, without the marker attribute.
  SettingsPatch settings;

  bool operator==(const LiveFacts&) const = default;
};

/// What was seen of one kind alone.
template <class Kind>
struct LiveParts {
  bool operator==(const LiveParts&) const = default;
};

template <>
struct LiveParts<Account> {
  /// The value of the custom attribute `rollcall`: LINEAGE/KEY/NONCE.
  std::optional<std::string> marker;
  Sight members_sight = Sight::kNotRead;
  std::string members_failure;
  /// Sorted by user id.
  std::vector<LiveMember> members;

  bool operator==(const LiveParts&) const = default;
};

template <>
struct LiveParts<User> {
  std::optional<std::string> marker;
  /// In lower case.
  std::string email;
  /// Sorted by account id.
  std::vector<LiveMembership> memberships;

  bool operator==(const LiveParts&) const = default;
};

/// The server answers the name as outgoing_url (agent_bots.* of the recordings), so that setting is never
/// here.
template <>
struct LiveParts<Bot> {
  /// The account that the server names, by its id; Field::kAccount is never in `settings`.
  std::optional<ServerId> account_id;

  bool operator==(const LiveParts&) const = default;
};

template <class Kind>
struct Live : LiveFacts, LiveParts<Kind> {
  bool operator==(const Live&) const = default;
};

using LiveAccount = Live<Account>;
using LiveUser = Live<User>;
using LiveBot = Live<Bot>;

/// How the accounts of the server were looked for.
enum class AccountListing : std::uint8_t {
  /// The listing is broken (500 for ever after a deletion) and the search by id did not come to its end:
  /// accounts that the record does not know are unseen.
  kNone,
  /// By the server's listing.
  kListed,
  /// The listing is broken; ids were asked for upward from RecordedEstate::accounts_seen_to to the end, which
  /// counts as a listing.
  kSearched,
};

/// Members who are no target are read up to this number: a server that names very many causes no more
/// requests.
constexpr std::size_t kMaxUnlistedRead = 1000;

template <class Kind>
using LiveList = std::vector<Live<Kind>>;

/// What the server says now, as far as it was read. Sorted by id.
struct LiveEstate : OneEach<LiveList> {
  AccountListing accounts_listing = AccountListing::kNone;
  /// With kNone: why the search by id did not come to its end.
  std::string accounts_failure;
  /// The highest account id that the listing or the search by id has shown to exist; 0 where there was
  /// neither.
  ServerId accounts_seen_to = 0;
  bool bots_listed = false;
  /// Members who are no target and were not read for their address, because there are more than
  /// kMaxUnlistedRead. Those who may stay unread are not counted.
  std::size_t unlisted_not_read = 0;

  bool operator==(const LiveEstate&) const = default;
};

/// Binary searches in the sorted vectors; nullptr where there is none.
template <class Kind>
const Live<Kind>* find_live(const LiveEstate& estate, ServerId id) {
  return find_sorted(estate.of<Kind>(), id, &Live<Kind>::id);
}
const LiveAccount* find_account(const LiveEstate& estate, ServerId id);
const LiveUser* find_user(const LiveEstate& estate, ServerId id);
const LiveBot* find_bot(const LiveEstate& estate, ServerId id);
const LiveMember* find_member(const std::vector<LiveMember>& members, ServerId user);

}  // namespace rollcall::model
