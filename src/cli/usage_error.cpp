#include "cli/usage_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include <CLI/CLI.hpp>

#include "base/suggestion.hpp"
#include "cli/pages.hpp"

namespace rollcall::cli {
namespace {

std::vector<CLI::App*> commands_of(CLI::App& parent) {
  return parent.get_subcommands([](const CLI::App*) { return true; });
}

/// `rollcall` for the program itself, else `state rm` and the like.
std::string full_name(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  if (parent == nullptr) return command.get_name();
  return (parent->get_parent() == nullptr ? "" : full_name(*parent) + " ") + command.get_name();
}

std::string help_hint(const CLI::App& command) {
  if (command.get_parent() == nullptr) return "`rollcall help` lists the commands.";
  return fmt::format("See `rollcall help {}`.", full_name(command));
}

/// The first word that is no option and not the value of a global one: what was meant as the command.
std::optional<std::string> unknown_command(CLI::App& app, const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word.starts_with("-")) {
      const CLI::Option* option = app.get_option_no_throw(word);
      if (option != nullptr && option->get_expected_max() > 0) ++i;
      continue;
    }
    if (find_command(app, word) == nullptr) return word;
    return std::nullopt;
  }
  return std::nullopt;
}

std::string option_name(const std::string& word) {
  return word.substr(0, word.find('='));
}

/// An option of a command that stands before every command, where only the global ones belong.
std::optional<std::string> option_before_command(CLI::App& app, const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (!word.starts_with("-")) return std::nullopt;
    const std::string name = option_name(word);
    if (const CLI::Option* option = app.get_option_no_throw(name); option != nullptr) {
      if (option->get_expected_max() > 0 && name == word) ++i;
      continue;
    }
    for (CLI::App* command : commands_of(app))
      if (command->get_option_no_throw(name) != nullptr) return name;
  }
  return std::nullopt;
}

/// A flag that was given a value, as in `--full=no`.
std::optional<std::string> flag_with_value(CLI::App& app, CLI::App& command,
                                           const std::vector<std::string>& arguments) {
  for (const std::string& word : arguments) {
    if (!word.starts_with("-") || word.find('=') == std::string::npos) continue;
    for (CLI::App* of : {&command, &app}) {
      const CLI::Option* option = of->get_option_no_throw(option_name(word));
      if (option != nullptr && option->get_expected_max() == 0) return option_name(word);
    }
  }
  return std::nullopt;
}

std::vector<std::string> option_names(const CLI::App& app, const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* of : {&command, &app})
    for (const CLI::Option* option : of->get_options())
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

/// The first word after `--` that would be an option before it.
std::optional<std::string> option_after_dashes(CLI::App& app, CLI::App& command,
                                               const std::vector<std::string>& arguments) {
  for (auto word = std::find(arguments.begin(), arguments.end(), "--"); word != arguments.end(); ++word)
    for (CLI::App* of : {&command, &app})
      if (*word != "--" && word->starts_with("-") && of->get_option_no_throw(option_name(*word)) != nullptr)
        return option_name(*word);
  return std::nullopt;
}

/// The end of a sentence about a word that is unknown.
std::string suggestion(const std::string& prefix, const std::string& word,
                       const std::vector<std::string>& names) {
  const auto close = closest(word, names);
  return close ? fmt::format(", did you mean `{}{}`?", prefix, *close) : ".";
}

Error no_such_option(const CLI::App& app, const CLI::App& command, const std::string& name) {
  return {fmt::format("There is no option `{}`{}", name, suggestion("", name, option_names(app, command))),
          help_hint(command)};
}

std::string missing_argument(const CLI::App& command, const std::string& name) {
  std::string_view example = "users.ana@example.com";
  if (name == "FILE") example = command.get_name() == "comment" ? "plan.md" : "rollcall.state.json";
  if (name == "PLANFILE") example = "rollcall.plan";
  return fmt::format("`rollcall {}` takes {} {}, such as {}.", full_name(command),
                     name == "ADDRESS" ? "an" : "a", name, example);
}

