#include "fuzz.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <string>
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

/// A file in memory under a path that can be read like any other.
class MemoryFile {
 public:
  MemoryFile() : fd_(::memfd_create("roster", 0)) { require(fd_ >= 0, "memfd_create works"); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(fd_); }

  void fill(std::string_view bytes) const {
    require(::ftruncate(fd_, 0) == 0 &&
                ::pwrite(fd_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()),
            "a file in memory can be written");
  }
  [[nodiscard]] std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

constexpr std::size_t kMaxFiles = 3;
constexpr char kBetweenFiles = '\x1d';

}  // namespace

std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return size == 0 ? std::string_view()
                   : std::string_view(reinterpret_cast<const char*>(data), size);  // NOLINT
}

std::vector<std::filesystem::path> files_of(std::string_view input) {
  static const MemoryFile memory[kMaxFiles];
  std::vector<std::filesystem::path> paths;
  for (const MemoryFile& file : memory) {
    const std::size_t end = &file == &memory[kMaxFiles - 1] ? input.npos : input.find(kBetweenFiles);
    file.fill(input.substr(0, end));
    paths.push_back(file.path());
    if (end == input.npos) break;
    input.remove_prefix(end + 1);
  }
  return paths;
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
