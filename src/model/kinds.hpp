#pragma once

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "model/address.hpp"
#include "model/directory.hpp"
#include "model/names.hpp"
#include "model/settings.hpp"

/// The kinds of objects. What all of them have is written once, for any `Kind`; what tells them apart is data
/// here, or a part of their own where they are kept (RecordedParts, DesiredParts, ActionParts …). A grant is
/// no object: it ties two of them together.
namespace rollcall::model {

struct Account {
  using Ref = AccountRef;
  static constexpr ObjectKind kKind = ObjectKind::kAccount;
  static constexpr auto kDirectory = &Directory::accounts;
  /// The section of the roster and of the state, and how an address begins.
  static constexpr std::string_view kSection = "accounts";
  /// What a key is called in messages.
  static constexpr std::string_view kKeyWord = "account key";
  /// What one is called in JSON documents, and in words.
  static constexpr std::string_view kName = "account";
  static constexpr std::string_view kHeading = "Accounts";
  static constexpr std::string_view kSingular = "account";
  static constexpr std::string_view kPlural = "accounts";
  static constexpr bool kKeyIsEmail = false;
  /// The settings that somebody may manage.
  static constexpr std::array kFields = {Field::kName,         Field::kLocale,          Field::kDomain,
                                         Field::kSupportEmail, Field::kStatus,          Field::kFeatures,
                                         Field::kLimits,       Field::kCustomAttributes};
  static constexpr bool kMaySuspend = true;
  static constexpr bool kMayBeAdopted = false;
  /// Whether what Rollcall creates carries its marker on the server.
  static constexpr bool kHasMarker = true;
};

struct User {
  using Ref = UserRef;
  static constexpr ObjectKind kKind = ObjectKind::kUser;
  static constexpr auto kDirectory = &Directory::users;
  static constexpr std::string_view kSection = "users";
  static constexpr std::string_view kKeyWord = "e-mail address in lower case";
  static constexpr std::string_view kName = "user";
  static constexpr std::string_view kHeading = "Users";
  static constexpr std::string_view kSingular = "user";
  static constexpr std::string_view kPlural = "users";
  static constexpr bool kKeyIsEmail = true;
  static constexpr std::array kFields = {Field::kName, Field::kDisplayName, Field::kCustomAttributes};
  static constexpr bool kMaySuspend = false;
  static constexpr bool kMayBeAdopted = true;
  static constexpr bool kHasMarker = true;
};

struct Bot {
  using Ref = BotRef;
  static constexpr ObjectKind kKind = ObjectKind::kBot;
  static constexpr auto kDirectory = &Directory::bots;
  static constexpr std::string_view kSection = "agent_bots";
  static constexpr std::string_view kKeyWord = "key of an agent bot";
  static constexpr std::string_view kName = "agent_bot";
  static constexpr std::string_view kHeading = "Agent bots";
  static constexpr std::string_view kSingular = "agent bot";
  static constexpr std::string_view kPlural = "agent bots";
  static constexpr bool kKeyIsEmail = false;
  static constexpr std::array kFields = {Field::kName, Field::kDescription, Field::kOutgoingUrl,
                                         Field::kAccount};
  static constexpr bool kMaySuspend = false;
  static constexpr bool kMayBeAdopted = false;
  static constexpr bool kHasMarker = false;
};

constexpr std::size_t kKindCount = 3;

/// The kind that a reference is of.
Account kind_of(AccountRef ref);
User kind_of(UserRef ref);
Bot kind_of(BotRef ref);
template <class Ref>
using KindOf = decltype(kind_of(Ref{}));

/// Calls `visit(Kind{})` for each kind, in the order of every list of objects.
template <class Visit>
void each_kind(const Visit& visit) {
  visit(Account{});
  visit(User{});
  visit(Bot{});
}

/// One value of each kind, in that order: `of(Kind{})`.
template <class Of>
auto by_kind(const Of& of) {
  std::array<decltype(of(Account{})), kKindCount> values{};
  each_kind([&](auto kind) { values.at(static_cast<std::size_t>(kind.kKind)) = of(kind); });
  return values;
}

/// Calls `visit(Kind{})` for the kind that `wanted(Kind{})` is true of. False where there is none.
template <class Wanted, class Visit>
bool visit_kind(const Wanted& wanted, const Visit& visit) {
  bool found = false;
  each_kind([&](auto kind) {
    if (found || !wanted(kind)) return;
    found = true;
    visit(kind);
  });
  return found;
}

template <class Visit>
bool visit_kind(ObjectKind wanted, const Visit& visit) {
  return visit_kind([&](auto kind) { return kind.kKind == wanted; }, visit);
}

/// The same by the name of a section.
template <class Visit>
bool visit_section(std::string_view name, const Visit& visit) {
  return visit_kind([&](auto kind) { return kind.kSection == name; }, visit);
}

/// One of something for each kind, such as the lists of an estate.
template <template <class> class Each>
struct OneEach {
  Each<Account> accounts;
  Each<User> users;
  Each<Bot> bots;

  template <class Kind>
  [[nodiscard]] const Each<Kind>& of() const {
    return std::get<const Each<Kind>&>(std::tie(accounts, users, bots));
  }
  template <class Kind>
  Each<Kind>& of() {
    return std::get<Each<Kind>&>(std::tie(accounts, users, bots));
  }

  bool operator==(const OneEach&) const = default;
};

/// A template of all kinds, such as a variant of something for each of them.
template <template <class...> class Of>
using OfKinds = Of<Account, User, Bot>;

/// The key as it is kept: an e-mail address in lower case. Nothing where the text is none.
template <class Kind>
std::optional<std::string> key_of(std::string_view text) {
  if constexpr (Kind::kKeyIsEmail)
    return parse_email(text);
  else
    return is_key(text) ? std::optional(std::string(text)) : std::nullopt;
}

/// accounts.KEY, users.EMAIL and so on.
template <class Kind>
std::string object_address(std::string_view key) {
  return fmt::format("{}.{}", Kind::kSection, key);
}
template <class Ref>
std::string address_of(Ref ref, const Directory& directory) {
  return object_address<KindOf<Ref>>(directory.key(ref));
}
inline std::string address_of(AccountRef account, UserRef user, const Directory& directory) {
  return grant_address(directory.key(account), directory.key(user));
}

}  // namespace rollcall::model
