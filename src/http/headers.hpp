#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::http {

/// A header field of a request or a response.
struct Header {
  std::string name;
  std::string value;

  bool operator==(const Header&) const = default;
};

/// The fields of one message, in their order.
using Headers = std::vector<Header>;

/// The value of the last field of this name, in upper or lower case; empty where there is none.
std::string_view value_of(const Headers& headers, std::string_view name);

/// The time in a field such as Date; nothing where it says none.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

/// What Retry-After asks for: seconds, or a date, against the response's own Date or else `now`. A number
/// beyond reason is the largest of `seconds`. Nothing where it asks for nothing.
std::optional<std::chrono::seconds> retry_after(const Headers& headers,
                                                std::chrono::sys_time<std::chrono::milliseconds> now);

}  // namespace rollcall::http
