#pragma once

#include "base/clock.hpp"
#include "base/entropy.hpp"

namespace rollcall::cli {

/// What the program is handed instead of making it: the real ones by `main`, fakes in tests.
struct Effects {
  Clock& clock;
  Entropy& entropy;
};

/// Parses the command line, runs the command and returns the exit code: 0 done or nothing to do, 1 failed,
/// 2 changes or drift, 3 refused by guardrails, 130 and 143 stopped by a signal after saving.
int run(const Effects& effects, int argc, char** argv);

}  // namespace rollcall::cli
