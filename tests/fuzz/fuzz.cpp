#include "fuzz.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "base/text.hpp"

namespace rollcall::fuzz {
namespace {

std::optional<FileIndex> find_file(const SourceFiles& files, std::string_view name) {
  for (FileIndex i = 0; i < files.size(); ++i)
    if (files.name(i) == name) return i;
  return std::nullopt;
}

void require_place(const Diagnostic& diagnostic, const SourceFiles& files) {
  const auto file = find_file(files, diagnostic.file);
  require(file.has_value(), "a problem names a file that was read", diagnostic.message);
  // A file that is too large, of another encoding or of another version shows no line.
  constexpr std::array<std::string_view, 6> kWholeFile = {"R002", "R004", "R100", "R103", "P001", "P002"};
  if (diagnostic.line == 0 &&
      std::find(kWholeFile.begin(), kWholeFile.end(), diagnostic.rule) != kWholeFile.end())
    return;
  const std::string& text = files.text(*file);
  const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  require(diagnostic.line >= 1 && diagnostic.line <= lines, "a problem stands on a line of its file",
          render(diagnostic, false));
  const std::string_view line = files.line(*file, diagnostic.line);
  require(diagnostic.column >= 1 && diagnostic.column <= line.size() + 1,
          "a problem stands in a column of its line", render(diagnostic, false));
  require(diagnostic.length >= 1, "a caret underlines something", render(diagnostic, false));
}

/// Lines that a terminal shows as they are.
void require_shown(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  require(printable(text) == text, "what is shown has no control characters", text);
}

}  // namespace

std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return size == 0 ? std::string_view()
                   : std::string_view(reinterpret_cast<const char*>(data), size);  // NOLINT
}

void require(bool holds, std::string_view promise, std::string_view shown) {
  if (holds) return;
  fmt::print(stderr, "Broken promise: {}\n{}\n", promise, printable(shown));
  std::abort();
}

void require_words(std::string_view words, std::string_view what) {
  require(!words.empty(), fmt::format("{} says something", what));
  require(printable(words) == words, fmt::format("{} can be printed as it is", what), words);
}

void require_error(const Error& error) {
  require(!error.message.empty(), "an error has a message");
  require(!error.hint.empty(), "an error says what to do", error.message);
  require_shown(render(to_diagnostic(error), false));
}

void require_diagnostics(const Diagnostics& diagnostics, const SourceFiles& files) {
  for (const Diagnostic& diagnostic : diagnostics) {
    require(!diagnostic.message.empty(), "a problem has a message");
    require(!diagnostic.rule.empty(), "a problem has the number of its rule", diagnostic.message);
    require_place(diagnostic, files);
  }
  Diagnostics sorted = diagnostics;
  sort_diagnostics(sorted);
  require(sorted == diagnostics, "problems are sorted, each there once");
  require_shown(render(diagnostics, false));
}

}  // namespace rollcall::fuzz
