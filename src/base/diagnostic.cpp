#include "base/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/text.hpp"

namespace rollcall {
namespace {

constexpr std::string_view kCut = "…";

/// A tab stays a tab before the caret, so that both lines are indented alike. Counts what is shown: a
/// control character of the source line takes four columns there.
std::string caret_line(const Diagnostic& diagnostic) {
  const std::string_view line = diagnostic.source_line;
  const std::size_t column = diagnostic.column - std::min(diagnostic.column, diagnostic.source_before + 1);
  const std::size_t start = std::min(column, line.size());
  std::string indent(diagnostic.source_before == 0 ? 0 : 1, ' ');
  for (const char c : printable(line.substr(0, start)))
    if (!is_utf8_continuation(c)) indent += c == '\t' ? '\t' : ' ';
  const std::size_t width = count_characters(printable(line.substr(start, diagnostic.length)));
  return indent + "^" + std::string(width > 1 ? width - 1 : 0, '~');
}

}  // namespace

Diagnostic to_diagnostic(const Error& error) {
  Diagnostic diagnostic;
  diagnostic.message = error.message;
  diagnostic.hint = error.hint;
  return diagnostic;
}

Diagnostic diagnose(const SourceFiles& files, Severity severity, std::string rule, Origin origin,
                    std::string message, std::string hint, std::uint32_t length) {
  Diagnostic diagnostic;
  diagnostic.severity = severity;
  diagnostic.rule = std::move(rule);
  diagnostic.message = std::move(message);
  diagnostic.hint = std::move(hint);
  diagnostic.length = length;
  if (origin.line == 0 || origin.file >= files.size()) return diagnostic;
  diagnostic.file = files.name(origin.file);
  diagnostic.line = origin.line;
  diagnostic.column = origin.column;
  const ShownLine shown = files.shown_line(origin);
  diagnostic.source_line = shown.text;
  diagnostic.source_before = shown.before;
  diagnostic.source_goes_on = shown.goes_on;
  return diagnostic;
}

bool has_errors(const Diagnostics& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::kError; });
}

void sort_diagnostics(Diagnostics& diagnostics) {
  const auto key = [](const Diagnostic& d) {
    return std::tie(d.file, d.line, d.column, d.severity, d.rule, d.message);
  };
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return key(a) < key(b); });
  diagnostics.erase(std::unique(diagnostics.begin(), diagnostics.end()), diagnostics.end());
}

std::string render(const Diagnostic& diagnostic, bool colour) {
  const bool is_error = diagnostic.severity == Severity::kError;
  const char* on = !colour ? "" : is_error ? "\033[1;31m" : "\033[1;33m";
  const char* off = colour ? "\033[0m" : "";
  std::string out;
  if (!diagnostic.file.empty()) {
    out += printable(diagnostic.file);
    if (diagnostic.line != 0) out += fmt::format(":{}:{}", diagnostic.line, diagnostic.column);
    out += ": ";
  }
  out += fmt::format("{}{}:{} {}", on, is_error ? "error" : "warning", off, printable(diagnostic.message));
  if (!diagnostic.rule.empty()) out += fmt::format(" [{}]", diagnostic.rule);
  out += '\n';
  if (diagnostic.line != 0 && !diagnostic.source_line.empty()) {
    out += fmt::format("  {}{}{}\n", diagnostic.source_before == 0 ? "" : kCut,
                       printable(diagnostic.source_line), diagnostic.source_goes_on ? kCut : "");
    if (diagnostic.column != 0) out += fmt::format("  {}{}{}\n", on, caret_line(diagnostic), off);
  }
  if (!diagnostic.hint.empty()) out += fmt::format("  hint: {}\n", printable(diagnostic.hint));
  return out;
}

std::string render(const Diagnostics& diagnostics, bool colour, std::size_t limit) {
  const auto errors =
      static_cast<std::size_t>(std::count_if(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& d) {
        return d.severity == Severity::kError;
      }));
  const std::size_t warnings = diagnostics.size() - errors;
  const std::size_t shown_errors = std::min(errors, limit);
  const std::size_t shown_warnings = std::min(warnings, limit - shown_errors);
  std::size_t errors_left = shown_errors, warnings_left = shown_warnings;
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics) {
    std::size_t& left = diagnostic.severity == Severity::kError ? errors_left : warnings_left;
    if (left == 0) continue;
    --left;
    out += render(diagnostic, colour);
  }
  const std::string more_errors = pluralize(errors - shown_errors, "more error", "more errors");
  const std::string more_warnings = pluralize(warnings - shown_warnings, "more warning", "more warnings");
  if (errors > shown_errors && warnings > shown_warnings)
    out += fmt::format("and {} and {}\n", more_errors, more_warnings);
  else if (diagnostics.size() > limit)
    out += fmt::format("and {}\n", errors > shown_errors ? more_errors : more_warnings);
  return out;
}

}  // namespace rollcall
