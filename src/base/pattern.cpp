#include "base/pattern.hpp"

#include <optional>

namespace rollcall {
namespace {

/// The length of the set that starts at pattern[at], and whether it matches; 0 where it has no end.
std::size_t match_set(std::string_view pattern, std::size_t at, char c, bool& matches) {
  std::size_t i = at + 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool found = false;
  for (bool first = true; i < pattern.size(); first = false) {
    if (pattern[i] == ']' && !first) {
      matches = found != negated;
      return i + 1 - at;
    }
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
      found = found || (pattern[i] <= c && c <= pattern[i + 2]);
      i += 3;
    } else {
      found = found || pattern[i] == c;
      ++i;
    }
  }
  return 0;
}

}  // namespace

bool glob_match(std::string_view pattern, std::string_view text, char separator) {
  std::size_t steps = 0;
  return glob_match(pattern, text, separator, steps);
}

bool glob_match(std::string_view pattern, std::string_view text, char separator, std::size_t& steps) {
  std::size_t p = 0, t = 0;
  std::optional<std::size_t> star;
  std::size_t star_text = 0;
  const auto crosses = [&](char c) { return separator != 0 && c == separator; };
  while (t < text.size()) {
    std::size_t used = 0;
    ++steps;
    if (p < pattern.size()) {
      const char c = pattern[p];
      bool in_set = false;
      const std::size_t set = c == '[' ? match_set(pattern, p, text[t], in_set) : 0;
      if (c == '[') steps += set != 0 ? set : pattern.size() - p;
      if (c == '*') {
        star = p++;
        star_text = t;
        continue;
      }
      if (set != 0)
        used = in_set && !crosses(text[t]) ? set : 0;
      else if (c == '?')
        used = crosses(text[t]) ? 0 : 1;
      else
        used = c == text[t] ? 1 : 0;
    }
    if (used != 0) {
      p += used;
      ++t;
    } else if (star && !crosses(text[star_text])) {
      p = *star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool is_pattern(std::string_view text) {
  return text.find_first_of("*?[") != std::string_view::npos;
}

}  // namespace rollcall
