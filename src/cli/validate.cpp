#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/session.hpp"
#include "report/report.hpp"

namespace rollcall::cli {
namespace {

struct ValidateOptions {
  std::vector<std::string> paths;
  Outputs outputs;
};

std::string summary(const model::DesiredEstate& desired) {
  std::string counts;
  model::each_kind([&]<class Kind>(Kind) {
    counts += pluralize(desired.of<Kind>().size(), Kind::kSingular, Kind::kPlural) + ", ";
  });
  return fmt::format("The roster is valid: {}{}.\n", counts,
                     pluralize(desired.grants.size(), "grant", "grants"));
}

int run_validate(const Program& program, const ValidateOptions& options) {
  Session session(program, options.outputs);
  if (!session.load_settings(options.paths)) return kExitFailed;
  const auto desired = session.load_desired(options.paths);
  if (!desired) return kExitFailed;
  session.report_warnings();
  session.publish([&](Format format, bool) {
    return format == Format::kText ? summary(*desired)
                                   : report::diagnostics_report(format, session.warnings(), session.meta());
  });
  return kExitDone;
}

Body declare_validate(OptionSet& set) {
  const auto options = std::make_shared<ValidateOptions>();
  set.arguments("PATH", options->paths, "Roster files or folders instead of the project's", false);
  set.outputs(report::Subject::kValidation, options->outputs);
  return [options](const Program& program) { return run_validate(program, *options); };
}

}  // namespace

const Command kValidate{"validate", "Check the roster and the project file, offline", declare_validate};

}  // namespace rollcall::cli
