#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "model/directory.hpp"

namespace rollcall::model {

/// Ordered: the higher role wins where several rules give one.
enum class Role : std::uint8_t { kAgent, kAdministrator };

/// The words of the roster and the state, in the order of the values.
std::span<const std::string_view> role_words();
std::string_view to_string(Role role);
std::optional<Role> parse_role(std::string_view text);

/// One user's role in one account.
struct Grant {
  AccountRef account{};
  UserRef user{};
  Role role = Role::kAgent;

  bool operator==(const Grant&) const = default;
  /// By account, then user, then role: the order of every estate's grants.
  auto operator<=>(const Grant&) const = default;
};

/// What happens to an object whose key leaves the roster. Users and bots know no kSuspend.
enum class OnRemove : std::uint8_t { kRetain, kSuspend, kDelete };

std::span<const std::string_view> on_remove_words();
std::string_view to_string(OnRemove on_remove);
std::optional<OnRemove> parse_on_remove(std::string_view text);

/// What happens to members of an account that the roster does not list.
enum class UnlistedMembers : std::uint8_t {
  kReport,  // a drift counts them
  kKeep,    // a drift shows them and does not count them
  kRevoke,  // their access is taken
};

/// How an object became managed. Only what was created is ever deleted.
enum class Provenance : std::uint8_t { kCreated, kBound, kAdopted };

std::string_view to_string(Provenance provenance);
std::optional<Provenance> parse_provenance(std::string_view text);

}  // namespace rollcall::model
