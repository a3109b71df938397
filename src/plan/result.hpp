#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plan/plan.hpp"

namespace rollcall::plan {

enum class Outcome : std::uint8_t {
  kDone,
  /// The server already was as asked: nothing was sent.
  kUnchanged,
  kFailed,
  /// Sent, and no response told what became of it.
  kUnknown,
  /// An action that it depends on failed, is unknown or was skipped.
  kSkipped,
  /// A deletion without --allow-deletes.
  kBlocked,
  /// The run was stopped before its turn.
  kNotStarted,
};

/// done, unchanged, failed, unknown, skipped, blocked, not_started: the words of the JSON document.
std::string_view to_string(Outcome outcome);

/// Whether the server is as the action asked, whoever made it so.
constexpr bool is_success(Outcome outcome) {
  return outcome == Outcome::kDone || outcome == Outcome::kUnchanged;
}

struct ActionResult {
  ActionIndex action = 0;
  Outcome outcome = Outcome::kNotStarted;
  /// Failed, unknown: the server's words and what to do. Skipped: empty.
  Error error;
  /// Skipped: the action that it waited for.
  std::optional<ActionIndex> because_of;
  /// The server's id of an account, user or bot that was created, adopted or bound. A creation that has one
  /// is made, whatever its outcome: where that is no success, its settings are what is missing.
  std::optional<model::ServerId> id = std::nullopt;
  /// Creations that were made: kAdopted where a user who existed already was adopted.
  std::optional<model::Provenance> provenance = std::nullopt;

  bool operator==(const ActionResult&) const = default;
};

enum class Stop : std::uint8_t {
  kFinished,
  /// SIGINT or SIGTERM.
  kSignal,
  /// Nothing more can be trusted: the state cannot be written, the token is refused, the server is gone.
  kFatal,
};

/// What became of a plan. One result an action, in the plan's order.
struct ApplyResult {
  std::vector<ActionResult> results;
  Stop stop = Stop::kFinished;
  /// With kFatal: what stopped the run.
  std::optional<Error> fatal;
  std::chrono::milliseconds duration{0};
  /// Things that the run saw and a reader should know, such as a revocation that did not hold.
  std::vector<std::string> notes;

  bool operator==(const ApplyResult&) const = default;
};

}  // namespace rollcall::plan
