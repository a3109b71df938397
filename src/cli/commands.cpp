#include "cli/commands.hpp"

#include <array>

namespace rollcall::cli {
namespace {

constexpr Command kState{"state", "Inspect and repair the recorded state"};

constexpr std::array kCommands = {&kInit,           &kValidate, &kPlan,      &kApply,     &kShow,
                                  &kDrift,          &kRefresh,  &kComment,   &kState,     &kStateList,
                                  &kStateShow,      &kStateRm,  &kStatePull, &kStatePush, &kStateMigrate,
                                  &kStateSetServer, &kUnlock,   &kHelp};

}  // namespace

std::span<const Command* const> commands() {
  return kCommands;
}

}  // namespace rollcall::cli
