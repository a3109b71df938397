#include "base/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/text.hpp"

namespace rollcall {
namespace {

/// A tab stays a tab in front of the caret, so that both lines are indented alike. Counts what is shown: a
/// control character of the source line takes four columns there.
std::string caret_line(const Diagnostic& diagnostic) {
  const std::string_view line = diagnostic.source_line;
  const std::size_t start = std::min<std::size_t>(diagnostic.column - 1, line.size());
  std::string indent;
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
  diagnostic.source_line = files.shown_line(origin.file, origin.line);
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
    out += fmt::format("  {}\n", printable(diagnostic.source_line));
    if (diagnostic.column != 0) out += fmt::format("  {}{}{}\n", on, caret_line(diagnostic), off);
  }
  if (!diagnostic.hint.empty()) out += fmt::format("  hint: {}\n", printable(diagnostic.hint));
  return out;
}

std::string render(const Diagnostics& diagnostics, bool colour, std::size_t limit) {
  std::string out;
  for (std::size_t i = 0; i < std::min(limit, diagnostics.size()); ++i) out += render(diagnostics[i], colour);
  if (diagnostics.size() > limit) {
    const std::size_t more = diagnostics.size() - limit;
    out += fmt::format("and {}\n", count_of(more, "more problem", "more problems"));
  }
  return out;
}

}  // namespace rollcall
