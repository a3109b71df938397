#include "yaml/problems.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "base/text.hpp"

namespace rollcall::yaml {

void Problems::error(std::string_view rule, const Span& at, std::string message, std::string hint) {
  if (is_full()) return;
  found_.push_back({Severity::kError, rule, at, std::move(message), std::move(hint)});
  ++errors_;
}

void Problems::warning(std::string_view rule, const Span& at, std::string message, std::string hint) {
  if (++warnings_ > kMax) return;
  found_.push_back({Severity::kWarning, rule, at, std::move(message), std::move(hint)});
}

bool Problems::leaves_out_warning() {
  if (warnings_ < kMax) return false;
  ++warnings_;
  return true;
}

void Problems::take(Problems&& other) {
  errors_ += other.errors_;
  warnings_ += other.warnings_;
  for (Problem& problem : other.found_) found_.push_back(std::move(problem));
  other = Problems();
}

bool Problems::has(std::string_view rule) const {
  return std::any_of(found_.begin(), found_.end(),
                     [&](const Problem& problem) { return problem.rule == rule; });
}

void Problems::leave_out_repeated() {
  // Two nodes that are not there stand at one place; so does a value that is not there with its key, of which
  // nothing else is worth saying where it is none.
  const auto is_told_by = [](const Problem& told, const Problem& next) {
    return told == next || (told.at.origin == next.at.origin && (told.rule == "R012" || told.rule == "R013"));
  };
  std::size_t kept = 0;
  for (std::size_t i = 0; i < found_.size(); ++i) {
    if (kept != 0 && is_told_by(found_[kept - 1], found_[i])) continue;
    if (kept != i) found_[kept] = std::move(found_[i]);
    ++kept;
  }
  found_.resize(kept);
}

Diagnostics Problems::take_diagnostics(const SourceFiles& files) {
  // Sorted and moved as they are: hundreds of thousands need no copies of their words, nor lines that nobody
  // will see.
  const auto order = [&](const Problem& a, const Problem& b) {
    const auto key = [&](const Problem& p) {
      return std::tie(files.name(p.at.origin.file), p.at.origin.line, p.at.origin.column, p.severity, p.rule,
                      p.message);
    };
    return key(a) < key(b);
  };
  std::stable_sort(found_.begin(), found_.end(), order);
  leave_out_repeated();
  std::array<std::size_t, 2> lines_left = {kMaxShown, kMaxShown};
  Diagnostics out;
  out.reserve(found_.size() + 1);
  if (is_full() || warnings_ > kMax) {
    Diagnostic rest;
    rest.severity = is_full() ? Severity::kError : Severity::kWarning;
    rest.rule = "R023";
    rest.message =
        is_full() ? fmt::format("there are more than {} errors; checking stopped there", with_thousands(kMax))
                  : fmt::format("{} left out",
                                pluralize(warnings_ - kMax, "more warning was", "more warnings were"));
    rest.hint = "correct these first";
    out.push_back(std::move(rest));
  }
  for (Problem& problem : found_) {
    const Origin& at = problem.at.origin;
    std::size_t& left = lines_left.at(static_cast<std::size_t>(problem.severity));
    if (left > 0) {
      --left;
      out.push_back(diagnose(files, problem.severity, std::string(problem.rule), at,
                             std::move(problem.message), std::move(problem.hint), problem.at.length));
    } else {
      Diagnostic diagnostic;
      diagnostic.severity = problem.severity;
      diagnostic.rule = problem.rule;
      diagnostic.line = at.line;
      diagnostic.column = at.column;
      diagnostic.message = std::move(problem.message);
      diagnostic.hint = std::move(problem.hint);
      diagnostic.length = problem.at.length;
      out.push_back(std::move(diagnostic));
    }
    // A problem of the file as a whole has no line, but a name.
    out.back().file = files.name(at.file);
  }
  *this = Problems();
  return out;
}

}  // namespace rollcall::yaml
