#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "report/finding.hpp"
#include "report/page.hpp"

namespace rollcall::report {
namespace {

// GitHub drops further ones of a step.
constexpr std::size_t kMaxShownOfLevel = 10;

std::string_view command_of(Level level) {
  switch (level) {
    case Level::kError:
      return "error";
    case Level::kWarning:
      return "warning";
    case Level::kNote:
      break;
  }
  return "notice";
}

/// A line break would end the command, and whatever comes after it could be one of its own.
std::string escaped(std::string_view text, bool is_property) {
  std::string out;
  for (const char c : printable(text)) {
    const bool special = c == '%' || c == '\r' || c == '\n' || (is_property && (c == ':' || c == ','));
    if (special)
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out;
}

std::string annotation(const Finding& finding, const Meta& meta) {
  return fmt::format("::{} file={},line={},title={}::{}\n", command_of(finding.level),
                     escaped(path_in_repository(finding.file, meta.pipeline), true), finding.line,
                     escaped(finding.rule, true), escaped(finding.message, false));
}

}  // namespace

std::string annotations(const std::vector<Finding>& findings, const Meta& meta) {
  std::string out;
  for (const Level level : {Level::kError, Level::kWarning, Level::kNote}) {
    const auto of_level = [level](const Finding& finding) { return finding.level == level; };
    const auto count = static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(), of_level));
    std::size_t left = count > kMaxShownOfLevel ? kMaxShownOfLevel - 1 : count;
    for (const Finding& finding : findings) {
      if (left == 0) break;
      if (!of_level(finding)) continue;
      out += annotation(finding, meta);
      --left;
    }
    if (count > kMaxShownOfLevel)
      out += fmt::format("::{} title=Rollcall::{} more; the summary of the step lists them.\n",
                         command_of(level), with_thousands(count - kMaxShownOfLevel + 1));
  }
  return out;
}

}  // namespace rollcall::report
