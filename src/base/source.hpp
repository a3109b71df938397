#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall {

using FileIndex = std::uint32_t;

/// A place in an input file: lines and columns count from 1, a column counts bytes; line 0 is no place.
/// 12 bytes, because a large estate keeps many.
struct Origin {
  FileIndex file = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  bool operator==(const Origin&) const = default;
  auto operator<=>(const Origin&) const = default;
};

/// What can be shown of a line: all of it, or a piece around the place that matters.
struct ShownLine {
  std::string_view text;
  /// Bytes of the line before the piece.
  std::uint32_t before = 0;
  /// Whether the line goes on after it.
  bool goes_on = false;
};

/// The input files of one run, by index. Owns the texts, so that a diagnostic can show the line; what `name`
/// and `text` refer to stays in place while more files come.
class SourceFiles {
 public:
  /// `name` is shown to the user, so it is the path as the user would write it.
  FileIndex add(std::string name, std::string text);

  [[nodiscard]] const std::string& name(FileIndex file) const { return files_[file].name; }
  [[nodiscard]] const std::string& text(FileIndex file) const { return files_[file].text; }
  [[nodiscard]] std::size_t size() const { return files_.size(); }

  /// The text of a line without its line break and a byte order mark; empty for a line that does not exist.
  [[nodiscard]] std::string_view line(FileIndex file, std::uint32_t line) const;
  /// The line for a diagnostic: whole up to 400 bytes, else whole characters around the column. Looks at no
  /// more of a line than that, so that many problems on one long line are no square.
  [[nodiscard]] ShownLine shown_line(const Origin& origin) const;

  /// "roster/a.yaml:9", or an empty text for no place.
  [[nodiscard]] std::string describe(const Origin& origin) const;

 private:
  /// The text from where the line starts, its end not looked for; empty for a line that does not exist.
  [[nodiscard]] std::string_view from_line(FileIndex file, std::uint32_t line) const;

  struct File {
    std::string name;
    std::string text;
    /// Where lines 1, 129, 257 … start, so that the many lines of many diagnostics are found quickly.
    std::vector<std::size_t> marks;
  };
  /// Never moves a text.
  std::deque<File> files_;
};

}  // namespace rollcall
