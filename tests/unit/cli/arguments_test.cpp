#include "cli/arguments.hpp"

#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

#include "cli/commands.hpp"

using namespace rollcall;
using cli::format_asked_for;
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
  CHECK(seen.size() == 18);
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

TEST_CASE("a format that is asked for is heard, whatever else is wrong with the command line") {
  for (const Words& words :
       {Words{"plan", "--format", "json"}, Words{"plan", "--format=json"},
        Words{"plan", "--only", "--format=json"}, Words{"paln", "--nothing", "-x", "--format", "json"},
        Words{"--format", "json", "plan", "--help"}, Words{"plan", "--format", "text", "--format", "json"},
        Words{"state", "--full=no", "--format", "json"}})
    CHECK(format_asked_for(words) == cli::Format::kJson);
  for (const Words& words :
       {Words{}, Words{"plan"}, Words{"plan", "--format"}, Words{"plan", "--format", "text"},
        Words{"plan", "--formats", "json"}, Words{"plan", "json"}, Words{"plan", "--", "--format", "json"},
        Words{"plan", "--format", "yaml"}})
    CHECK(format_asked_for(words) == cli::Format::kText);
}

TEST_CASE("a report names its format and its file") {
  const auto message = [](const char* report) {
    const auto parsed = parse_arguments({"plan", "--report", report});
    return parsed ? std::string() : parsed.error().message;
  };
  CHECK(message("json=plan=2.json").empty());
  CHECK(message("plan.json").starts_with("--report takes FORMAT=FILE with text"));
  CHECK(message("yaml=plan.yaml").ends_with(" as the format, not `yaml=plan.yaml`."));
  CHECK(message("json=") == "--report takes FORMAT=FILE, such as json=plan.json, not `json=`.");
  CHECK(message("json") == "--report takes FORMAT=FILE, such as json=plan.json, not `json`.");
  CHECK(parse_arguments({"plan", "--report", "json=a", "--report", "text=b"}));
  CHECK(parse_arguments({"plan", "--report", "json=a", "--report", "text=a"}).error().message ==
        "Two reports are to be written to a.");
  CHECK(parse_arguments({"refresh", "--report", "json=a"})
            .error()
            .message.starts_with("There is no option `--report`"));
}
