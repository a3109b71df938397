#include "http/headers.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
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

std::optional<std::chrono::seconds> retry_after(const Headers& headers,
                                                std::chrono::sys_time<std::chrono::milliseconds> now) {
  using std::chrono::seconds;
  const std::string_view text = value_of(headers, "Retry-After");
  if (text.empty()) return std::nullopt;
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc::result_out_of_range && text.front() != '-') return seconds::max();
  if (error == std::errc{} && end == text.data() + text.size() && count >= 0) return seconds{count};
  const auto date = parse_http_date(text);
  if (!date) return std::nullopt;
  const auto from = parse_http_date(value_of(headers, "Date")).value_or(std::chrono::floor<seconds>(now));
  return std::max(*date - from, seconds{0});
}

}  // namespace rollcall::http
