#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "model/address.hpp"
#include "model/recorded.hpp"
#include "state/state_change.hpp"

namespace rollcall::state {

constexpr std::string_view kStateFormat = "rollcall-state";
/// The version that is written; every one from 1 is read.
constexpr std::int64_t kStateVersion = 2;

/// A run that changes what a shared state records, as that state itself says it from before the run's first
/// request until its last outcome is in: what a run may have done is known even where its journal is lost.
struct Applying {
  std::string run;
  /// SHA-256 of the saved plan that it applies; empty where it made its own.
  std::string plan_digest;
  /// Who runs it, as messages name it.
  std::string holder;
  /// To the second.
  Time started{};
  /// What it may create and grant.
  std::vector<Intent> creations;
  /// The accounts, users and agent bots that it may touch.
  std::vector<model::Address> touched;
  /// How many records of its journal are in this state.
  std::int64_t records_folded = 0;

  bool operator==(const Applying&) const = default;
};

/// The saved plan that the last run applied.
struct AppliedPlan {
  /// SHA-256.
  std::string digest;
  /// Whether everything in it was done. Otherwise its apply was interrupted, or some of it failed.
  bool complete = false;

  bool operator==(const AppliedPlan&) const = default;
};

/// The recorded state: the estate with what identifies it.
struct State {
  /// A UUID, made at the first write and never changed.
  std::string lineage;
  /// One more with each write.
  std::int64_t serial = 0;
  /// The server's identity: scheme, host in lower case, port, path without a final slash.
  std::string server;
  /// The last run whose outcomes are folded into it; empty before the first one.
  std::string last_run;
  model::RecordedEstate estate;
  /// Actions that a run began and whose outcome is unknown; the next run that talks to the server looks.
  std::vector<Intent> unresolved{};
  /// When it was written, to the second; nothing where its writer did not say. Read, and written as it was
  /// read.
  std::optional<Time> written_at{};
  /// The run that changes a shared state just now.
  std::optional<Applying> applying{};
  /// Nothing where the last run made its own plan.
  std::optional<AppliedPlan> last_plan{};
};

/// Canonical bytes: the header in fixed order, keys sorted inside, one object and one grant a line.
/// Deterministic.
std::string encode(const State& state, const model::Directory& directory);

/// Whether a file that starts so may be a state: whole, with other spaces, or cut off. Its decoder tells the
/// rest.
bool looks_like_state(std::string_view start);

/// Reads what `encode` wrote, adding keys and addresses to `directory`. `name` is the file as messages show
/// it. Refuses a newer version, another format, and anything that is not whole and consistent.
Expected<State> decode(std::string_view bytes, const std::string& name, model::Directory& directory);

/// The bytes of `encode`, once they are certain to be read again: an error where `decode` would refuse them,
/// as the value of a server can make it, or where the serial is at its end. `name` is the file as messages
/// show it.
Expected<std::string> encode_for_write(const State& state, const std::string& name,
                                       const model::Directory& directory);

/// An error where the serial is so near its end that a command could not write the state as often as it may
/// want to. To be asked before anything is sent.
Expected<void> require_serials(const State& state, const std::string& name);

}  // namespace rollcall::state
