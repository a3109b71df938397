#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/access.hpp"
#include "model/directory.hpp"
#include "model/settings.hpp"

namespace rollcall::model {

/// A member of an account whom the roster does not list, as last seen. The server may hold no role at all.
struct UnlistedMember {
  ServerId user_id = 0;
  std::optional<Role> role;
  /// In lower case; nothing where the token may not read the person.
  std::optional<std::string> email;

  bool operator==(const UnlistedMember&) const = default;
};

struct RecordedAccount {
  AccountRef account{};
  ServerId id = 0;
  Provenance provenance = Provenance::kCreated;
  /// The last part of the marker LINEAGE/KEY/NONCE; empty for a bound account, which carries none.
  std::string nonce;
  OnRemove on_remove = OnRemove::kRetain;
  SettingsPatch settings;
  /// No longer managed: the key left the roster. Kept so that it can come back.
  bool released = false;
  /// Suspended by its own on_remove, to be lifted when the key comes back.
  bool suspended_by_removal = false;
  /// When the server was first seen not to have it.
  std::optional<Time> missing_since;
  /// Sorted by user id.
  std::vector<UnlistedMember> unlisted;

  bool operator==(const RecordedAccount&) const = default;
};

struct RecordedUser {
  UserRef user{};
  ServerId id = 0;
  Provenance provenance = Provenance::kCreated;
  std::string nonce;
  OnRemove on_remove = OnRemove::kRetain;
  SettingsPatch settings;
  bool released = false;
  std::optional<Time> missing_since;

  bool operator==(const RecordedUser&) const = default;
};

struct RecordedBot {
  BotRef bot{};
  ServerId id = 0;
  Provenance provenance = Provenance::kCreated;
  OnRemove on_remove = OnRemove::kRetain;
  SettingsPatch settings;
  bool released = false;
  std::optional<Time> missing_since;

  bool operator==(const RecordedBot&) const = default;
};

/// What Rollcall knows it did. Everything is sorted by reference, grants by account and then person, one a
/// pair. Grants of released accounts stay here with their account.
struct RecordedEstate {
  std::vector<RecordedAccount> accounts;
  std::vector<RecordedUser> users;
  std::vector<RecordedBot> bots;
  std::vector<Grant> grants;

  bool operator==(const RecordedEstate&) const = default;
};

/// Binary searches in the sorted vectors; nullptr where there is none.
const RecordedAccount* find(const RecordedEstate& estate, AccountRef account);
const RecordedUser* find(const RecordedEstate& estate, UserRef user);
const RecordedBot* find(const RecordedEstate& estate, BotRef bot);
const Grant* find(const RecordedEstate& estate, AccountRef account, UserRef user);
const UnlistedMember* find_member(const std::vector<UnlistedMember>& members, ServerId user);

/// The grants of one account, sorted by person.
std::span<const Grant> grants_of(const RecordedEstate& estate, AccountRef account);

}  // namespace rollcall::model
