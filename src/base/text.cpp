#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <iterator>

namespace rollcall {
namespace {

struct Decoded {
  std::uint32_t code = 0;
  std::size_t length = 0;  // 0: not well-formed
};

Decoded decode_utf8(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return {};
  std::uint32_t code = first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_utf8_continuation(text[at + i])) return {};
    code = (code << 6U) | (byte(at + i) & 0x3FU);
  }
  const std::uint32_t least = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
  if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  return {code, length};
}

struct CodeRange {
  std::uint32_t first;
  std::uint32_t last;
};

/// Control characters, line and paragraph separators, and what Unicode calls Default_Ignorable_Code_Point:
/// shown as nothing, they make two names look alike or turn a line round. Sorted.
constexpr std::array<CodeRange, 22> kDeceptive = {
    {{0x00, 0x08},       {0x0A, 0x1F},       {0x7F, 0x9F},       {0xAD, 0xAD},       {0x34F, 0x34F},
     {0x61C, 0x61C},     {0x115F, 0x1160},   {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},
     {0x2028, 0x202E},   {0x2060, 0x206F},   {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},
     {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},   {0x13430, 0x1345F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},
     {0xE0000, 0xE0FFF}, {0xF0000, 0x10FFFF}}};

bool is_deceptive(std::uint32_t code) {
  return std::any_of(kDeceptive.begin(), kDeceptive.end(),
                     [code](const CodeRange& range) { return range.first <= code && code <= range.last; });
}

bool is_emoji(std::uint32_t code) {
  return (code >= 0x2190 && code <= 0x2BFF) || (code >= 0x1F000 && code <= 0x1FAFF);
}

constexpr std::uint32_t kReplacement = 0xFFFD;
constexpr std::uint32_t kZeroWidthJoiner = 0x200D;
constexpr std::uint32_t kEmojiVariation = 0xFE0F;

/// Stands for itself wherever it is: most characters of most texts.
bool is_plain(char c) {
  return c >= ' ' && c <= '~' && c != '#' && c != ':';
}

/// Whether what joins or colours emoji stands where it does that: it is a part of what is seen then.
bool belongs_to_emoji(std::uint32_t code, std::uint32_t before, std::string_view rest) {
  if (code == kEmojiVariation) return is_emoji(before);
  if (code != kZeroWidthJoiner || rest.empty()) return false;
  return (is_emoji(before) || before == kEmojiVariation) && is_emoji(decode_utf8(rest, 0).code);
}

/// What a pipeline's runner would take for a command of its own, wherever it stands in a line (GitHub's
/// ##[…], Azure's ##vso[…]) or at its start (GitHub's ::…). The offset of the character to escape.
std::optional<std::size_t> runner_command(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("##[") || rest.starts_with("##vso[")) return at + 1;
  if (rest.starts_with("::") && text.substr(0, at).find_first_not_of(" \t") == std::string_view::npos)
    return at + 1;
  return std::nullopt;
}

/// What would not be shown as it is, or means something to a runner, goes to `escape(out, bytes, code)`; the
/// code of a byte that is no UTF-8 is U+FFFD.
template <class Escape>
std::string with_escapes(std::string_view text, const Escape& escape) {
  std::string out;
  out.reserve(text.size());
  std::uint32_t before = 0;
  std::optional<std::size_t> escaped;
  for (std::size_t at = 0; at < text.size();) {
    if (is_plain(text[at]) && escaped != at) {
      before = 0;
      out += text[at++];
      continue;
    }
    const Decoded decoded = decode_utf8(text, at);
    const std::size_t length = std::max<std::size_t>(decoded.length, 1);
    if (const auto command = runner_command(text, at)) escaped = command;
    const bool deceives = decoded.length == 0 || escaped == at || is_deceptive(decoded.code);
    if (deceives && !belongs_to_emoji(decoded.code, before, text.substr(at + length)))
      escape(out, text.substr(at, length), decoded.length == 0 ? kReplacement : decoded.code);
    else
      out += text.substr(at, length);
    before = decoded.code;
    at += length;
  }
  return out;
}

}  // namespace

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !is_utf8_continuation(c); }));
}

std::string shortened(std::string_view text, std::size_t most, std::string_view mark) {
  if (text.size() <= most) return std::string(text);
  std::size_t end = most;
  while (end > 0 && is_utf8_continuation(text[end])) --end;
  return std::string(text.substr(0, end)).append(mark);
}

std::string shown_value(std::string_view value) {
  std::size_t characters = 0;
  for (std::size_t at = 0; at < value.size(); ++at)
    if (!is_utf8_continuation(value[at]) && ++characters > kMaxShownCharacters)
      return std::string(value.substr(0, at)) + "…";
  return std::string(value);
}

std::optional<std::size_t> find_invalid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    // Most texts are ASCII: eight bytes at a time, as long as none has its highest bit.
    std::uint64_t eight = 0;
    if (text.size() - at >= sizeof eight) {
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if ((eight & 0x8080808080808080U) == 0) {
        at += sizeof eight;
        continue;
      }
    }
    const std::size_t length = decode_utf8(text, at).length;
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

std::string printable(std::string_view text) {
  return with_escapes(text, [](std::string& out, std::string_view bytes, std::uint32_t) {
    for (const char c : bytes)
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
  });
}

std::string printable_json(std::string_view document) {
  return with_escapes(document, [](std::string& out, std::string_view bytes, std::uint32_t code) {
    if (code == '\n')
      out += bytes;
    else if (code < 0x10000)
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", code);
    else
      fmt::format_to(std::back_inserter(out), "\\u{:04x}\\u{:04x}", 0xD800 + ((code - 0x10000) >> 10U),
                     0xDC00 + (code & 0x3FFU));
  });
}

void append_json_text(std::string& out, std::string_view text) {
  const bool valid = !find_invalid_utf8(text);
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    } else if (byte >= 0x80 && !valid) {
      out += "\\ufffd";
    } else {
      out += c;
    }
  }
  out += '"';
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string as_part(std::string sentence) {
  if (sentence.ends_with('.')) sentence.pop_back();
  return to_lower(sentence.substr(0, 1)) + sentence.substr(std::min<std::size_t>(1, sentence.size()));
}

std::string as_sentence(std::string part) {
  constexpr std::string_view kEndings = ".!?";
  if (part.find_first_not_of(' ') == std::string::npos) return part;
  if (part.front() >= 'a' && part.front() <= 'z') part.front() = static_cast<char>(part.front() - 'a' + 'A');
  if (kEndings.find(part.back()) == std::string_view::npos) part += '.';
  return part;
}

std::string with_thousands(std::size_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string pluralize(std::size_t count, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", with_thousands(count), count == 1 ? singular : plural);
}

std::string first_and_more(std::vector<std::string> names, std::size_t most) {
  const std::size_t more = names.size() > most ? names.size() - most : 0;
  names.resize(names.size() - more);
  if (more != 0) names.push_back(fmt::format("and {} more", with_thousands(more)));
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace rollcall