/// CLI11's words ("--only: 1 required TEXT missing") as a sentence.
std::string sentence(const CLI::App& command, const CLI::ParseError& problem) {
  std::string text = problem.what();
  const std::string option = text.substr(0, text.find(": "));
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&problem) != nullptr)
    return option +
           (text.find("received") == std::string::npos ? " takes a value." : " is given more than once.");
  if (dynamic_cast<const CLI::RequiredError*>(&problem) != nullptr)
    return missing_argument(command, text.substr(0, text.find(' ')));
  if (dynamic_cast<const CLI::ValidationError*>(&problem) != nullptr && option.size() < text.size())
    text.erase(option.size(), 1);
  if (!text.ends_with('.')) text += '.';
  return text;
}

std::vector<std::string> names_of_commands(const CLI::App& parent) {
  std::vector<std::string> names;
  for (const CLI::App* command : parent.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

}  // namespace

CLI::App* find_command(CLI::App& parent, const std::string& name) {
  for (CLI::App* command : commands_of(parent))
    if (command->get_name() == name) return command;
  return nullptr;
}

CLI::App* deepest_command(CLI::App& app) {
  CLI::App* command = &app;
  for (auto inner = command->get_subcommands(); !inner.empty(); inner = command->get_subcommands())
    command = inner.front();
  return command;
}

Error no_such_command(const CLI::App& parent, const std::string& word) {
  const std::vector<std::string> names = names_of_commands(parent);
  if (names.empty()) return {fmt::format("Unexpected argument `{}`.", word), help_hint(parent)};
  const std::string prefix = parent.get_parent() == nullptr ? "" : full_name(parent) + " ";
  return {fmt::format("There is no command `{}{}`{}", prefix, word, suggestion(prefix, word, names)),
          prefix.empty() ? "`rollcall help` lists the commands."
                         : fmt::format("`rollcall {} --help` lists them.", full_name(parent))};
}

Error no_such_help(const CLI::App& parent, const std::string& word) {
  if (parent.get_parent() != nullptr) return no_such_command(parent, word);
  std::vector<std::string> names = names_of_commands(parent);
  for (const Page& page : pages()) names.emplace_back(page.topic);
  return {fmt::format("There is no command or topic `{}`{}", word, suggestion("", word, names)),
          "`rollcall help` lists the commands and topics."};
}

std::optional<Error> unknown_command(CLI::App& app) {
  const CLI::App* command = deepest_command(app);
  if (names_of_commands(*command).empty()) return std::nullopt;
  for (const std::string& word : app.remaining(true))
    if (!word.starts_with("-")) return no_such_command(*command, word);
  return std::nullopt;
}

Error explain(CLI::App& app, const std::vector<std::string>& arguments, const CLI::ParseError& problem) {
  if (const auto name = option_before_command(app, arguments))
    return {fmt::format("`{}` belongs after the command.", *name),
            fmt::format("As in `rollcall plan {}`; "
                        "`rollcall help` lists the options that can come before it.",
                        *name)};
  if (const auto word = unknown_command(app, arguments)) return no_such_command(app, *word);
  CLI::App* command = deepest_command(app);
  if (const auto flag = flag_with_value(app, *command, arguments))
    return {fmt::format("{} takes no value.", *flag), help_hint(*command)};
  const auto extras = app.remaining(true);
  const std::string word = extras.empty() ? std::string() : extras.front();
  if (const auto name = option_after_dashes(app, *command, arguments))
    return {fmt::format("`{}` is after `--`, where everything is an argument.", *name),
            "Remove `--`, or write the option before it."};
  if (word.starts_with("-")) return no_such_option(app, *command, option_name(word));
  if (dynamic_cast<const CLI::ExtrasError*>(&problem) != nullptr)
    return {fmt::format("Unexpected argument `{}`.", word), help_hint(*command)};
  if (!commands_of(*command).empty() && dynamic_cast<const CLI::RequiredError*>(&problem) != nullptr) {
    if (command != &app && !word.empty()) return no_such_command(*command, word);
    return {"A command is missing.", help_hint(*command)};
  }
  return {sentence(*command, problem), help_hint(*command)};
}

}  // namespace rollcall::cli
