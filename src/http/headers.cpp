#include "http/headers.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace rollcall::http {

std::string_view value_of(const Headers& headers, std::string_view name) {
  const std::string wanted = to_lower(name);
  const auto found = std::find_if(headers.rbegin(), headers.rend(),
                                  [&](const Header& header) { return to_lower(header.name) == wanted; });
  return found == headers.rend() ? std::string_view() : std::string_view(found->value);
}

}  // namespace rollcall::http
