#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rollcall::model {

/// What tells an object that Rollcall created from every other: the custom attribute `rollcall` holds
/// LINEAGE/KEY/NONCE. The key is an account's key or a user's address as they were when it was written.
struct Marker {
  std::string lineage;
  std::string key;
  std::string nonce;

  bool operator==(const Marker&) const = default;
};

std::string to_string(const Marker& marker);

/// Nothing for a text that is no marker; users of the server can write anything into the attribute.
std::optional<Marker> parse_marker(std::string_view text);

/// Whether the attribute, where there is one, is a marker with this nonce, under whatever key. Never with an
/// empty nonce, which stands for an object that carries no marker.
bool carries(const std::optional<std::string>& attribute, std::string_view nonce);

}  // namespace rollcall::model
