#include "cli/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/pages.hpp"
#include "cli/usage_error.hpp"
#include "project/project.hpp"

namespace rollcall::cli {
namespace {

/// Else an empty variable of a script would be taken for an option that is not given.
void refuse_empty_values(CLI::App& app) {
  for (CLI::Option* option : app.get_options())
    if (!option->get_lnames().empty() && option->get_expected_max() > 0)
      option->check(CLI::Validator(
          [](const std::string& given) {
            return given.empty() ? std::string("takes a value, not an empty string.") : "";
          },
          ""));
  for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    refuse_empty_values(*command);
}

/// 90, 90s, 5m, 1h.
Expected<std::chrono::seconds> parse_duration(std::string_view text, std::string_view source) {
  constexpr std::array<std::pair<char, int>, 3> kUnits = {{{'s', 1}, {'m', 60}, {'h', 3600}}};
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (error == std::errc{} && unit.empty()) return std::chrono::seconds(value);
  for (const auto& [letter, seconds] : kUnits)
    if (error == std::errc{} && unit.size() == 1 && unit.front() == letter)
      return std::chrono::seconds(value) * seconds;
  return fail(fmt::format("{} takes a time such as 30s or 5m, not `{}`.", source, text));
}

/// What stands at the end of `rollcall help`.
std::string footer() {
  std::string text = "Topics:\n";
  for (const Page& page : pages()) text += fmt::format("  {:28}{}\n", page.topic, title(page));
  return text +
         "\n`rollcall help COMMAND` shows a command's options, `rollcall help TOPIC` a page of the manual.\n"
         "Exit codes: 0 done or nothing to do, 1 failed, 2 changes or drift, 3 refused by guardrails,\n"
         "130/143 stopped by a signal. Where several hold: the signal, then 1, 3, 2.";
}

void declare_global_options(OptionSet& options, GlobalOptions& global) {
  options.text("--project", "PATH", global.project, "Project file, or its folder (default: rollcall.yaml)");
  options.texts("--roster", "PATH", global.roster, "Roster file or folder, repeatable (ROLLCALL_ROSTER)");
  options.text("--server", "URL", global.server, "Chatwoot's address (ROLLCALL_SERVER)");
  options.text("--state", "FILE|URL", global.state, "Recorded state (ROLLCALL_STATE)");
  options.text("--journal-dir", "FOLDER", global.journal_dir,
               "Where a run keeps its journal when the state is at a URL");
  options.text("--token-file", "FILE", global.token_file,
               "File that holds the platform token (else ROLLCALL_TOKEN)");
  options.text("--token-command", "CMD", global.token_command, "Command that prints the platform token");
  options.text("--ca-file", "FILE", global.ca_file, "Certificates to trust instead of the system's");
  options.flag("--allow-http", global.allow_http, "Allow http:// to a server that is not this machine");
  const auto read_parallelism = [&global](const std::string& text) -> Expected<void> {
    auto parallelism = parse_parallelism(text, "--parallelism");
    if (!parallelism) return tl::unexpected(parallelism.error());
    global.parallelism = *parallelism;
    return {};
  };
  options.parsed("--parallelism", "N", read_parallelism,
                 "Requests at once, 1 to 64 (ROLLCALL_PARALLELISM; default: 8)");
  const auto read_timeout = [&global](const std::string& text) -> Expected<void> {
    auto timeout = parse_duration(text, "--lock-timeout");
    if (!timeout) return tl::unexpected(timeout.error());
    global.lock_timeout = *timeout;
    return {};
  };
  options.parsed("--lock-timeout", "TIME", read_timeout,
                 "How long to wait for the state's lock, such as 30s or 5m");
  const auto read_colour = [&global](const std::string& word) -> Expected<void> {
    global.colour = word == "always"  ? ColourChoice::kAlways
                    : word == "never" ? ColourChoice::kNever
                                      : ColourChoice::kAuto;
    return {};
  };
  options.parsed("--color", "WHEN", read_colour,
                 "auto, always or never (NO_COLOR and TERM=dumb are honoured)", {"auto", "always", "never"});
  options.flag("-q,--quiet", global.quiet, "Only results and errors");
  options.flag("-v,--verbose", global.verbose, "One line a request");
}

/// The program with all of its commands, as CLI11 parses it.
class CommandTree {
 public:
  CommandTree() {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", fmt::format("rollcall {}", version()), "Show the version");
    app_.group("Commands");
    app_.set_help_flag("-h,--help", "Show this help");
    const auto formatter = std::make_shared<CLI::Formatter>();
    for (const auto& [label, word] :
         {std::pair("Positionals", "Arguments"), std::pair("Subcommands", "Commands"),
          std::pair("SUBCOMMAND", "COMMAND")})
      formatter->label(label, word);
    app_.formatter(formatter);
    // Commands take over what is set up to here.
    app_.option_defaults()->disable_flag_override();
    app_.footer("Global options, such as --project and --server, are in `rollcall help`.");
    for (const Command* command : commands()) add(*command);
    app_.footer(footer());
    declare_global_options(global_options_, global_);
    refuse_empty_values(app_);
  }

