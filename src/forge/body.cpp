#include "forge/body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.hpp"

namespace rollcall::forge {
namespace {

constexpr std::string_view kFence = "```";
constexpr std::string_view kWhitespace = " \t\n\v\f";

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_space(char c) {
  return kWhitespace.find(c) != std::string_view::npos;
}

std::string without_returns(std::string_view text) {
  std::string out(text);
  out.erase(std::remove(out.begin(), out.end(), '\r'), out.end());
  return out;
}

/// As forges keep it.
std::string as_kept(std::string_view text) {
  std::string out = without_returns(text);
  while (!out.empty() && is_space(out.back())) out.pop_back();
  return out;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::string_view without_indent(std::string_view line) {
  return line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
}

/// `/word`, alone or before a space: `/var/log` is none.
bool is_command(std::string_view line) {
  line = without_indent(line);
  if (!line.starts_with('/')) return false;
  std::size_t end = 1;
  while (end < line.size() && is_word_character(line[end])) ++end;
  return end > 1 && (end == line.size() || is_space(line[end]));
}

/// Of each line, whether it is code for every reader of Markdown. GitLab finds code by patterns of its own,
/// so only plain fences count, and none at all where a backtick might mean something else to it.
std::vector<bool> find_code(const std::vector<std::string_view>& lines) {
  const auto none = [&] { return std::vector<bool>(lines.size(), false); };
  std::vector<bool> code = none();
  std::optional<std::size_t> opened;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    const std::string_view line = lines[at];
    if (without_indent(line).starts_with("~~~")) return none();
    if (opened) {
      if (line == kFence) {
        std::fill(code.begin() + static_cast<std::ptrdiff_t>(*opened),
                  code.begin() + static_cast<std::ptrdiff_t>(at), true);
        opened.reset();
      } else if (line.find('`') != std::string_view::npos) {
        return none();
      }
    } else if (line.starts_with(kFence) && line.find('`', kFence.size()) == std::string_view::npos) {
      opened = at + 1;
    } else if (line.find('`') != std::string_view::npos) {
      return none();
    }
  }
  return code;
}

}  // namespace

std::size_t longest_comment(Kind kind) {
  return kind == Kind::kGitlab ? 1'000'000 : 65'536;
}

bool is_comment_name(std::string_view name) {
  constexpr std::size_t kLongest = 64;
  return !name.empty() && name.size() <= kLongest && is_word_character(name.front()) && name.front() != '_' &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_word_character(c) || c == '-' || c == '.'; });
}

std::optional<std::size_t> find_quick_action(std::string_view text) {
  const std::string plain = without_returns(text);
  const std::vector<std::string_view> lines = lines_of(plain);
  const std::vector<bool> code = find_code(lines);
  for (std::size_t at = 0; at < lines.size(); ++at)
    if (!code[at] && is_command(lines[at])) return at + 1;
  return std::nullopt;
}

Expected<Body> make_body(Kind kind, std::string_view name, std::string_view text, std::string_view source) {
  if (const auto bad = find_invalid_utf8(text))
    return fail(fmt::format("{} is not UTF-8: byte {} cannot be read.", source, with_thousands(*bad + 1)),
                "A comment is a text in UTF-8, such as `rollcall plan --report markdown=FILE` writes.");
  if (text.find('\0') != std::string_view::npos)
    return fail(fmt::format("{} is not a text: it has a NUL.", source), "Name a file with Markdown.");
  if (as_kept(text).empty())
    return fail(fmt::format("{} is empty, so there is nothing to comment.", source),
                "Check the command that writes it.");
  Body body;
  body.marker = fmt::format("<!-- rollcall:{} -->", name);
  body.whole = fmt::format("{}\n{}", body.marker, text);
  const std::size_t length = count_characters(body.whole);
  if (length > longest_comment(kind))
    return fail(
        fmt::format(
            "{} is too long for a comment: with the marker's line it has {} characters, and {} takes at "
            "most {}.",
            source, with_thousands(length), to_string(kind), with_thousands(longest_comment(kind))),
        "Rollcall's own reports (--report markdown=FILE) stay within 60,000 characters.");
  if (kind != Kind::kGitlab) return body;
  if (const auto line = find_quick_action(text))
    return fail(
        fmt::format("{}:{}: GitLab would carry this line out as a quick action, because it begins with `/` "
                    "and a word.",
                    source, *line),
        "Put a character before it, or make it a code span. Rollcall's own reports have no such line.");
  return body;
}

bool has_marker(std::string_view body, std::string_view marker) {
  const std::string kept = without_returns(body);
  return kept.starts_with(marker) && (kept.size() == marker.size() || kept[marker.size()] == '\n');
}

bool is_same_text(std::string_view a, std::string_view b) {
  return as_kept(a) == as_kept(b);
}

}  // namespace rollcall::forge
