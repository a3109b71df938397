#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall {

inline bool is_utf8_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// Characters of a UTF-8 text.
std::size_t count_characters(std::string_view text);

/// The text itself, or the whole characters of its first `most` bytes with `mark` after them.
std::string shortened(std::string_view text, std::size_t most, std::string_view mark);

/// Characters of a value that texts and messages show; JSON documents hold all of it.
constexpr std::size_t kMaxShownCharacters = 200;

/// A value of any length as it is shown: its first characters, with an ellipsis where there are more. To be
/// cut before it is escaped, so that no escape is cut in two.
std::string shown_value(std::string_view value);

/// The byte offset of the first byte that is no well-formed UTF-8 (overlong forms and surrogates included).
std::optional<std::size_t> find_invalid_utf8(std::string_view text);

/// Control characters (except a tab), DEL, C1 controls and bytes that are no UTF-8 as `\xNN`. So is what is
/// not seen or changes the direction (a joiner between emoji stays), so that a shown line lies neither about
/// its order nor about what stands in it, and the start of what a pipeline's runner takes for a command.
std::string printable(std::string_view text);

/// A JSON document with all of that written as `\uNNNN`, so that who reads it as JSON gets the same values.
/// The line breaks between them stay.
std::string printable_json(std::string_view document);

/// Appends the text as a JSON string, quotes included, as files hold it: what is printed goes through
/// `printable_json`. Where it is not UTF-8, each byte beyond ASCII becomes U+FFFD, for one of them would make
/// the whole document unreadable.
void append_json_text(std::string& out, std::string_view text);

/// A sentence of its own as a diagnostic of a file writes it: without its full stop, and its first letter
/// small.
std::string as_part(std::string sentence);

/// ASCII only, as e-mail addresses and host names need it.
std::string to_lower(std::string_view text);

/// 1234 as 1,234: how texts write every count.
std::string with_thousands(std::size_t count);

/// 1 account, 2 accounts, 1,234 accounts.
std::string pluralize(std::size_t count, std::string_view singular, std::string_view plural);

/// How many of many names a message shows.
constexpr std::size_t kNamesShown = 5;

/// A part of a sentence, such as the hint of a diagnostic, as a sentence by itself: with a capital letter and
/// a full stop.
std::string as_sentence(std::string part);

/// "a, b, c", and of more than `most` names "a, b, and 1,234 more".
std::string first_and_more(std::vector<std::string> names, std::size_t most = kNamesShown);

}  // namespace rollcall
