#include "base/source.hpp"

#include <fmt/format.h>

#include <utility>

namespace rollcall {
namespace {

constexpr std::uint32_t kLinesPerMark = 128;
constexpr std::size_t kMaxShownLine = 400;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::vector<std::size_t> marks_of(std::string_view text) {
  std::vector<std::size_t> marks{text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0};
  std::uint32_t lines = 0;
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
    if (++lines % kLinesPerMark == 0) marks.push_back(at + 1);
  return marks;
}

}  // namespace

FileIndex SourceFiles::add(std::string name, std::string text) {
  std::vector<std::size_t> marks = marks_of(text);
  files_.push_back(File{std::move(name), std::move(text), std::move(marks)});
  return static_cast<FileIndex>(files_.size() - 1);
}

std::string_view SourceFiles::line(FileIndex file, std::uint32_t line) const {
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
  std::string_view found = rest.substr(0, rest.find('\n'));
  if (!found.empty() && found.back() == '\r') found.remove_suffix(1);
  return found;
}

std::string_view SourceFiles::shown_line(FileIndex file, std::uint32_t line) const {
  const std::string_view found = this->line(file, line);
  return found.size() <= kMaxShownLine ? found : std::string_view();
}

std::string SourceFiles::describe(const Origin& origin) const {
  if (origin.line == 0 || origin.file >= files_.size()) return {};
  return fmt::format("{}:{}", files_[origin.file].name, origin.line);
}

}  // namespace rollcall
