#pragma once

#include <cstddef>
#include <stop_token>
#include <string>

#include "base/error.hpp"
#include "base/secret.hpp"

namespace rollcall::cli {

/// What a command of the shell prints; it is read no further than one byte beyond `limit`, and not waited
/// for once the command itself has ended, whatever it has left running. The command
/// inherits the standard streams and no other descriptor, and reacts to signals as it would by itself. A stop
/// ends it. An error where it fails, is stopped or cannot be started; none repeats what it printed.
Expected<Secret> output_of_token_command(const std::string& command, std::size_t limit,
                                         const std::stop_token& stop);

}  // namespace rollcall::cli
