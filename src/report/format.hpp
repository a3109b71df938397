#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"

/// The formats of what commands print, and which of them each offers.
namespace rollcall::report {

struct Meta;

enum class Format : std::uint8_t {
  kText,
  kJson,
  kMarkdown,
  kHtml,
  kGitlab,
  kCodequality,
  kSarif,
  kGithub,
  kMetrics
};

/// What a command prints, which decides the formats that it offers.
enum class Subject : std::uint8_t { kPlan, kDrift, kValidation, kApply, kRefresh, kState };

/// As it is written after --format.
std::string_view name_of(Format format);

/// In the order in which messages list them.
std::vector<Format> formats_of(Subject subject);

/// Whether it is for the log of a pipeline, and not for files.
bool is_for_log(Format format);

/// The format of this name, whoever offers it.
std::optional<Format> find_format(std::string_view name);

/// What stands in the place of a result where a command failed before it had one, or of what a check found:
/// valid in the format, whatever went wrong.
std::string diagnostics_report(Format format, const Diagnostics& diagnostics, const Meta& meta);

}  // namespace rollcall::report
