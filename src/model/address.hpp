#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "model/directory.hpp"

namespace rollcall::model {

enum class ObjectKind : std::uint8_t { kAccount, kUser, kBot, kGrant };

/// accounts.KEY, users.EMAIL, agent_bots.KEY, grants.KEY/EMAIL, grants.KEY/#ID.
struct Address {
  ObjectKind kind = ObjectKind::kAccount;
  std::string key;
  /// Grants only: the user's address, or "#ID" for a member whose address the token cannot read.
  std::string member;

  bool operator==(const Address&) const = default;
  auto operator<=>(const Address&) const = default;
};

std::string to_string(const Address& address);

/// The order in which addresses are listed: byte order, but ids are numbers, so `#9` comes before `#10`.
bool address_before(std::string_view a, std::string_view b);

/// A shell-style pattern over addresses (`*` does not cross `/`) that cannot cover a whole kind of object: it
/// names the kind, and what follows holds a letter or a digit besides wildcards and the top-level domain. In
/// lower case; the error says what is wrong.
Expected<std::string> parse_narrow_pattern(std::string_view text);

/// Keys and e-mail addresses are checked and put in lower case; the error says what an address looks like.
Expected<Address> parse_address(std::string_view text);

std::string grant_address(std::string_view key, std::string_view email);

}  // namespace rollcall::model
