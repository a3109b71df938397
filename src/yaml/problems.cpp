#include "yaml/problems.hpp"

#include <optional>
#include <utility>

namespace rollcall::yaml {
namespace {

/// A longer line helps nobody, and many problems of one such line would fill the memory.
constexpr std::size_t kMaxShownLine = 400;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Where the lines of one file start, so that each line is found without reading the file again.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {
    if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
    starts_.push_back(0);
    for (std::size_t at = text_.find('\n'); at != std::string_view::npos; at = text_.find('\n', at + 1))
      starts_.push_back(at + 1);
  }

  [[nodiscard]] std::string_view line(std::uint32_t number) const {
    if (number == 0 || number > starts_.size()) return {};
    std::string_view found = text_.substr(starts_[number - 1]);
    found = found.substr(0, found.find('\n'));
    if (found.ends_with('\r')) found.remove_suffix(1);
    return found;
  }

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
};

}  // namespace

void Problems::error(std::string_view rule, const Span& at, std::string message, std::string hint) {
  found_.push_back({Severity::kError, rule, at, std::move(message), std::move(hint)});
  ++errors_;
}

void Problems::warning(std::string_view rule, const Span& at, std::string message, std::string hint) {
  found_.push_back({Severity::kWarning, rule, at, std::move(message), std::move(hint)});
}

void Problems::take(Problems&& other) {
  errors_ += other.errors_;
  for (Problem& problem : other.found_) found_.push_back(std::move(problem));
  other.found_.clear();
  other.errors_ = 0;
}

Diagnostics Problems::to_diagnostics(const SourceFiles& files) const {
  std::vector<std::optional<Lines>> lines(files.size());
  Diagnostics out;
  out.reserve(found_.size());
  for (const Problem& problem : found_) {
    const Origin& origin = problem.at.origin;
    Diagnostic diagnostic;
    diagnostic.severity = problem.severity;
    diagnostic.rule = problem.rule;
    diagnostic.file = files.name(origin.file);
    diagnostic.line = origin.line;
    diagnostic.column = origin.column;
    diagnostic.message = problem.message;
    diagnostic.hint = problem.hint;
    diagnostic.length = problem.at.length;
    if (origin.line != 0) {
      std::optional<Lines>& of_file = lines[origin.file];
      if (!of_file) of_file.emplace(files.text(origin.file));
      if (const std::string_view line = of_file->line(origin.line); line.size() <= kMaxShownLine)
        diagnostic.source_line = line;
    }
    out.push_back(std::move(diagnostic));
  }
  sort_diagnostics(out);
  return out;
}

}  // namespace rollcall::yaml
