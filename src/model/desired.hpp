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
#include "model/kinds.hpp"
#include "model/settings.hpp"
#include "model/sorted.hpp"

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

/// What the roster says of an object of any kind.
struct DesiredFacts {
  Origin origin;
  /// Field::kAccount holds the key of a bot's account.
  SettingsPatch settings;
  /// Bots have no defaults.
  Defaulted defaulted;
  OnRemove on_remove = OnRemove::kRetain;

  bool operator==(const DesiredFacts&) const = default;
};

/// What it says of one kind alone.
template <class Kind>
struct DesiredParts {
  bool operator==(const DesiredParts&) const = default;
};

template <>
struct DesiredParts<Account> {
  /// Bind the key to the account that has this id already.
  std::optional<ServerId> id;
  UnlistedMembers unlisted_members = UnlistedMembers::kReport;

  bool operator==(const DesiredParts&) const = default;
};

template <>
struct DesiredParts<User> {
  bool adopt = false;
  /// The last day of any access.
  std::optional<Date> until = std::nullopt;

  bool operator==(const DesiredParts&) const = default;
};

template <class Kind>
struct Desired : DesiredFacts, DesiredParts<Kind> {
  typename Kind::Ref ref{};

  bool operator==(const Desired&) const = default;
};

using DesiredAccount = Desired<Account>;
using DesiredUser = Desired<User>;
using DesiredBot = Desired<Bot>;

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

template <class Kind>
using DesiredList = std::vector<Desired<Kind>>;

/// Who may do what according to the roster on one day. Everything is sorted by reference, grants by account
/// and then user, one a pair.
struct DesiredEstate : OneEach<DesiredList> {
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
Origin origin_of(const DesiredFacts& object, const SettingName& name);

/// Binary searches in the sorted vectors; nullptr where there is none.
template <class Ref>
const Desired<KindOf<Ref>>* find(const DesiredEstate& estate, Ref ref) {
  return find_sorted(estate.of<KindOf<Ref>>(), ref, &Desired<KindOf<Ref>>::ref);
}

/// The grants of one account, sorted by user.
std::span<const DesiredGrant> grants_of(const DesiredEstate& estate, AccountRef account);
/// Those of `expired` of one account, sorted by user.
std::span<const DesiredGrant> expired_grants_of(const DesiredEstate& estate, AccountRef account);

}  // namespace rollcall::model
