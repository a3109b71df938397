#include "http/headers.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <ctime>

#include "base/text.hpp"

namespace rollcall::http {

std::string_view value_of(const Headers& headers, std::string_view name) {
  const std::string wanted = to_lower(name);
  const auto found = std::find_if(headers.rbegin(), headers.rend(),
                                  [&](const Header& header) { return to_lower(header.name) == wanted; });
  return found == headers.rend() ? std::string_view() : std::string_view(found->value);
}

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  const std::time_t time = text.empty() ? -1 : curl_getdate(std::string(text).c_str(), nullptr);
  if (time < 0) return std::nullopt;
  return std::chrono::sys_seconds{std::chrono::seconds{time}};
}

}  // namespace rollcall::http
