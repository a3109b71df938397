#include "yaml/version.hpp"

#include <algorithm>
#include <cstdint>

#include "yaml/encoding.hpp"
#include "yaml/parse.hpp"

namespace rollcall::yaml {
namespace {

enum class Declared : std::uint8_t { kNothing, kVersion1, kOtherVersion, kNoVersion };

/// Whether the line holds nothing but the brace that opens a document of JSON.
bool opens_json(std::string_view line) {
  return line.substr(0, line.find_last_not_of(" \t\r") + 1) == "{";
}

/// The first line that says something; empty where there is none.
std::string_view first_line(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
    if (!line.empty() && !line.starts_with('#') && !line.starts_with("---") && !line.starts_with('%') &&
        !opens_json(line))
      return line;
  }
  return {};
}

/// Takes `word` and the spaces after it from the start of the line; whether it was there.
bool take_word(std::string_view& line, std::string_view word) {
  if (!line.starts_with(word)) return false;
  line.remove_prefix(word.size());
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return true;
}

Declared declared_version(std::string_view text) {
  std::string_view line = first_line(text);
  if (line.empty()) return Declared::kNothing;
  // The same in JSON's way, which is YAML too.
  take_word(line, "{");
  if (!take_word(line, "version") && !take_word(line, "\"version\"") && !take_word(line, "'version'"))
    return Declared::kNoVersion;
  if (!take_word(line, ":")) return Declared::kNoVersion;
  const std::string_view value = line.substr(0, line.find_first_of(" \t\r#,}"));
  return value == "1" ? Declared::kVersion1 : Declared::kOtherVersion;
}

}  // namespace

std::optional<Document> parse_versioned(std::string_view text, FileIndex file, const VersionRules& rules,
                                        Problems& problems) {
  const Declared declared = declared_version(text);
  if (declared == Declared::kVersion1 || declared == Declared::kNothing) return parse(text, file, problems);
  // The whole file: a line of it would show what it is.
  const Span whole{{file, 0, 0}};
  Problems encoding;
  if (!check_encoding(text, file, encoding) && encoding.has(kOtherEncoding))
    problems.take(std::move(encoding));
  else if (declared == Declared::kNoVersion)
    problems.error(rules.missing, whole, "the file does not start with `version: 1`",
                   "write it as the first line");
  else
    problems.error(rules.other, whole, "the file is of another version than 1",
                   "write `version: 1`, without quotes, or use a newer Rollcall");
  return std::nullopt;
}

}  // namespace rollcall::yaml
