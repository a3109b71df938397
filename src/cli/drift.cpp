#include "plan/drift.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/planning.hpp"
#include "cli/signals.hpp"
#include "report/report.hpp"
#include "store/snapshot.hpp"

namespace rollcall::cli {

namespace {

plan::DriftContext context_of(const Session& session, const state::State& state) {
  plan::DriftContext context{session.settings().drift, state.lineage, {}};
  for (const state::Intent& intent : state.unresolved)
    context.open.push_back(
        {state::address_of(intent, session.directory), intent.nonce, intent.verb == plan::Verb::kDelete});
  return context;
}

bool same(const store::Snapshot& a, const store::Snapshot& b) {
  const bool same_state = a.stored ? b.stored && a.stored->bytes == b.stored->bytes : !b.stored;
  return same_state && a.journals == b.journals;
}

Error run_goes_on(const store::Store& store) {
  return {fmt::format("A run is going on: {} has changed while the server was read.", store.name()),
          "Wait until it has ended, and run this again."};
}

/// A stale state is reported only where state and journals are what they were when the server was read: else
/// a run is going on, and what it creates is in neither yet.
Expected<void> check_that_nothing_runs(const plan::Drift& drift, const store::Snapshot& before,
                                       store::Store& store) {
  const bool stale = std::any_of(drift.items.begin(), drift.items.end(), [](const plan::DriftItem& item) {
    return item.verdict == plan::Verdict::kStaleState;
  });
  if (!stale) return {};
  const auto now = store::read_snapshot(store);
  if (!now) return tl::unexpected<Error>(now.error());
  if (same(before, *now)) return {};
  return tl::unexpected(run_goes_on(store));
}

std::optional<Error> incomplete(const plan::Drift& drift) {
  if (plan::is_complete(drift)) return std::nullopt;
  if (!drift.failures.empty())
    return Error{"Some of the server could not be read.", "The report says what. Run it again."};
  return Error{"Some of the server could not be listed, so that what the state does not know is unseen.",
               "The report says how the listing is repaired."};
}

}  // namespace

int run_drift(const Program& program, const DriftOptions& options) {
  Session session(program, options.format);
  if (!session.load_settings()) return kExitFailed;
  const SignalScope signals;
  const auto failed = [&](const Error& error) { return signals.exit_code(session.fail_with(error)); };
  const auto connection = Connection::open(session, signals.token());
  if (!connection) return failed(connection.error());
  const auto desired = session.load_desired();
  if (!desired) return kExitFailed;
  session.report_warnings();
  const auto server = server_identity(session);
  if (!server) return failed(server.error());
  const auto recorded = open_state(session, *server, std::nullopt);
  if (!recorded) return failed(recorded.error());
  if (const auto there = require_state(*recorded); !there) return failed(there.error());
  const auto before = store::read_snapshot(*recorded->store);
  if (!before) return failed(before.error());
  if ((before->stored ? std::optional(before->stored->version) : std::nullopt) != recorded->version)
    return failed(run_goes_on(*recorded->store));
  const model::RecordedEstate& estate = recorded->state.estate;
  observe::Options look;
  look.skip_users = options.skip_users;
  look.list_bots = true;
  const auto live =
      read_server(session, **connection, targets_of(estate, &*desired, session.directory), look);
  if (!live) return failed(live.error());
  const plan::Drift drift =
      plan::find_drift(*desired, estate, *live, session.directory, context_of(session, recorded->state));
  if (const auto checked = check_that_nothing_runs(drift, *before, *recorded->store); !checked)
    return failed(checked.error());
  program.console.result(
      session.json() ? report::drift_json(drift, session.files, session.meta())
                     : report::drift_text(drift, session.files, {program.console.result_colour(), false}));
  if (const auto error = incomplete(drift)) {
    program.console.report(*error);
    return kExitFailed;
  }
  const bool drifted =
      std::any_of(drift.items.begin(), drift.items.end(), [](const auto& item) { return item.counts; });
  return drifted ? kExitDifferent : kExitDone;
}

}  // namespace rollcall::cli
