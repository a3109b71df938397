#pragma once

#include <functional>
#include <string_view>

#include "base/clock.hpp"
#include "base/entropy.hpp"
#include "cli/console.hpp"
#include "cli/environment.hpp"
#include "cli/global_options.hpp"
#include "cli/option_set.hpp"

namespace rollcall::cli {

/// What every command gets.
struct Program {
  const GlobalOptions& global;
  const Environment& environment;
  Console& console;
  Clock& clock;
  Entropy& entropy;
};

/// Runs a command with the options that it was given, and answers the exit code.
using Body = std::function<int(const Program&)>;

/// A command. Its file exports one of these, and the table of commands.cpp lists it.
struct Command {
  /// As it is typed, such as "plan" or "state rm".
  std::string_view name;
  /// Its line in the list of commands.
  std::string_view help;
  /// Declares its options and gives the body that runs with their values. Nothing: the command is a group of
  /// others.
  Body (*declare)(OptionSet& options) = nullptr;
};

}  // namespace rollcall::cli
