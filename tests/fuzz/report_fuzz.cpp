#include <algorithm>
#include <cctype>
#include <string>

#include "base/text.hpp"
#include "fuzz.hpp"
#include "report/finding.hpp"
#include "report/markdown_text.hpp"

namespace rollcall::fuzz::report_target {
namespace {

bool is_harmless(char c) {
  const auto byte = static_cast<unsigned char>(c);
  constexpr std::string_view kPunctuation = " (),.;:?\"'-";
  return byte >= 0x80 || std::isalnum(byte) != 0 || kPunctuation.find(c) != std::string_view::npos;
}

/// What a parser of Markdown takes for text once it has taken out all code, whose fences have to match.
std::string without_code(std::string_view markdown) {
  constexpr std::size_t kLongestFence = 80;
  std::string text;
  while (!markdown.empty()) {
    const std::size_t opening = std::min(markdown.find('`'), markdown.size());
    text += markdown.substr(0, opening);
    markdown.remove_prefix(opening);
    if (markdown.empty()) break;
    const std::size_t fence = std::min(markdown.find_first_not_of('`'), markdown.size());
    fuzz::require(fence <= kLongestFence, "a fence is short enough for a parser", markdown);
    std::size_t at = fence;
    for (std::size_t run = 0; at < markdown.size() && run != fence; at += run) {
      at = std::min(markdown.find('`', at), markdown.size());
      run = std::min(markdown.find_first_not_of('`', at), markdown.size()) - at;
      if (run == fence) break;
    }
    fuzz::require(at < markdown.size(), "code ends", markdown);
    markdown.remove_prefix(at + fence);
  }
  return text;
}

void require_markdown(std::string_view bytes) {
  for (const std::string& markdown : {report::markdown_text(bytes), report::markdown_code(bytes)}) {
    fuzz::require(!find_invalid_utf8(markdown), "Markdown is UTF-8", markdown);
    fuzz::require(markdown.find('\n') == std::string::npos, "a text is one line", markdown);
    fuzz::require(!markdown.ends_with("  "), "a text breaks no line", markdown);
    const std::string text = without_code(markdown);
    fuzz::require(std::all_of(text.begin(), text.end(), is_harmless), "what is no code means nothing",
                  markdown);
  }
}

void require_html(std::string_view bytes) {
  std::string html = report::html_text(bytes);
  fuzz::require(html.find('\n') == std::string::npos, "a text is one line", html);
  bool in_code = false;
  for (std::size_t at = html.find_first_of("<>"); at != std::string::npos; at = html.find_first_of("<>")) {
    const std::string_view tag = in_code ? "</code>" : "<code>";
    fuzz::require(std::string_view(html).substr(at).starts_with(tag), "only code is an element", html);
    html.erase(0, at + tag.size());
    in_code = !in_code;
  }
  fuzz::require(!in_code, "code ends", html);
}

void require_annotation(std::string_view bytes) {
  report::Finding finding;
  finding.rule = finding.file = finding.message = bytes;
  const std::string command = report::annotations({finding}, {});
  fuzz::require(command.starts_with("::warning file="), "an annotation is a command", command);
  fuzz::require(std::count(command.begin(), command.end(), '\n') == 1 && command.ends_with('\n'),
                "an annotation is one line", command);
  const std::string_view properties = std::string_view(command).substr(2, command.find("::", 2) - 2);
  fuzz::require(std::count(properties.begin(), properties.end(), ',') == 2, "no name adds a property",
                command);
  fuzz::require(command.find("##[") == std::string::npos, "no other command is in it", command);
}

}  // namespace

/// A text of a roster or a server.
ROLLCALL_FUZZ_TARGET(report) {
  const std::string_view bytes = fuzz::text_of(data, size);
  require_markdown(bytes);
  require_html(bytes);
  require_annotation(bytes);
  return 0;
}

}  // namespace rollcall::fuzz::report_target
