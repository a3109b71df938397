#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/source.hpp"
#include "model/access.hpp"
#include "model/address.hpp"
#include "model/directory.hpp"
#include "model/settings.hpp"

namespace rollcall::model {

/// What an object takes from `defaults`, because it does not write it itself, and where it stands there.
struct Defaulted {
  struct Place {
    SettingName name;
    Origin origin;

    bool operator==(const Place&) const = default;
  };
  /// Sorted by name.
  std::vector<Place> settings;
  /// Line 0 where the object writes it, or nothing does.
  Origin on_remove;

  bool operator==(const Defaulted&) const = default;
};

struct DesiredAccount {
  AccountRef account{};
  Origin origin;
  SettingsPatch settings;
  Defaulted defaulted;
  /// Bind the key to the account that has this id already.
  std::optional<ServerId> id;
  UnlistedMembers unlisted_members = UnlistedMembers::kReport;
  OnRemove on_remove = OnRemove::kRetain;

  bool operator==(const DesiredAccount&) const = default;
};

struct DesiredUser {
  UserRef user{};
  Origin origin;
  SettingsPatch settings;
  Defaulted defaulted;
  bool adopt = false;
  /// The last day of any access.
  std::optional<Date> until = std::nullopt;
  OnRemove on_remove = OnRemove::kRetain;

  bool operator==(const DesiredUser&) const = default;
};

/// Field::kAccount holds the key of the bot's account. Bots have no defaults.
struct DesiredBot {
  BotRef bot{};
  Origin origin;
  SettingsPatch settings;
  Defaulted defaulted;
  OnRemove on_remove = OnRemove::kRetain;

  bool operator==(const DesiredBot&) const = default;
};

/// What a reader wants to know of a rule that causes a grant.
struct RuleFacts {
  Origin origin;
  std::string reason;
  std::optional<Date> until;

  bool operator==(const RuleFacts&) const = default;
};

/// A set of rules, by its number in Causes. 0 is the empty set.
using CauseId = std::uint32_t;

/// The rules of the roster and the sets of them that cause grants. Many grants share one set.
struct Causes {
  std::vector<RuleFacts> rules;
  /// Each sorted; indexes into `rules`.
  std::vector<std::vector<std::uint32_t>> sets = {{}};

  bool operator==(const Causes&) const = default;
};

struct DesiredGrant {
  Grant grant;
  /// The rules that give just this role.
  CauseId cause = 0;

  bool operator==(const DesiredGrant&) const = default;
};

/// An object that has a new key or address but is the same. Both of one kind, never a grant.
struct Move {
  Address from;
  Address to;
  Origin origin;

  bool operator==(const Move&) const = default;
};

/// Who may do what according to the roster on one day. Everything is sorted by reference, grants by account
/// and then user, one a pair.
struct DesiredEstate {
  std::vector<DesiredAccount> accounts;
  std::vector<DesiredUser> users;
  std::vector<DesiredBot> bots;
  std::vector<DesiredGrant> grants;
  /// What rules and users whose `until` has passed would give on top of `grants`: a pair that is not in it,
  /// or a higher role. The causes are the expired rules (for an expired user: every rule that would give that
  /// role).
  std::vector<DesiredGrant> expired;
  /// Of the pairs in `expired` that would be administrators: the role agent, where that has ended, too.
  std::vector<DesiredGrant> expired_agents;
  Causes causes;
  std::vector<Move> moves;
  /// The last day on which this estate is what the roster says: the earliest `until` that is still ahead.
  std::optional<Date> valid_until;
};

/// The line of `defaults` that gives a setting; line 0 where the object writes it itself.
Origin default_origin(const Defaulted& defaulted, const SettingName& name);

/// Where the roster writes a setting of an object: its line in `defaults`, else where the object is defined.
template <class Desired>
Origin origin_of(const Desired& object, const SettingName& name) {
  const Origin in_defaults = default_origin(object.defaulted, name);
  return in_defaults.line != 0 ? in_defaults : object.origin;
}

/// Binary searches in the sorted vectors; nullptr where there is none.
const DesiredAccount* find(const DesiredEstate& estate, AccountRef account);
const DesiredUser* find(const DesiredEstate& estate, UserRef user);
const DesiredBot* find(const DesiredEstate& estate, BotRef bot);

/// The grants of one account, sorted by user.
std::span<const DesiredGrant> grants_of(const DesiredEstate& estate, AccountRef account);
/// Those of `expired` of one account, sorted by user.
std::span<const DesiredGrant> expired_grants_of(const DesiredEstate& estate, AccountRef account);

}  // namespace rollcall::model
