#include "cli/arguments.hpp"

#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

#include "cli/commands.hpp"

using namespace rollcall;
using cli::asks_for_json;
using cli::parse_arguments;

namespace {

using Words = std::vector<std::string>;

Words words_of(std::string_view name) {
  const std::size_t space = name.find(' ');
  if (space == std::string_view::npos) return {std::string(name)};
  return {std::string(name.substr(0, space)), std::string(name.substr(space + 1))};
}

}  // namespace

TEST_CASE("the table lists each command once, a group before its own, each with a help of its own") {
  std::set<std::string> seen, helps;
  for (const cli::Command* command : cli::commands()) {
    const Words words = words_of(command->name);
    INFO(command->name);
    CHECK(seen.insert(std::string(command->name)).second);
    if (words.size() == 2) CHECK(seen.contains(words.front()));
    const auto help = cli::help_on(words);
    REQUIRE(help);
    CHECK(help->find("Usage: rollcall " + std::string(command->name)) != std::string::npos);
    CHECK(helps.insert(*help).second);
    // A group names no command that could run.
    CHECK((command->declare == nullptr) == (words == Words{"state"}));
  }
  CHECK(seen.size() == 16);
}

TEST_CASE("global options are read on both sides of a command, values after all of the command line") {
  const auto parsed = parse_arguments(
      {"--parallelism", "3", "plan", "--state", "s.json", "--lock-timeout", "2m", "--color", "never", "-q"});
  REQUIRE(parsed);
  CHECK(parsed->global.parallelism == 3U);
  CHECK(parsed->global.state == "s.json");
  CHECK(parsed->global.lock_timeout == std::chrono::minutes(2));
  CHECK(parsed->global.colour == cli::ColourChoice::kNever);
  CHECK(parsed->global.quiet);
  CHECK(parsed->body);
  CHECK(parse_arguments({"plan", "--parallelism", "65", "--nothing"}).error().message ==
        "There is no option `--nothing`.");
  CHECK(parse_arguments({"plan", "--max-removals", "x", "--parallelism", "65"}).error().message ==
        "--parallelism takes an integer from 1 to 64, not `65`.");
}

TEST_CASE("JSON that is asked for is heard, whatever else is wrong with the command line") {
  for (const Words& words :
       {Words{"plan", "--format", "json"}, Words{"plan", "--format=json"},
        Words{"plan", "--only", "--format=json"}, Words{"paln", "--nothing", "-x", "--format", "json"},
        Words{"--format", "json", "plan", "--help"}, Words{"plan", "--format", "text", "--format", "json"},
        Words{"state", "--full=no", "--format", "json"}})
    CHECK(asks_for_json(words));
  for (const Words& words :
       {Words{}, Words{"plan"}, Words{"plan", "--format"}, Words{"plan", "--format", "text"},
        Words{"plan", "--formats", "json"}, Words{"plan", "json"}, Words{"plan", "--", "--format", "json"}})
    CHECK_FALSE(asks_for_json(words));
}
