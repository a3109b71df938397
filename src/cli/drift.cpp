#include "plan/drift.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/planning.hpp"
#include "cli/signals.hpp"
#include "report/report.hpp"

namespace rollcall::cli {
namespace {

std::optional<Error> incomplete_drift(const plan::Drift& drift) {
  if (plan::is_complete(drift)) return std::nullopt;
  if (!drift.failures.empty())
    return Error{"Some of the server could not be read.", "The report says what. Run the command again."};
  return Error{
      "Some of the server could not be listed, so objects that the state does not know remain unseen.",
      "The report says how to repair the listing."};
}

struct DriftOptions {
  std::vector<std::string> skip;
  bool full = false;
  Outputs outputs;
};

int run_drift(const Program& program, const DriftOptions& options) {
  Session session(program, options.outputs);
  if (!session.load_settings()) return kExitFailed;
  const SignalScope signals(program.console);
  const auto failed = [&](const Error& error) { return signals.exit_code(session.fail_with(error)); };
  const auto connection = Connection::open(session, signals.token());
  if (!connection) return failed(connection.error());
  StateReading reading(session);
  const auto desired = session.load_desired({}, [&] { reading.wait(); });
  if (!desired) return signals.exit_code(kExitFailed);
  session.report_warnings();
  const auto recorded = reading.finish();
  if (!recorded) return failed(recorded.error());
  if (const auto there = require_state(*recorded); !there) return failed(there.error());
  const model::RecordedEstate& estate = recorded->state.estate;
  observe::Options look;
  look.skip_users = !options.skip.empty();
  look.list_bots = true;
  const auto live =
      read_server(session, **connection, targets_of(estate, &*desired, session.directory), look);
  if (!live) return failed(live.error());
  const plan::Drift drift =
      plan::find_drift(*desired, estate, *live, session.directory, drift_context(session, recorded->state));
  if (!plan::stale_items(drift).empty())
    if (const auto checked = state_access::require_unchanged(*recorded); !checked)
      return failed(checked.error());
  session.publish([&](Format format, bool colour) {
    return report::drift_report(format, drift, session.files, session.meta(), {colour, options.full});
  });
  if (const auto error = incomplete_drift(drift)) {
    program.console.report(*error);
    return kExitFailed;
  }
  const bool drifted =
      std::any_of(drift.items.begin(), drift.items.end(), [](const auto& item) { return item.counts; });
  return drifted ? kExitDifferent : kExitDone;
}

Body declare_drift(OptionSet& set) {
  const auto options = std::make_shared<DriftOptions>();
  set.texts("--skip", "WHAT", options->skip, "What not to read: users (their own settings)", {"users"});
  set.flag("--full", options->full, "Each finding on a line of its own");
  set.outputs(report::Subject::kDrift, options->outputs);
  return [options](const Program& program) { return run_drift(program, *options); };
}

}  // namespace

const Command kDrift{"drift", "Read the server and report what differs; exit 2 on drift", declare_drift};

}  // namespace rollcall::cli
