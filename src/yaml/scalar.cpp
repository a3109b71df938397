#include "yaml/scalar.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace rollcall::yaml {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

template <class... Words>
bool is_one_of(std::string_view text, Words... words) {
  return ((text == words) || ...);
}

/// Takes characters from the front while they fit.
template <class Fits>
std::string_view take(std::string_view& text, Fits fits) {
  const auto end = std::find_if_not(text.begin(), text.end(), fits);
  const std::string_view taken = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(taken.size());
  return taken;
}

std::string_view without_sign(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text;
}

template <class Fits>
bool all_of_rest(std::string_view text, std::string_view prefix, Fits fits) {
  return text.size() > prefix.size() && text.starts_with(prefix) &&
         std::all_of(text.begin() + static_cast<std::ptrdiff_t>(prefix.size()), text.end(), fits);
}

/// 0x2A, 0b101, 0o17 and, as 1.1 has it, with underscores.
bool is_other_base(std::string_view text) {
  const auto hex = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '_';
  };
  return all_of_rest(text, "0x", hex) ||
         all_of_rest(text, "0b", [](char c) { return c == '0' || c == '1' || c == '_'; }) ||
         all_of_rest(text, "0o", [](char c) { return c >= '0' && c <= '7'; });
}

/// 190:20:30 and 190:20:30.15, which 1.1 reads to base 60.
bool is_sexagesimal(std::string_view text) {
  if (text.empty() || !is_digit(text.front())) return false;
  take(text, [](char c) { return is_digit(c) || c == '_'; });
  if (text.empty()) return false;
  while (text.starts_with(':')) {
    text.remove_prefix(1);
    const std::string_view part = take(text, is_digit);
    if (part.empty() || part.size() > 2 || (part.size() == 2 && part.front() > '5')) return false;
  }
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    take(text, [](char c) { return is_digit(c) || c == '_'; });
  }
  return text.empty();
}

/// 12, 1_000, 1.5, .5, 1., 1e3, 6.02E+23.
bool is_decimal(std::string_view text) {
  const std::string_view whole = take(text, [](char c) { return is_digit(c) || c == '_'; });
  if (whole.starts_with('_')) return false;
  std::string_view fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = take(text, [](char c) { return is_digit(c) || c == '_'; });
    if (whole.empty() && (fraction.empty() || fraction.front() == '_')) return false;
  } else if (whole.empty()) {
    return false;
  }
  if (text.empty()) return true;
  if (text.front() != 'e' && text.front() != 'E') return false;
  text = without_sign(text.substr(1));
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

bool is_number(std::string_view text) {
  if (is_one_of(text, ".nan", ".NaN", ".NAN")) return true;
  text = without_sign(text);
  return is_one_of(text, ".inf", ".Inf", ".INF") || is_other_base(text) || is_decimal(text) ||
         is_sexagesimal(text);
}

/// 2026-01-31, 2026-1-3 and what stands after it where it is a time: a point in time of 1.1.
bool is_date(std::string_view text) {
  if (take(text, is_digit).size() != 4 || !text.starts_with('-')) return false;
  text.remove_prefix(1);
  const std::size_t month = take(text, is_digit).size();
  if (month < 1 || month > 2 || !text.starts_with('-')) return false;
  text.remove_prefix(1);
  const std::size_t day = take(text, is_digit).size();
  if (day < 1 || day > 2) return false;
  if (text.empty()) return true;
  if (!is_one_of(text.substr(0, 1), "T", "t", " ", "\t")) return false;
  text.remove_prefix(1);
  take(text, [](char c) { return c == ' ' || c == '\t'; });
  return !text.empty() && is_digit(text.front()) && text.find(':') != std::string_view::npos &&
         text.find_first_not_of("0123456789:.+-Z \t") == std::string_view::npos;
}

}  // namespace

Reading reading_of(std::string_view plain) {
  constexpr std::size_t kLongestWord = std::string_view("false").size();
  if (plain.empty()) return Reading::kNull;
  if (plain.size() <= kLongestWord) {
    if (is_one_of(plain, "~", "null", "Null", "NULL")) return Reading::kNull;
    if (is_one_of(plain, "y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No", "NO", "true", "True", "TRUE",
                  "false", "False", "FALSE", "on", "On", "ON", "off", "Off", "OFF"))
      return Reading::kBoolean;
  }
  const char first = plain.front();
  if (!is_digit(first) && first != '.' && first != '-' && first != '+') return Reading::kText;
  if (is_number(plain)) return Reading::kNumber;
  return is_date(plain) ? Reading::kDate : Reading::kText;
}

std::string_view describe(Reading reading) {
  switch (reading) {
    case Reading::kNull:
      return "null";
    case Reading::kBoolean:
      return "a boolean";
    case Reading::kNumber:
      return "a number";
    case Reading::kDate:
      return "a date";
    case Reading::kText:
      break;
  }
  return "text";
}

std::optional<bool> parse_boolean(std::string_view plain) {
  if (is_one_of(plain, "true", "True", "TRUE")) return true;
  if (is_one_of(plain, "false", "False", "FALSE")) return false;
  return std::nullopt;
}

std::optional<std::int64_t> parse_whole_number(std::string_view plain) {
  const std::string_view digits = without_sign(plain);
  if (digits.empty() || !is_digit(digits.front()) || (digits.size() > 1 && digits.front() == '0'))
    return std::nullopt;
  if (plain.starts_with('+')) plain.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
  if (error != std::errc{} || end != plain.data() + plain.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_fraction(std::string_view plain) {
  const std::string_view digits = without_sign(plain);
  if (!is_decimal(digits) || digits.find('_') != std::string_view::npos) return std::nullopt;
  if (digits.find_first_of(".eE") == std::string_view::npos) return std::nullopt;
  if (plain.starts_with('+')) plain.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
  if (error != std::errc{} || end != plain.data() + plain.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

}  // namespace rollcall::yaml
