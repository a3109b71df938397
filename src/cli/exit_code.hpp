#pragma once

namespace rollcall::cli {

constexpr int kExitDone = 0;
constexpr int kExitFailed = 1;
/// Changes under --detailed-exitcode, or drift.
constexpr int kExitDifferent = 2;

}  // namespace rollcall::cli
