#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "json.hpp"

namespace sandbox {

// Characters (code points) of valid UTF-8.
std::size_t length_of(std::string_view text);
// Empty or nothing but white space, as Rails' `blank?` sees a string.
bool is_blank(std::string_view text);
std::string lower(std::string_view text);
std::string strip(std::string_view text);
bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);

// The number a string starts with ("54abc" is 54), as Ruby's to_i; none when it starts with no digit
// or does not fit.
std::optional<std::int64_t> leading_number(std::string_view text);

// A scalar as a text column stores it (1.5, "t"); none for null.
std::optional<std::string> as_text(const Json& value);
// A scalar as an integer column stores it (true is 1, 54.7 is 54, "54abc" is 54); none for null and
// whatever is no number.
std::optional<std::int64_t> as_integer(const Json& value);
// False, null, blank text and empty containers are absent; 0 and "false" are present.
bool is_present(const Json& value);
bool is_scalar(const Json& value);
// Whether a NUL is in the text: PostgreSQL refuses it, which the server answers with 500.
bool has_nul(std::string_view text);
bool json_has_nul(const Json& value);

std::string url_decode(std::string_view text);
// As Ruby's CGI.escape: blanks become +.
std::string query_escape(std::string_view text);

// 32 hexadecimal digits that depend on the text only.
std::string fingerprint(std::string_view text);
// A random token of so many letters and digits.
std::string random_token(std::size_t length);
// A random uuid.
std::string random_uuid();

std::int64_t now_ms();
// 2026-01-31T12:00:00.000Z
std::string iso_time(std::int64_t ms);

}  // namespace sandbox
