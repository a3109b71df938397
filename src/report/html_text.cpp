#include "report/html_text.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace rollcall::report {

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

std::string shown_html(std::string_view text) {
  return escape_html(printable(text));
}

std::string html_element(std::string_view tag, std::string_view style, const std::string& inner) {
  return fmt::format("<{} class=\"{}\">{}</{}>", tag, style, inner, tag);
}

std::string html_value(std::string_view style, std::string_view text) {
  return html_element("span", style, shown_html(text));
}

std::string html_link(const std::string& url, const std::string& inner) {
  return fmt::format("<a href=\"{}\">{}</a>", escape_html(url), inner);
}

}  // namespace rollcall::report
