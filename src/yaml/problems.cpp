#include "yaml/problems.hpp"

#include <utility>

namespace rollcall::yaml {
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
  Diagnostics out;
  out.reserve(found_.size());
  for (const Problem& problem : found_) {
    out.push_back(diagnose(files, problem.severity, std::string(problem.rule), problem.at.origin,
                           problem.message, problem.hint, problem.at.length));
    // A problem of the file as a whole.
    out.back().file = files.name(problem.at.origin.file);
  }
  sort_diagnostics(out);
  return out;
}

}  // namespace rollcall::yaml
