#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace rollcall::cli {

/// The command of that name below `parent`; null for none.
CLI::App* find_command(CLI::App& parent, const std::string& name);

/// The command that was being parsed when parsing ended.
CLI::App* deepest_command(CLI::App& app);

/// That `parent` has no such command, with the one that was probably meant.
Error no_such_command(const CLI::App& parent, const std::string& word);

/// That `rollcall help` has neither a command nor a topic of that name below `parent`, with the one that was
/// probably meant.
Error no_such_help(const CLI::App& parent, const std::string& word);

/// The word of the command line that stands where a command was expected and is none, as an error. For the
/// options that end parsing early, as --help does.
std::optional<Error> unknown_command(CLI::App& app);

/// What is wrong with the command line, in a sentence, and which help to read.
Error explain(CLI::App& app, const std::vector<std::string>& arguments, const CLI::ParseError& problem);

}  // namespace rollcall::cli
