#pragma once

namespace rollcall::cli {

constexpr int kExitDone = 0;
constexpr int kExitFailed = 1;
/// Changes under --detailed-exitcode, or drift.
constexpr int kExitDifferent = 2;
/// The guardrails refuse the plan, or a part of it.
constexpr int kExitRefused = 3;

/// With the number of the signal that ended the run.
constexpr int kFirstSignalExit = 128;

}  // namespace rollcall::cli
