#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "model/exception.hpp"

namespace rollcall::model {

/// How roster, recorded state and server differ. W is what the roster wants today, R what is recorded, L what
/// is live.
enum class Verdict : std::uint8_t {
  kChanged,     // W = R, and L is something else
  kGone,        // wanted, and not on the server any more
  kConflict,    // all three differ, or nothing was recorded of what differs
  kExpired,     // access that a passed `until` should have ended
  kUnlisted,    // L only: neither in the roster nor managed
  kPending,     // R = L: the next apply does what the roster says
  kStaleState,  // created by Rollcall, and this state does not know it
  kConverged,   // L is what the roster wants, only the record is behind
};

/// changed, gone, conflict, expired, unlisted, pending, stale_state, converged: the words of the JSON
/// documents, in the order of the values.
std::span<const std::string_view> verdict_words();
std::string_view to_string(Verdict verdict);

/// The verdicts that `fail_on` of the project file can name: the first of verdict_words().
std::span<const std::string_view> fail_on_words();

/// What of a drift does not count, by the project file.
struct DriftPolicy {
  /// These count; a stale state does in any case, and so does access that is to be taken away.
  std::vector<Verdict> fail_on = {Verdict::kChanged, Verdict::kGone,     Verdict::kConflict,
                                  Verdict::kExpired, Verdict::kUnlisted, Verdict::kPending};
  /// `unlisted_accounts: keep`
  bool keeps_accounts = false;
  /// `unlisted_agent_bots: keep`
  bool keeps_bots = false;
  /// Findings at these addresses do not count, but for a stale state.
  std::vector<Exception> acknowledged;

  bool operator==(const DriftPolicy&) const = default;
};

}  // namespace rollcall::model
