#pragma once

#include <cstddef>
#include <string_view>

namespace rollcall {

/// Shell-style match of a whole text: `*` any run, `?` one character, `[a-z]` and `[!a-z]` one of a set.
/// Neither crosses `separator` where that is not 0. A set without an end matches `[` itself. The second adds
/// what it took, in looks at a character, to `steps`.
bool glob_match(std::string_view pattern, std::string_view text, char separator = 0);
bool glob_match(std::string_view pattern, std::string_view text, char separator, std::size_t& steps);

/// Whether the text has a character that glob_match takes for a pattern.
bool is_pattern(std::string_view text);

/// Bytes of the longest pattern that files may have: a longer one takes long to match, and means nothing.
constexpr std::size_t kLongestPattern = 200;

}  // namespace rollcall
