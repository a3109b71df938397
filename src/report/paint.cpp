#include "report/paint.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "base/text.hpp"

namespace rollcall::report {
namespace {

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

// The blocks that terminals draw two columns wide (East Asian Wide and Fullwidth of Unicode, by block).
constexpr std::array<Range, 12> kWide = {{{0x1100, 0x115F},
                                          {0x2E80, 0x303E},
                                          {0x3041, 0xA4CF},
                                          {0xA960, 0xA97C},
                                          {0xAC00, 0xD7A3},
                                          {0xF900, 0xFAFF},
                                          {0xFE30, 0xFE6F},
                                          {0xFF01, 0xFF60},
                                          {0xFFE0, 0xFFE6},
                                          {0x1F300, 0x1F64F},
                                          {0x1F900, 0x1F9FF},
                                          {0x20000, 0x3FFFD}}};
constexpr std::array<Range, 5> kZero = {
    {{0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}}};

template <std::size_t N>
bool within(std::uint32_t code, const std::array<Range, N>& ranges) {
  for (const Range& range : ranges)
    if (code >= range.first && code <= range.last) return true;
  return false;
}

/// The character at `at` of a text that is UTF-8, and how many bytes it has.
std::size_t width_at(std::string_view text, std::size_t at, std::size_t& length) {
  const auto first = static_cast<unsigned char>(text[at]);
  std::uint32_t code = first < 0x80   ? first
                       : first < 0xE0 ? first & 0x1FU
                       : first < 0xF0 ? first & 0x0FU
                                      : first & 7U;
  length = 1;
  while (at + length < text.size() && is_utf8_continuation(text[at + length]))
    code = (code << 6U) | (static_cast<unsigned char>(text[at + length++]) & 0x3FU);
  return within(code, kZero) ? 0 : within(code, kWide) ? 2 : 1;
}

}  // namespace

std::string Paint::operator()(Color ink, std::string_view text) const {
  if (!colour_ || ink == Color::kNone) return std::string(text);
  constexpr std::array<std::string_view, 6> kCodes = {"", "1", "32", "33", "31", "2"};
  return fmt::format("\033[{}m{}\033[0m", kCodes.at(static_cast<std::size_t>(ink)), text);
}

std::string Paint::sign(char sign) const {
  const Color ink = sign == '+'                  ? Color::kGreen
                    : sign == '~'                ? Color::kYellow
                    : sign == '-' || sign == '!' ? Color::kRed
                                                 : Color::kNone;
  return (*this)(ink, std::string_view(&sign, 1));
}

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  std::size_t length = 0;
  for (std::size_t at = 0; at < text.size(); at += length) columns += width_at(text, at, length);
  return columns;
}

std::string pad(std::string text, std::size_t columns) {
  const std::size_t used = columns_of(text);
  if (used < columns) text.append(columns - used, ' ');
  return text;
}

std::string truncate(std::string_view text, std::size_t columns) {
  if (columns_of(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t used = 0;
  std::size_t end = 0;
  for (std::size_t length = 0; end < text.size(); end += length) {
    const std::size_t width = width_at(text, end, length);
    if (used + width > columns - 1) break;
    used += width;
  }
  return std::string(text.substr(0, end)) + "…";
}

}  // namespace rollcall::report
