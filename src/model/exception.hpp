#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/source.hpp"

namespace rollcall::model {

/// An entry of the project file with which a review declines, at some addresses and for a while, what would
/// count: removals that `allow` of the guardrails lets pass, or findings that `acknowledged` of the drift
/// names.
struct Exception {
  /// Patterns over addresses, in lower case; none covers a whole kind of object.
  std::vector<std::string> addresses;
  std::string reason;
  /// The last day on which it holds.
  Date until;
  Origin origin;

  bool operator==(const Exception&) const = default;
};

/// How far ahead an entry of `allow` may end, and one of `acknowledged`.
constexpr std::int32_t kMaxAllowedDays = 31;
constexpr std::int32_t kMaxAcknowledgedDays = 90;

/// Whether one of the patterns of the exception covers the address.
bool covers(const Exception& exception, std::string_view address);

/// That its last day has passed, as a finding about an entry of `key`, such as "acknowledged".
std::string expiry_text(const Exception& exception, std::string_view key);

/// Those that hold on that day.
std::vector<Exception> holding_on(Date today, const std::vector<Exception>& exceptions);

}  // namespace rollcall::model
