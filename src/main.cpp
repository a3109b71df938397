#include "base/clock.hpp"
#include "base/entropy.hpp"
#include "cli/exit_code.hpp"
#include "cli/process.hpp"
#include "cli/run.hpp"
#include "cli/signals.hpp"

int main(int argc, char** argv) {
  // Before anything is opened or a secret is read.
  if (!rollcall::cli::ensure_standard_fds()) return rollcall::cli::kExitFailed;
  rollcall::cli::disable_core_dumps();
  rollcall::cli::ignore_write_signals();
  rollcall::SystemClock clock;
  rollcall::SystemEntropy entropy;
  return rollcall::cli::run({clock, entropy}, argc, argv);
}
