#include "forge/rate_limit.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <string_view>

#include "base/text.hpp"
#include "http/headers.hpp"

namespace rollcall::forge {
namespace {

using std::chrono::seconds;

constexpr int kForbidden = 403;
constexpr int kTooMany = 429;
/// Where the forge does not say how long: GitHub asks for at least a minute.
constexpr seconds kUnsaid{60};
/// A longer wait is said as this one.
constexpr seconds kLongest{std::chrono::hours{24 * 365}};

/// Seconds since 1970, by the forge's own clock where it says what time it has.
std::optional<seconds> until_reset(const http::Response& response, Time now) {
  const std::string_view text = http::value_of(response.headers, "x-ratelimit-reset");
  std::int64_t at = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), at);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || at < 0) return std::nullopt;
  const auto from = http::parse_http_date(http::value_of(response.headers, "Date"))
                        .value_or(std::chrono::floor<seconds>(now));
  // Its second has begun, and ends a moment later.
  const std::int64_t wait = std::min<std::int64_t>(at, kLongest.count() + from.time_since_epoch().count()) -
                            from.time_since_epoch().count() + 1;
  return seconds{std::max<std::int64_t>(wait, 1)};
}

}  // namespace

std::optional<seconds> wait_of(const http::Response& response, Time now) {
  const auto retry_after = http::retry_after(response.headers, now);
  const bool used_up = http::value_of(response.headers, "x-ratelimit-remaining") == "0";
  const bool limited =
      response.status == kTooMany ||
      (response.status == kForbidden &&
       (retry_after || used_up || to_lower(response.body).find("rate limit") != std::string::npos));
  if (!limited) return std::nullopt;
  if (retry_after) return std::clamp(*retry_after, seconds{1}, kLongest);
  if (const auto reset = used_up ? until_reset(response, now) : std::nullopt) return reset;
  return kUnsaid;
}

http::PauseAfter pause_within(seconds most) {
  return [left = std::make_shared<seconds>(most)](const http::Response& response,
                                                  Time now) -> std::optional<std::chrono::milliseconds> {
    const auto wait = wait_of(response, now);
    if (!wait || *wait > *left) return std::nullopt;
    *left -= *wait;
    return *wait;
  };
}

}  // namespace rollcall::forge
