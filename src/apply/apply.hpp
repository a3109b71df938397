#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "apply/recorder.hpp"
#include "base/clock.hpp"
#include "base/entropy.hpp"
#include "http/transport.hpp"
#include "model/directory.hpp"
#include "model/recorded.hpp"
#include "plan/plan.hpp"
#include "plan/result.hpp"

namespace rollcall::apply {

/// What a run tells while it goes on, one at a time.
struct Progress {
  enum class Kind : std::uint8_t {
    kStarted,
    kFinished,
    /// What was told before turned out otherwise once the account's members were read.
    kCorrected,
  };
  Kind kind = Kind::kStarted;
  /// So far; with kStarted only the action is meant.
  plan::ActionResult result;
  /// Actions over and done with, of all that this run is to run (blocked ones are in neither).
  std::size_t finished = 0;
  std::size_t total = 0;
};

struct Settings {
  /// Workers, and so connections. At least 1.
  unsigned parallelism = 8;
  /// The lineage of the recorded state: the first part of every marker.
  std::string lineage;
  /// Asked to stop: no new action starts; those in flight end as the transport lets them.
  std::stop_token stop;
  /// What earlier runs began whose outcome is unknown.
  std::vector<state::Intent> unresolved{};
};

/// What a run works with. Everything has to outlive it.
struct Environment {
  /// One connection for each worker, retries and pace included.
  http::MakeTransport make_transport;
  Recorder& recorder;
  Clock& clock;
  Entropy& entropy;
  /// May be empty. Called from the workers' threads, never from two at once, and must not wait: the others
  /// would wait with it.
  std::function<void(const Progress&)> on_progress;
  /// May be empty. Called before each id that a search for accounts asks for.
  std::function<void(model::ServerId id)> on_account_asked{};
};

/// Carries out a plan: phase by phase, the actions of a phase at once as far as `depends_on` lets them.
/// `before` is the recorded estate that the plan was made from. What became true goes to the recorder as it
/// happens; one result an action comes back, whatever went wrong.
plan::ApplyResult run(const plan::Plan& plan, const model::RecordedEstate& before,
                      const model::Directory& directory, const Settings& settings,
                      const Environment& environment);

}  // namespace rollcall::apply
