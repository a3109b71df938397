#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "report/report.hpp"
#include "report/view.hpp"

/// What tools collect that look for one thing at one place: code quality, code scanning, annotations.
namespace rollcall::report {

enum class Level : std::uint8_t { kError, kWarning, kNote };

/// One thing to know about one place.
struct Finding {
  Level level = Level::kWarning;
  /// Such as R911 or new-administrator.
  std::string rule;
  /// As the run names it. Where the cause stands nowhere, the first file of the run; never empty, and a line
  /// of at least 1.
  std::string file;
  std::uint32_t line = 1;
  /// From 1; a column counts UTF-16 code units, as those tools do. Where only the line is known, 1 and 2.
  std::uint32_t column = 1;
  std::uint32_t end_column = 2;
  /// One line that says everything.
  std::string message;
  /// The same in every run and different from that of every other finding, also where lines have moved.
  std::string fingerprint;

  bool operator==(const Finding&) const = default;
};

/// What a rule is about.
struct RuleWords {
  Level level = Level::kWarning;
  std::string title;
  std::string description;
  std::string help;
};

/// Of any rule that a finding may name.
RuleWords words_of_rule(std::string_view rule);

/// The rows of sections that name a rule, those of each level together and errors first.
std::vector<Finding> findings_of(const View& view, const Meta& meta);
std::vector<Finding> findings_of(const Diagnostics& diagnostics, const Meta& meta);

/// GitLab's code quality report: a list of findings, one a line.
std::string codequality(const std::vector<Finding>& findings, const Meta& meta);

/// SARIF 2.1.0 with the part of it that GitHub's code scanning reads; at most 25,000 results, of the worst
/// levels first. `failed`: the command had no result.
std::string sarif(const std::vector<Finding>& findings, const Meta& meta, bool failed);

/// GitHub's workflow commands, one a line. Of each level GitHub shows ten in a step: the last of more counts
/// the rest.
std::string annotations(const std::vector<Finding>& findings, const Meta& meta);

}  // namespace rollcall::report
