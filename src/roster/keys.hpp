#pragma once

#include <string>
#include <vector>

namespace rollcall::roster {

/// The keys that the parser knows at one place of the language, and those that must be there.
struct Place {
  /// "roster", "defaults", "account_defaults", "user_defaults", "account", "user", "group", "agent_bot",
  /// "grant", "move", "limits".
  std::string name;
  std::vector<std::string> keys;
  std::vector<std::string> required;
};

/// Every place with a fixed list of keys, from the very tables that load() reads by. The JSON Schema is held
/// to it.
std::vector<Place> known_keys();

}  // namespace rollcall::roster
