#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "cli/command.hpp"

namespace rollcall::cli {

/// A command line, parsed.
struct Invocation {
  GlobalOptions global;
  Body body;
};

/// The command line without the program's name. The error tells what is wrong with it and which help to read.
Expected<Invocation> parse_arguments(const std::vector<std::string>& arguments);

/// What `rollcall help` prints for these words: the help of a command, or a page of the manual; of the
/// program where there are none.
Expected<std::string> help_on(const std::vector<std::string>& names);

/// 1 to 64; `source` names the option or variable in the error.
Expected<std::uint32_t> parse_parallelism(const std::string& text, std::string_view source);

/// The format that the command line asks for, even where the rest of it cannot be understood; text where it
/// asks for none that there is.
Format format_asked_for(const std::vector<std::string>& arguments);

}  // namespace rollcall::cli
