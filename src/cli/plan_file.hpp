#pragma once

#include <string>

#include "base/error.hpp"
#include "cli/planning.hpp"
#include "saved_plan/saved_plan.hpp"

namespace rollcall::cli {

/// Writes the plan into a file, whole or not at all, and answers its digest. Only a saved plan is
/// overwritten.
Expected<std::string> write_plan_file(const Session& session, const PlanningOptions& options,
                                      const Planned& planned, const std::string& path);

/// A saved plan for `show` and `apply`. Its keys go into the session's directory.
Expected<saved_plan::ReadPlan> read_plan_file(Session& session, const std::string& path);

/// What holds a saved plan against what an apply finds.
class SavedPlanCheck {
 public:
  /// `path`: the file, for messages.
  SavedPlanCheck(Session& session, const saved_plan::ReadPlan& read, std::string path)
      : session_(session), read_(read), path_(std::move(path)) {}

  /// Refuses a plan that has expired or was applied already, and one for another server or from another state
  /// or roster. Before anything is sent.
  Expected<void> accept(const RecordedState& recorded);
  /// Refuses where the plan that was made now is another one.
  Expected<void> require_same(const PlanningOptions& options, const Planned& planned) const;
  /// Whether an apply of this very plan was interrupted, or failed in part, and goes on now. Known once the
  /// state was accepted.
  [[nodiscard]] bool goes_on() const { return goes_on_; }

 private:
  Expected<void> accept_state(const RecordedState& recorded);
  [[nodiscard]] std::string advice(const PlanningOptions& options) const;

  Session& session_;
  const saved_plan::ReadPlan& read_;
  std::string path_;
  bool goes_on_ = false;
};

}  // namespace rollcall::cli
