#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall {

/// A day of the calendar, counted from 1970-01-01 in UTC.
struct Date {
  std::int32_t days = 0;

  bool operator==(const Date&) const = default;
  auto operator<=>(const Date&) const = default;
};

/// YYYY-MM-DD and nothing else, years 1970 to 9999; nothing for a day that does not exist.
std::optional<Date> parse_date(std::string_view text);
std::string to_string(Date date);

using Time = std::chrono::sys_time<std::chrono::milliseconds>;

/// 2026-01-31T23:59:59Z, to the second, in UTC.
std::string to_string(Time time);
/// Just that form; nothing for anything else.
std::optional<Time> parse_time(std::string_view text);
Date date_of(Time time);
/// 00:00 UTC at the start of the day.
Time start_of(Date date);

/// The time and the wait as effects: one real clock, fakes in tests.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Time now() const = 0;
  /// Runs only forward, for measuring and deadlines; goes on while the machine sleeps.
  [[nodiscard]] virtual std::chrono::milliseconds ticks() const = 0;
  virtual void sleep_for(std::chrono::milliseconds duration) = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override;
  [[nodiscard]] std::chrono::milliseconds ticks() const override;
  void sleep_for(std::chrono::milliseconds duration) override;
};

}  // namespace rollcall
