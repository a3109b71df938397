#include "base/source.hpp"

#include <fmt/format.h>

#include <utility>

namespace rollcall {

FileIndex SourceFiles::add(std::string name, std::string text) {
  files_.push_back(File{std::move(name), std::move(text)});
  return static_cast<FileIndex>(files_.size() - 1);
}

std::string_view SourceFiles::line(FileIndex file, std::uint32_t line) const {
  if (file >= files_.size() || line == 0) return {};
  std::string_view rest = files_[file].text;
  for (std::uint32_t i = 1; i < line; ++i) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end + 1);
  }
  std::string_view found = rest.substr(0, rest.find('\n'));
  if (!found.empty() && found.back() == '\r') found.remove_suffix(1);
  return found;
}

std::string SourceFiles::describe(const Origin& origin) const {
  if (origin.line == 0 || origin.file >= files_.size()) return {};
  return fmt::format("{}:{}", files_[origin.file].name, origin.line);
}

}  // namespace rollcall
