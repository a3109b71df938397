#pragma once

#include <string_view>

#include "base/source.hpp"
#include "yaml/problems.hpp"

namespace rollcall::yaml {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// The rule that a file in UTF-16 or UTF-32 breaks.
constexpr std::string_view kOtherEncoding = "R004";

/// Where a byte of the text stands, found by reading from the start: for one problem, not for many.
Span span_at(std::string_view text, FileIndex file, std::size_t offset, std::uint32_t length = 1);

/// The byte offset of the first control character that YAML forbids: everything below a space but tabs and
/// line ends, DEL, C1 controls, a carriage return without its line feed. npos where there is none. Wants
/// valid UTF-8.
std::size_t find_control_character(std::string_view text, bool lone_returns_allowed);

/// Refuses what yaml-cpp would take: UTF-16 and UTF-32, bytes that are no UTF-8, control characters, large
/// files.
bool check_encoding(std::string_view text, FileIndex file, Problems& problems);

}  // namespace rollcall::yaml
