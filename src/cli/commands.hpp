#pragma once

#include "base/clock.hpp"
#include "base/entropy.hpp"
#include "cli/console.hpp"
#include "cli/environment.hpp"
#include "cli/invocation.hpp"

namespace rollcall::cli {

/// What every command gets.
struct Program {
  const GlobalOptions& global;
  const Environment& environment;
  Console& console;
  Clock& clock;
  Entropy& entropy;
};

/// One function a command, each in a file of its own. They answer the exit code.
int run_init(const Program& program, const InitOptions& options);
int run_validate(const Program& program, const ValidateOptions& options);
int run_plan(const Program& program, const PlanOptions& options);
int run_apply(const Program& program, const ApplyOptions& options);
int run_drift(const Program& program, const DriftOptions& options);
int run_refresh(const Program& program, const RefreshOptions& options);
int run_state_list(const Program& program, const StateListOptions& options);
int run_state_show(const Program& program, const StateShowOptions& options);
int run_state_remove(const Program& program, const StateRemoveOptions& options);

}  // namespace rollcall::cli
