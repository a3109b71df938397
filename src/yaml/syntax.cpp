#include "yaml/syntax.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

#include "yaml/encoding.hpp"

namespace rollcall::yaml {
namespace {

struct Words {
  std::string_view begins_with;
  std::string_view message;
  std::string_view hint;
};

constexpr std::string_view kNoDirectives = "remove this line: files need no directives";

/// What yaml-cpp 0.7 says, by its first words, and what we say.
constexpr Words kWords[] = {
    {"illegal map value", "a colon is not allowed here",
     "put a string that contains `: ` in quotes, and check the indentation of this line"},
    {"illegal map key", "a key is not allowed here", "check the indentation of this line"},
    {"illegal block entry", "a list entry `- ` is not allowed here",
     "start the list on a line of its own below its key, with all entries indented alike"},
    {"illegal flow end", "this bracket closes nothing", "remove it, or add the opening one"},
    {"end of map not found", "this line does not belong to any open mapping",
     "check its indentation, and that nothing follows a closing quote"},
    {"end of sequence not found", "this line does not belong to any open list",
     "check its indentation: every entry starts with `- ` in the same column"},
    {"unknown escape character", "YAML does not know this escape",
     "write the backslash twice, or use single quotes"},
    {"bad character found while scanning hex", "this escape needs hexadecimal digits",
     "in single quotes, a backslash is an ordinary character"},
    {"invalid unicode", "this escape does not stand for a character",
     "in single quotes, a backslash is an ordinary character"},
    {"the referenced anchor is not defined", "this alias refers to an anchor that is not defined above it",
     "check the name after `*`; an anchor is written `&name`. Put a string that starts with `*` in quotes"},
    {"alias not found after *", "`*` must be followed by the name of an anchor",
     "put a string that starts with `*` in quotes"},
    {"anchor not found after &", "`&` must be followed by a name",
     "put a string that starts with `&` in quotes"},
    {"illegal character found while scanning alias",
     "this alias contains a character that a name cannot have",
     "put a string that starts with `*`, such as a pattern, in quotes"},
    {"illegal character found while scanning anchor",
     "this anchor contains a character that a name cannot have",
     "put a string that starts with `&` in quotes"},
    {"aliases can't have any content", "nothing can follow an alias",
     "put a string that starts with `*` in quotes"},
    {"cannot assign multiple anchors", "a node can have only one anchor", "remove one of the two"},
    {"cannot assign multiple tags", "a node can have only one tag", "remove one of the two"},
    {"cannot set zero indentation", "a block scalar cannot have the indentation 0", "remove the digit"},
    {"unexpected character in block scalar", "only a comment can follow `|` or `>`",
     "start the text on the next line"},
    {"illegal document indicator in scalar", "`---` or `...` is inside quotes",
     "check the quote that opens above"},
    {"illegal character found while scanning tag", "this tag contains a character that it cannot have",
     "remove it, or put a string that starts with `!` in quotes"},
    {"tag handle with no suffix", "this tag has no name",
     "remove it, or put a string that starts with `!` in quotes"},
    {"end of verbatim tag", "this tag is never closed",
     "remove it, or put a string that starts with `!` in quotes"},
    {"TAG directives", "this directive is incomplete", kNoDirectives},
    {"repeated", "this directive is repeated", kNoDirectives},
    {"YAML directives", "this directive is incomplete", kNoDirectives},
    {"YAML major version", "this version of YAML is not supported", kNoDirectives},
    {"bad YAML version", "this is not a version of YAML", kNoDirectives},
    {"illegal tab", "a tab is used for indentation", "indent with spaces"},
};

constexpr Words kUnknown = {"", "this is not valid YAML", "check the line and the one above"};

Words words_for(std::string_view message) {
  for (const Words& words : kWords)
    if (message.starts_with(words.begins_with)) return words;
  return kUnknown;
}

/// A tab among the spaces before the line that holds `offset`; npos where there is none.
std::size_t tab_in_indentation(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  const std::size_t newline = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  const std::size_t start = newline == std::string_view::npos ? 0 : newline + 1;
  const std::size_t end = std::min(text.find_first_not_of(" \t", start), text.size());
  const std::size_t tab = text.substr(start, end - start).find('\t');
  return tab == std::string_view::npos ? tab : start + tab;
}

/// YAML takes keys of at most 1,024 bytes: beyond that it no longer looks for the colon, and stumbles later.
constexpr std::size_t kMaxKey = 1024;

/// Where such a key starts on the line of `offset`; npos where there is none.
std::size_t long_key(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  const std::size_t before = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  const std::string_view line = text.substr(begin, std::min(text.find('\n', begin), text.size()) - begin);
  std::size_t start = std::min(line.find_first_not_of(" \t-"), line.size());
  for (std::size_t i = start; i < line.size(); ++i) {
    const char c = line[i];
    if (i == start && (c == '"' || c == '\'')) {
      i = std::min(line.find(c, i + 1), line.size());
    } else if (c == '{' || c == '[' || c == ',') {
      start = std::min(line.find_first_not_of(" \t", i + 1), line.size());
      i = start - 1;
    } else if (c == ':' && (i + 1 == line.size() ||
                            std::string_view(" \t\r").find(line[i + 1]) != std::string_view::npos)) {
      if (i - start > kMaxKey) return begin + start;
      start = std::min(line.find_first_not_of(" \t", i + 1), line.size());
      i = start - 1;
    }
  }
  return std::string_view::npos;
}

/// Whether the bracket at `offset` has its counterpart, brackets in between closed in their order. Quotes
/// count where a value can start with them.
bool is_closed(std::string_view text, std::size_t offset) {
  std::string open;
  char before = '\0';
  for (std::size_t at = offset; at < text.size(); ++at) {
    const char c = text[at];
    if ((c == '"' || c == '\'') && std::string_view("[{,:").find(before) != std::string_view::npos) {
      for (++at; at < text.size() && text[at] != c; ++at)
        if (c == '"' && text[at] == '\\') ++at;
    } else if (c == '#' && at > 0 && std::string_view(" \t\n").find(text[at - 1]) != std::string_view::npos) {
      at = std::min(text.find('\n', at), text.size());
      continue;
    } else if (c == '[' || c == '{') {
      open += c == '[' ? ']' : '}';
    } else if (c == ']' || c == '}') {
      if (open.back() != c) return false;
      open.pop_back();
      if (open.empty()) return true;
    }
    if (std::string_view(" \t\r\n").find(c) == std::string_view::npos) before = c;
  }
  return false;
}

constexpr std::size_t kEscapeSize = std::string_view("\\ud83c").size();

/// What `\uXXXX` at `at` says, surrogates included; nothing where there is no such escape.
std::optional<std::uint32_t> escaped_unit(std::string_view text, std::size_t at) {
  const std::string_view escape = text.substr(std::min(at, text.size()), kEscapeSize);
  if (escape.size() != kEscapeSize || !escape.starts_with("\\u")) return std::nullopt;
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(escape.data() + 2, escape.data() + escape.size(), value, 16);
  if (error != std::errc() || end != escape.data() + escape.size()) return std::nullopt;
  return value;
}

/// The UTF-8 of a character beyond U+FFFF.
std::string utf8_of(std::uint32_t point) {
  const auto continuation = [&](unsigned shift) {
    return static_cast<char>(0x80U | (point >> shift & 0x3FU));
  };
  return {static_cast<char>(0xF0U | point >> 18U), continuation(12), continuation(6), continuation(0)};
}

/// JSON writes a character beyond U+FFFF as two escapes, each half of a surrogate pair; YAML has one escape
/// for it. `offset` is after the first half. False where there is no such pair.
bool report_surrogates(std::string_view text, FileIndex file, std::size_t offset, Problems& problems) {
  if (offset < kEscapeSize) return false;
  const std::size_t start = offset - kEscapeSize;
  const auto high = escaped_unit(text, start);
  const auto low = escaped_unit(text, offset);
  if (!high || !low || (*high & 0xFC00U) != 0xD800U || (*low & 0xFC00U) != 0xDC00U) return false;
  const std::uint32_t point = 0x10000U + ((*high & 0x3FFU) << 10U) + (*low & 0x3FFU);
  problems.error("R006", span_at(text, file, start, 2 * kEscapeSize),
                 "this character is written as two escapes (a surrogate pair), which YAML does not support",
                 fmt::format("write {} itself, or \\U{:08X}", utf8_of(point), point));
  return true;
}

void report_inside_brackets(std::string_view text, const Span& at, std::size_t offset, Problems& problems) {
  if (text[offset] == '[' || text[offset] == '{')
    problems.error("R006", at, fmt::format("`{}` is inside the entry before it", text[offset]),
                   "put a string with brackets, such as a pattern, in quotes; separate entries with commas");
  else if (text[offset] == ':')
    problems.error("R006", at, "a colon is not allowed here",
                   "put a string that contains `: ` in quotes, and separate entries with commas");
  else
    problems.error("R006", at, "this does not belong to the entry before it",
                   "add the missing comma, or put the whole string in quotes");
}

}  // namespace

void report_unclosed_quote(std::string_view text, FileIndex file, std::size_t quote, Problems& problems) {
  problems.error("R008", span_at(text, file, quote), "this quote is never closed",
                 "add the closing quote; inside single quotes, a single quote is written twice");
}

void report_syntax(const YAML::Exception& exception, std::string_view text, FileIndex file,
                   const Builder& builder, Problems& problems) {
  const auto offset = static_cast<std::size_t>(std::max(exception.mark.pos, 0));
  if (const std::size_t quote = builder.unclosed_quote(); quote != std::string_view::npos)
    return report_unclosed_quote(text, file, quote, problems);
  if (const std::size_t tab = tab_in_indentation(text, offset); tab != std::string_view::npos) {
    return problems.error("R007", span_at(text, file, tab), "a tab is used for indentation",
                          "YAML allows only spaces there; set your editor to insert spaces");
  }
  if (const std::size_t key = long_key(text, offset); key != std::string_view::npos)
    return problems.error("R006", span_at(text, file, key),
                          fmt::format("this key is longer than {} bytes, the maximum in YAML", kMaxKey),
                          "shorten it");
  const std::string_view message = exception.msg;
  if (message.starts_with("invalid unicode") && report_surrogates(text, file, offset, problems)) return;
  const bool flow = message.starts_with("end of sequence flow") || message.starts_with("end of map flow") ||
                    message.starts_with("illegal flow end");
  Span at = span_at(text, file, offset);
  if (const std::size_t bracket = builder.open_bracket(); flow && bracket != std::string_view::npos) {
    if (is_closed(text, bracket) && offset < text.size())
      return report_inside_brackets(text, at, offset, problems);
    return problems.error(
        "R008", span_at(text, file, bracket), fmt::format("this `{}` is never closed", text[bracket]),
        text[bracket] == '[' ? "add `]`, and commas between the entries; a pattern with brackets needs quotes"
                             : "add `}`, and commas between the entries");
  }
  if (message.starts_with("unknown token") && offset < text.size()) {
    const bool inside =
        offset > 0 && std::string_view(" \t\n[{,").find(text[offset - 1]) == std::string_view::npos;
    return problems.error("R006", at,
                          fmt::format("an unquoted string cannot {} `{}` here",
                                      inside ? "contain" : "start with", text[offset]),
                          "put it in quotes");
  }
  const Words words = words_for(message);
  std::string hint(words.hint);
  if (const std::size_t quote = builder.last_quote_over_lines(); quote != std::string_view::npos)
    hint = fmt::format(
        "the quoted string that starts on line {} spans several lines; is its closing quote missing?",
        span_at(text, file, quote).origin.line);
  problems.error("R006", at, std::string(words.message), std::move(hint));
}

}  // namespace rollcall::yaml
