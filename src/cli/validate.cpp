#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/session.hpp"
#include "report/report.hpp"

namespace rollcall::cli {

int run_validate(const Program& program, const ValidateOptions& options) {
  Session session(program, options.format);
  if (!session.load_settings(options.paths)) return kExitFailed;
  const auto desired = session.load_desired(options.paths);
  if (!desired) return kExitFailed;
  session.report_warnings();
  if (session.json()) {
    program.console.result(report::diagnostics_json(session.warnings(), session.meta()));
    return kExitDone;
  }
  program.console.result(fmt::format("The roster is valid: {}, {}, {}, {}.\n",
                                     count_of(desired->accounts.size(), "account", "accounts"),
                                     count_of(desired->users.size(), "user", "users"),
                                     count_of(desired->bots.size(), "agent bot", "agent bots"),
                                     count_of(desired->grants.size(), "grant", "grants")));
  return kExitDone;
}

}  // namespace rollcall::cli
