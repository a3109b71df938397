#pragma once

#include <string>
#include <string_view>

/// Parts of a page in HTML. What is called `inner` is HTML already; everything else is text.
namespace rollcall::report {

/// The text as an element or an attribute in double quotes holds it: it opens nothing and ends nothing.
std::string escape_html(std::string_view text);

/// The text as it is, whatever it holds: what is not seen, or would change the order of what is, becomes
/// `\xNN`.
std::string shown_html(std::string_view text);

std::string html_element(std::string_view tag, std::string_view style, const std::string& inner);

/// A value by itself, with its spaces and in its own direction.
std::string html_value(std::string_view style, std::string_view text);

/// The URL has to be one that no text of a roster or a server can choose.
std::string html_link(const std::string& url, const std::string& inner);

}  // namespace rollcall::report
