#include "yaml/encoding.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "yaml/parse.hpp"

namespace rollcall::yaml {
namespace {

bool is_wide(std::string_view text) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) return true;
  // Without a mark: every other byte of the first letters is zero.
  return text.size() >= 2 && (text[0] == '\0') != (text[1] == '\0');
}

}  // namespace

Span span_at(std::string_view text, FileIndex file, std::size_t offset, std::uint32_t length) {
  offset = std::min(offset, text.size());
  const std::string_view before = text.substr(0, offset);
  const auto line = static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n') + 1);
  const std::size_t start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return {{file, line, static_cast<std::uint32_t>(offset - start + 1)}, length};
}

std::size_t find_control_character(std::string_view text, bool lone_returns_allowed) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c >= 0x20 && c < 0x7F) continue;
    if (c == '\r' && !lone_returns_allowed && (at + 1 == text.size() || text[at + 1] != '\n')) return at;
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F) return at;
    // C1 controls are C2 80 to C2 9F.
    if (c == 0xC2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0) return at;
  }
  return std::string_view::npos;
}

bool check_encoding(std::string_view text, FileIndex file, Problems& problems) {
  if (text.size() > kMaxFileSize) {
    problems.error("R002", {{file, 0, 0}}, "the file is larger than 64 MiB", "split it into several files");
    return false;
  }
  if (is_wide(text)) {
    problems.error(kOtherEncoding, {{file, 0, 0}}, "the file is UTF-16 or UTF-32, but must be UTF-8",
                   "save it as UTF-8, without a byte order mark if your editor asks");
    return false;
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (const auto bad = find_invalid_utf8(text)) {
    problems.error("R003", span_at(text, file, *bad),
                   fmt::format("byte 0x{:02X} is not valid UTF-8", static_cast<unsigned char>(text[*bad])),
                   "save the file as UTF-8; it may be Latin-1 or Windows-1252 now");
    return false;
  }
  if (const std::size_t bad = find_control_character(text, false); bad != std::string_view::npos) {
    const auto c = static_cast<unsigned char>(text[bad] == '\xC2' ? text[bad + 1] : text[bad]);
    problems.error("R005", span_at(text, file, bad), fmt::format("control character U+{:04X} in the file", c),
                   "remove it; in double quotes, a tab or line break can be written as an escape");
    return false;
  }
  return true;
}

}  // namespace rollcall::yaml
