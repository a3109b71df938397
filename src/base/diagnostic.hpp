#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/source.hpp"

namespace rollcall {

enum class Severity : std::uint8_t { kError, kWarning };

/// One problem of an input, or a failure without a position (file empty, line 0).
/// Lines and columns count from 1; a column counts bytes.
struct Diagnostic {
  Severity severity = Severity::kError;
  /// The number of the rule in docs/roster.md, such as "R017"; empty where none applies.
  std::string rule;
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string message;
  std::string hint;
  /// The text of the line, or of a long line what stands around the column; empty where there is none.
  std::string source_line;
  /// Bytes of the line before that text, and whether the line goes on after it.
  std::uint32_t source_before = 0;
  bool source_goes_on = false;
  /// How many bytes the caret underlines.
  std::uint32_t length = 1;

  bool operator==(const Diagnostic&) const = default;
};

using Diagnostics = std::vector<Diagnostic>;

Diagnostic to_diagnostic(const Error& error);

/// A diagnostic about a place of an input file, with its line to show; without a position where the origin is
/// no place. `length`: how many bytes the caret underlines.
Diagnostic diagnose(const SourceFiles& files, Severity severity, std::string rule, Origin origin,
                    std::string message, std::string hint, std::uint32_t length = 1);

bool has_errors(const Diagnostics& diagnostics);

/// Sorts by file, line and column, errors before warnings at one place, and drops exact repetitions.
void sort_diagnostics(Diagnostics& diagnostics);

/// The text of one diagnostic: `file:line:column: error: message [rule]`, the source line, a caret, the hint.
/// Ends with a line break. Control characters of the input are shown as `\xNN`, never sent to a terminal.
std::string render(const Diagnostic& diagnostic, bool colour);

/// What render() shows of many.
constexpr std::size_t kMaxShown = 50;

/// The first `limit` of them in the order of the caller, the rest only counted. No warning takes the place of
/// an error.
std::string render(const Diagnostics& diagnostics, bool colour, std::size_t limit = kMaxShown);

}  // namespace rollcall
