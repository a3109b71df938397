#include "store/lock_info.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "base/text.hpp"

namespace rollcall::store {
namespace {

void append_member(std::string& out, std::string_view key, std::string_view text) {
  fmt::format_to(std::back_inserter(out), "\"{}\": ", key);
  append_json_text(out, text);
}

/// A flat object of strings and integers: all that a lock ever holds, and this folder has no JSON library.
class FlatScanner {
 public:
  explicit FlatScanner(std::string_view text) : rest_(text) {}

  bool take(char wanted) {
    skip_blanks();
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<std::string> text() {
    if (!take('"')) return std::nullopt;
    std::string out;
    while (!rest_.empty()) {
      const char c = next();
      if (c == '"') return out;
      if (c != '\\') {
        out += c;
        continue;
      }
      if (rest_.empty()) break;
      const char escaped = next();
      if (escaped != 'u') {
        out += escaped == 'n' ? '\n' : escaped;
        continue;
      }
      unsigned code = 0;
      if (rest_.size() < 4) break;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + 4, code, 16);
      // Only control characters are written in this form, and what stands for a byte that was no UTF-8.
      if (error != std::errc{} || end != rest_.data() + 4 || (code >= 0x80 && code != 0xFFFD)) break;
      if (code == 0xFFFD)
        out += "\xEF\xBF\xBD";
      else
        out += static_cast<char>(code);
      rest_.remove_prefix(4);
    }
    return std::nullopt;
  }
  std::optional<std::int64_t> number() {
    skip_blanks();
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc{}) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }
  [[nodiscard]] bool at_text() {
    skip_blanks();
    return !rest_.empty() && rest_.front() == '"';
  }
  [[nodiscard]] bool done() {
    skip_blanks();
    return rest_.empty();
  }

 private:
  char next() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }

  std::string_view rest_;
};

std::string* text_member(LockInfo& info, std::string_view key) {
  if (key == "who") return &info.who;
  if (key == "where") return &info.where;
  if (key == "when") return &info.when;
  if (key == "command") return &info.command;
  return nullptr;
}

bool read_member(FlatScanner& in, LockInfo& info) {
  const auto key = in.text();
  if (!key || !in.take(':')) return false;
  if (in.at_text()) {
    auto text = in.text();
    if (!text) return false;
    if (std::string* member = text_member(info, *key)) *member = std::move(*text);
    return true;
  }
  const auto number = in.number();
  if (number && *key == "pid") info.pid = *number;
  return number.has_value();
}

}  // namespace

std::string to_json(const LockInfo& info) {
  std::string out = "{";
  append_member(out, "who", info.who);
  out += ", ";
  append_member(out, "where", info.where);
  out += ", ";
  append_member(out, "when", info.when);
  fmt::format_to(std::back_inserter(out), ", \"pid\": {}, ", info.pid);
  append_member(out, "command", info.command);
  return out + "}\n";
}

std::optional<LockInfo> parse_lock_info(std::string_view json) {
  FlatScanner in(json);
  LockInfo info;
  if (!in.take('{')) return std::nullopt;
  do {
    if (!read_member(in, info)) return std::nullopt;
  } while (in.take(','));
  if (!in.take('}') || !in.done()) return std::nullopt;
  return info;
}

std::string describe(const LockInfo& info) {
  return fmt::format("{}@{} ({}, process {}, since {})", info.who, info.where, info.command, info.pid,
                     info.when);
}

}  // namespace rollcall::store
