#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "cli/invocation.hpp"

namespace rollcall::cli {

/// The command line without the program's name. The error tells what is wrong with it and which help to read.
Expected<Invocation> parse_arguments(const std::vector<std::string>& arguments);

/// 1 to 64; `source` names the option or variable in the error.
Expected<std::uint32_t> parse_parallelism(const std::string& text, std::string_view source);

/// Whether the command line asks for JSON, even where the rest of it cannot be understood.
bool asks_for_json(const std::vector<std::string>& arguments);

}  // namespace rollcall::cli