  CLI::App& app() { return app_; }

  /// What was parsed; the error is that of a value.
  Expected<Invocation> invocation() {
    if (auto read = global_options_.read(); !read) return tl::unexpected(read.error());
    Declared& chosen = declared_.at(deepest_command(app_));
    if (auto read = chosen.options.read(); !read) return tl::unexpected(read.error());
    return Invocation{std::move(global_), std::move(chosen.body)};
  }

 private:
  struct Declared {
    OptionSet options;
    Body body;
  };

  void add(const Command& command) {
    const std::size_t space = command.name.find(' ');
    CLI::App* parent = &app_;
    if (space != std::string_view::npos)
      parent = find_command(app_, std::string(command.name.substr(0, space)));
    const std::string_view name =
        space == std::string_view::npos ? command.name : command.name.substr(space + 1);
    CLI::App* sub = parent->add_subcommand(std::string(name), std::string(command.help));
    sub->fallthrough();
    if (command.declare == nullptr) {
      sub->require_subcommand(1);
      return;
    }
    Declared& declared = declared_.emplace(sub, Declared{OptionSet(*sub), nullptr}).first->second;
    declared.body = command.declare(declared.options);
  }

  CLI::App app_{"Rollcall: access as code for Chatwoot", "rollcall"};
  GlobalOptions global_;
  OptionSet global_options_{app_, "Global options"};
  std::map<const CLI::App*, Declared> declared_;
};

/// CLI11's own help() speaks of whatever command was parsed, which may be `help` itself.
std::string help_text(const CLI::App& command) {
  std::string name = command.get_name();
  for (const CLI::App* parent = command.get_parent(); parent != nullptr; parent = parent->get_parent())
    name = parent->get_name() + " " + name;
  std::string text = command.get_formatter()->make_help(&command, name, CLI::AppFormatMode::Normal);
  // CLI11 parts groups of options by two empty lines.
  for (std::size_t at = text.find("\n\n\n"); at != std::string::npos; at = text.find("\n\n\n", at))
    text.erase(at, 1);
  return text;
}

Expected<std::string> command_help(CLI::App& app, const std::vector<std::string>& names) {
  CLI::App* command = &app;
  for (const std::string& name : names) {
    CLI::App* found = find_command(*command, name);
    if (found == nullptr) return tl::unexpected(no_such_help(*command, name));
    command = found;
  }
  return help_text(*command);
}

/// Prints a text instead of running a command.
Invocation information(std::string text) {
  return {{}, [text = std::move(text)](const Program& program) {
            program.console.document(text);
            return kExitDone;
          }};
}

}  // namespace

Expected<std::uint32_t> parse_parallelism(const std::string& text, std::string_view source) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 1 ||
      value > project::kMaxParallelism)
    return fail(
        fmt::format("{} takes an integer from 1 to {}, not `{}`.", source, project::kMaxParallelism, text));
  return value;
}

/// CLI11 stops at the first mistake, so it is asked for this option alone.
Format format_asked_for(const std::vector<std::string>& arguments) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::vector<std::string> formats;
  app.add_option("--format", formats)->allow_extra_args(false);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError&) {
    return Format::kText;
  }
  Format asked = Format::kText;
  for (const std::string& name : formats)
    if (const auto format = report::find_format(name); format && *format != Format::kText) asked = *format;
  return asked;
}

/// `help state` names a page and a command: it prints both.
Expected<std::string> help_on(const std::vector<std::string>& names) {
  CommandTree tree;
  const Page* page = names.empty() ? nullptr : find_page(names.front());
  const bool is_command = names.empty() || find_command(tree.app(), names.front()) != nullptr;
  if (page != nullptr && !is_command && names.size() > 1)
    return fail(fmt::format("Unexpected argument `{}`.", names[1]), "A topic is one word.");
  if (page != nullptr && !is_command) return std::string(page->text);
  auto help = command_help(tree.app(), names);
  if (help && page != nullptr && names.size() == 1) help = fmt::format("{}\n{}", page->text, *help);
  return help;
}

Expected<Invocation> parse_arguments(const std::vector<std::string>& arguments) {
  CommandTree tree;
  CLI::App& app = tree.app();
  try {
    // CLI11 takes them in reverse.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForVersion&) {
    return information(fmt::format("rollcall {}\n", version()));
  } catch (const CLI::CallForHelp&) {
    if (auto unknown = unknown_command(app)) return tl::unexpected(std::move(*unknown));
    return information(help_text(*deepest_command(app)));
  } catch (const CLI::CallForAllHelp&) {
    return information(help_text(app));
  } catch (const CLI::ParseError& problem) {
    return tl::unexpected(explain(app, arguments, problem));
  }
  return tree.invocation();
}

}  // namespace rollcall::cli
