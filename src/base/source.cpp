#include "base/source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace rollcall {
namespace {

constexpr std::uint32_t kLinesPerMark = 128;
constexpr std::size_t kMaxShownLine = 400;
/// Of a longer line: enough to see where the place is, and what stands there.
constexpr std::size_t kShownBefore = 60;
constexpr std::size_t kShownBehind = 100;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::vector<std::size_t> marks_of(std::string_view text) {
  std::vector<std::size_t> marks{text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0};
  std::uint32_t lines = 0;
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
    if (++lines % kLinesPerMark == 0) marks.push_back(at + 1);
  return marks;
}

std::string_view without_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

FileIndex SourceFiles::add(std::string name, std::string text) {
  std::vector<std::size_t> marks = marks_of(text);
  files_.push_back(File{std::move(name), std::move(text), std::move(marks)});
  return static_cast<FileIndex>(files_.size() - 1);
}

std::string_view SourceFiles::from_line(FileIndex file, std::uint32_t line) const {
  if (file >= files_.size() || line == 0) return {};
  const std::uint32_t mark = (line - 1) / kLinesPerMark;
  if (mark >= files_[file].marks.size()) return {};
  std::string_view rest = files_[file].text;
  rest.remove_prefix(files_[file].marks[mark]);
  for (std::uint32_t i = mark * kLinesPerMark + 1; i < line; ++i) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end + 1);
  }
  return rest;
}

std::string_view SourceFiles::line(FileIndex file, std::uint32_t line) const {
  const std::string_view rest = from_line(file, line);
  return without_return(rest.substr(0, rest.find('\n')));
}

ShownLine SourceFiles::shown_line(const Origin& origin) const {
  const std::string_view rest = from_line(origin.file, origin.line);
  // One for the line break, one for a return before it.
  const std::string_view start = rest.substr(0, kMaxShownLine + 2);
  const std::size_t end = start.find('\n');
  if (const std::string_view whole = without_return(start.substr(0, end));
      whole.size() <= kMaxShownLine && (end != std::string_view::npos || start.size() == rest.size()))
    return {whole, 0, false};
  const std::size_t at = std::min<std::size_t>(std::max<std::uint32_t>(origin.column, 1) - 1, rest.size());
  std::size_t from = at - std::min(at, kShownBefore);
  while (from < at && is_utf8_continuation(rest[from])) ++from;
  std::string_view piece = rest.substr(from, at - from + kShownBehind);
  if (const std::size_t line_end = piece.find('\n'); line_end != std::string_view::npos)
    return {without_return(piece.substr(0, line_end)), static_cast<std::uint32_t>(from), false};
  const bool goes_on = from + piece.size() < rest.size();
  while (goes_on && piece.size() > at - from && is_utf8_continuation(rest[from + piece.size()]))
    piece.remove_suffix(1);
  return {piece, static_cast<std::uint32_t>(from), goes_on};
}

std::string SourceFiles::describe(const Origin& origin) const {
  if (origin.line == 0 || origin.file >= files_.size()) return {};
  return fmt::format("{}:{}", files_[origin.file].name, origin.line);
}

}  // namespace rollcall
