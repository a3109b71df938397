#pragma once

#include <span>

#include "cli/command.hpp"

namespace rollcall::cli {

extern const Command kInit;
extern const Command kValidate;
extern const Command kPlan;
extern const Command kApply;
extern const Command kShow;
extern const Command kDrift;
extern const Command kRefresh;
extern const Command kComment;
extern const Command kStateList;
extern const Command kStateShow;
extern const Command kStateRm;
extern const Command kStatePull;
extern const Command kStatePush;
extern const Command kStateMigrate;
extern const Command kStateSetServer;
extern const Command kUnlock;
extern const Command kHelp;

/// Every command, in the order in which `rollcall help` lists them; a group before its own.
std::span<const Command* const> commands();

}  // namespace rollcall::cli
