#include "report/markdown_text.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>

#include "base/text.hpp"
#include "report/html_text.hpp"

namespace rollcall::report {
namespace {

// What may stand before and after a word without being a part of it, and means nothing there.
constexpr std::string_view kBefore = "(\"'";
constexpr std::string_view kAfter = ",.;:?)\"'";

// Parsers of Markdown take no longer row of backticks than 80 for the end of code: of more in a text a few
// are shown.
constexpr std::size_t kMostTicks = 40;

bool is_letter_or_digit(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0;
}

/// What forges make a link to a commit of.
bool is_like_a_commit(std::string_view word) {
  constexpr std::size_t kShortest = 7;
  constexpr std::string_view kDigits = "0123456789";
  return word.size() >= kShortest && word.find_first_not_of("0123456789abcdef") == std::string_view::npos &&
         word.find_first_of(kDigits) != std::string_view::npos;
}

/// A word that neither Markdown nor a forge takes for anything but a word.
bool is_plain_word(std::string_view word) {
  // GitHub's way to write #17.
  if (word.starts_with("GH-") || word.starts_with("gh-") || is_like_a_commit(word)) return false;
  const auto is_plain = [](char c) { return is_letter_or_digit(c) || c == '-' || c == '\'' || c == ','; };
  return std::all_of(word.begin(), word.end(), is_plain) &&
         (word.empty() || (word.front() != '-' && word.back() != '-'));
}

/// "1." and "1)" would begin a list at the start of a line.
bool is_marker_of_list(std::string_view word, std::string_view after) {
  return !word.empty() && (after.starts_with('.') || after.starts_with(')')) &&
         std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

struct Word {
  std::string_view before;
  std::string_view core;
  std::string_view after;
};

Word parts_of(std::string_view word) {
  const std::size_t first = std::min(word.find_first_not_of(kBefore), word.size());
  const std::string_view rest = word.substr(first);
  const std::size_t last = rest.find_last_not_of(kAfter);
  const std::size_t length = last == std::string_view::npos ? 0 : last + 1;
  return {word.substr(0, first), rest.substr(0, length), rest.substr(length)};
}

enum class Ticks : std::uint8_t { kMarkCode, kAreText };

/// The text in words, each as `write.plain` or `write.code` has it. Printable text only.
template <class Write>
std::string marked_up(std::string_view text, Ticks ticks, const Write& write) {
  const std::string_view ends = ticks == Ticks::kMarkCode ? " \t`" : " \t";
  std::string out;
  const auto code = [&](std::string_view part) {
    // Two spans of code that touch would be another one.
    if (out.ends_with('`')) out += ' ';
    out += write.code(part);
  };
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ' ' || text[at] == '\t') {
      // Two of them would break the line at its end.
      if (!out.empty() && out.back() != ' ') out += ' ';
      ++at;
      continue;
    }
    const std::size_t closing =
        ticks == Ticks::kMarkCode && text[at] == '`' ? text.find('`', at + 1) : std::string_view::npos;
    if (closing != std::string_view::npos && closing > at + 1) {
      code(text.substr(at + 1, closing - at - 1));
      at = closing + 1;
      continue;
    }
    const std::size_t after = std::min(text.find_first_not_of('`', at), text.size());
    const std::size_t end = std::min(text.find_first_of(ends, std::max(after, at + 1)), text.size());
    const Word word = parts_of(text.substr(at, end - at));
    out += write.plain(word.before);
    if (is_plain_word(word.core) && !(out.empty() && is_marker_of_list(word.core, word.after)))
      out += write.plain(word.core);
    else
      code(word.core);
    out += write.plain(word.after);
    at = end;
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

struct Markdown {
  static std::string plain(std::string_view text) { return std::string(text); }
  static std::string code(std::string_view text) { return markdown_code(text); }
};

struct Html {
  static std::string plain(std::string_view text) { return escape_html(text); }
  static std::string code(std::string_view text) { return "<code>" + escape_html(text) + "</code>"; }
};

}  // namespace

std::string markdown_code(std::string_view text) {
  std::string shown;
  std::size_t longest = 0, run = 0;
  for (const char c : printable(text)) {
    run = c == '`' ? run + 1 : 0;
    if (run <= kMostTicks) shown += c;
    if (run == kMostTicks + 1) shown += "…";
    longest = std::max(longest, std::min(run, kMostTicks));
  }
  const std::string fence(longest + 1, '`');
  const bool touches = shown.starts_with('`') || shown.ends_with('`');
  const bool loses_spaces = shown.starts_with(' ') && shown.ends_with(' ');
  const std::string_view gap = touches || loses_spaces ? " " : "";
  return fence + std::string(gap) + (shown.empty() ? " " : shown) + std::string(gap) + fence;
}

std::string markdown_text(std::string_view text) {
  return marked_up(printable(text), Ticks::kMarkCode, Markdown());
}

std::string markdown_value(std::string_view text) {
  return marked_up(printable(text), Ticks::kAreText, Markdown());
}

std::string html_value_text(std::string_view text) {
  return marked_up(printable(text), Ticks::kAreText, Html());
}

std::string html_text(std::string_view text) {
  return marked_up(printable(text), Ticks::kMarkCode, Html());
}

}  // namespace rollcall::report
