#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rollcall::yaml {

/// What YAML 1.1 or 1.2 (core schema) reads a plain scalar as. kText: text by both.
enum class Reading : std::uint8_t { kText, kNull, kBoolean, kNumber, kDate };

Reading reading_of(std::string_view plain);

/// "null", "a boolean", "a number", "a date", for messages.
std::string_view describe(Reading reading);

/// true and false as YAML 1.2 writes them.
std::optional<bool> parse_boolean(std::string_view plain);

/// Decimal digits with an optional sign and no leading zeros, as both versions read them alike.
std::optional<std::int64_t> parse_whole_number(std::string_view plain);

/// A number of YAML 1.2 that is a fraction or has an exponent; infinities are none.
std::optional<double> parse_fraction(std::string_view plain);

}  // namespace rollcall::yaml
