#pragma once

namespace rollcall::cli {

/// The program: parses the command line, runs the command and returns the exit code. 0 done or nothing to do,
/// 1 failed, 2 changes or drift, 130 and 143 stopped by a signal after saving.
int run(int argc, char** argv);

}  // namespace rollcall::cli
