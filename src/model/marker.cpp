#include "model/marker.hpp"

#include <fmt/format.h>

namespace rollcall::model {

std::string to_string(const Marker& marker) {
  return fmt::format("{}/{}/{}", marker.lineage, marker.key, marker.nonce);
}

std::optional<Marker> parse_marker(std::string_view text) {
  const std::size_t first = text.find('/');
  const std::size_t last = text.rfind('/');
  // The local part of an address may hold a slash.
  if (first == std::string_view::npos || first == last || first == 0 || last + 1 == text.size())
    return std::nullopt;
  return Marker{std::string(text.substr(0, first)), std::string(text.substr(first + 1, last - first - 1)),
                std::string(text.substr(last + 1))};
}

bool carries(const std::optional<std::string>& attribute, std::string_view nonce) {
  if (!attribute || nonce.empty()) return false;
  const auto marker = parse_marker(*attribute);
  return marker && marker->nonce == nonce;
}

}  // namespace rollcall::model
