#include "plan/refresh.hpp"

#include <memory>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/planning.hpp"
#include "cli/signals.hpp"
#include "report/report.hpp"

namespace rollcall::cli {

namespace {

int run_refresh(const Program& program, Format format) {
  Session session(program, format);
  if (!session.load_settings()) return kExitFailed;
  const SignalScope signals(program.console);
  session.stop = signals.token();
  const auto failed = [&](const Error& error) { return signals.exit_code(session.fail_with(error)); };
  const auto connection = Connection::open(session, signals.token());
  if (!connection) return failed(connection.error());
  const auto server = server_identity(session);
  if (!server) return failed(server.error());
  auto recorded = open_state(session, *server, "refresh");
  if (!recorded) return failed(recorded.error());
  if (const auto there = require_state(*recorded); !there) return failed(there.error());
  if (const auto recovered = recover_state(session, **connection, *recorded); !recovered)
    return failed(recovered.error());
  model::RecordedEstate& estate = recorded->state.estate;
  const auto live = read_server(session, **connection, targets_of(estate, nullptr, session.directory));
  if (!live) return failed(live.error());
  plan::Refreshed refreshed = plan::refresh(estate, *live, session.directory, session.clock.now());
  const auto stale = plan::stale_items(
      plan::find_drift({}, estate, *live, session.directory, drift_context(session, recorded->state)));
  refreshed.told.insert(refreshed.told.end(), stale.begin(), stale.end());
  const bool changed = !(refreshed.recorded == estate);
  estate = refreshed.recorded;
  if (changed)
    if (const auto written = state_access::save(*recorded, session.directory); !written)
      return failed(written.error());
  program.console.report(
      format, session.json() ? report::refresh_json(refreshed, session.meta())
                             : report::refresh_text(refreshed, {program.console.result_colour(), false}));
  if (!plan::is_complete(refreshed))
    program.console.report(Error{"Some of the server could not be read.",
                                 "What was recorded of it stays as it was. "
                                 "Run the command again."});
  if (!stale.empty()) program.console.report(stale_state(stale, {}));
  return plan::is_complete(refreshed) && stale.empty() ? kExitDone : kExitFailed;
}

Body declare_refresh(OptionSet& options) {
  const auto format = std::make_shared<Format>(Format::kText);
  options.format(report::Subject::kRefresh, *format);
  return [format](const Program& program) { return run_refresh(program, *format); };
}

}  // namespace

const Command kRefresh{"refresh", "Record what the server has; nothing there changes", declare_refresh};

}  // namespace rollcall::cli
