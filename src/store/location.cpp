#include "store/location.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace rollcall::store {

Location parse_location(std::string_view text) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return std::filesystem::path(text);
  return StateUrl{to_lower(text.substr(0, scheme)), std::string(text)};
}

std::string to_string(const Location& location) {
  const auto* url = std::get_if<StateUrl>(&location);
  if (url == nullptr) return std::get<std::filesystem::path>(location).string();
  const std::size_t begin = url->scheme.size() + std::string_view("://").size();
  const std::size_t at = url->text.rfind('@');
  return at == std::string::npos ? url->text : url->text.substr(0, begin) + "***" + url->text.substr(at);
}

Expected<void> require_supported(const Location& location) {
  if (!std::holds_alternative<StateUrl>(location)) return {};
  return fail(fmt::format("The state {} is a URL.", to_string(location)),
              "This version keeps the state in a file: give a path.");
}

}  // namespace rollcall::store
