#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "forge/place.hpp"

namespace rollcall::forge {

/// The longest comment, in characters, its marker included.
std::size_t longest_comment(Kind kind);

/// What a comment is to be: the marker's line, which is not seen, and then the text as it is.
struct Body {
  std::string marker;
  std::string whole;
};

/// Letters, digits, `-`, `_` and `.`, 1 to 64 of them, the first one a letter or a digit.
bool is_comment_name(std::string_view name);

/// The body for a text. Refuses, naming `source`, what is empty, no UTF-8, too long for the forge, or would
/// make GitLab do something.
Expected<Body> make_body(Kind kind, std::string_view name, std::string_view text, std::string_view source);

/// The line, counted from 1, that GitLab would carry out: one that begins with `/word` outside of code.
std::optional<std::size_t> find_quick_action(std::string_view text);

/// Whether the body of a comment begins with the marker.
bool has_marker(std::string_view body, std::string_view marker);

/// Whether two bodies are the same but for what forges drop: carriage returns, and white space at the end.
bool is_same_text(std::string_view a, std::string_view b);

}  // namespace rollcall::forge
