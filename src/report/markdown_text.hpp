#pragma once

#include <string>
#include <string_view>

/// Texts of rosters and servers in Markdown. Whatever they hold shows as itself: it opens no element, links
/// nowhere, mentions nobody and refers to nothing, for words with anything but letters and digits in them
/// become code. Never a line break.
namespace rollcall::report {

/// All of it as code.
std::string markdown_code(std::string_view text);

/// A sentence for a line of Markdown; what stands between backticks there becomes code, too. Not for the
/// start of a line.
std::string markdown_text(std::string_view text);

/// The same of a value or a name, where backticks are what they are.
std::string markdown_value(std::string_view text);

/// The same two for a line of HTML, such as a <summary>.
std::string html_value_text(std::string_view text);
std::string html_text(std::string_view text);

}  // namespace rollcall::report
