#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "cli/console.hpp"

namespace rollcall::cli {

/// Puts a question on stderr and reads the line that answers it from stdin. Nothing where stdin ends first,
/// and once a stop is requested.
std::optional<std::string> ask(Console& console, const std::string& question, const std::stop_token& stop);

}  // namespace rollcall::cli
