#include "cli/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/complaint.hpp"
#include "cli/pages.hpp"
#include "project/project.hpp"

namespace rollcall::cli {
namespace {

/// The values that CLI11 writes into; one object for one parse.
struct Draft {
  GlobalOptions global;
  std::string colour = "auto";
  std::string parallelism;
  std::string lock_timeout;
  InitOptions init;
  ValidateOptions validate;
  PlanOptions plan;
  ApplyOptions apply;
  DriftOptions drift;
  RefreshOptions refresh;
  StateListOptions state_list;
  StateShowOptions state_show;
  StateRemoveOptions state_remove;
  std::string format = "text";
  std::string max_removals;
  std::vector<std::string> skip;
  std::vector<std::string> help_of;
};

/// CLI11's own check of a list of words answers in brackets.
CLI::Validator one_of(std::vector<std::string> words) {
  return {[words = std::move(words)](const std::string& given) {
            if (std::find(words.begin(), words.end(), given) != words.end()) return std::string();
            return fmt::format("takes {}, not `{}`.", fmt::join(words, " or "), given);
          },
          ""};
}

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

void add_global_options(CLI::App& app, Draft& draft) {
  GlobalOptions& global = draft.global;
  const std::string group = "Global options";
  app.add_option("--project", global.project, "Project file, or its folder (default: rollcall.yaml)")
      ->option_text("PATH")
      ->group(group);
  app.add_option("--roster", global.roster, "Roster file or folder, repeatable (ROLLCALL_ROSTER)")
      ->option_text("PATH")
      ->allow_extra_args(false)
      ->group(group);
  app.add_option("--server", global.server, "Chatwoot's address (ROLLCALL_SERVER)")
      ->option_text("URL")
      ->group(group);
  app.add_option("--state", global.state, "Recorded state (ROLLCALL_STATE)")
      ->option_text("FILE")
      ->group(group);
  app.add_option("--token-file", global.token_file,
                 "File that holds the platform token (else ROLLCALL_TOKEN)")
      ->option_text("FILE")
      ->group(group);
  app.add_option("--token-command", global.token_command, "Command that prints the platform token")
      ->option_text("CMD")
      ->group(group);
  app.add_option("--ca-file", global.ca_file, "Certificates to trust instead of the system's")
      ->option_text("FILE")
      ->group(group);
  app.add_flag("--allow-http", global.allow_http, "Allow http:// to a server that is not this machine")
      ->group(group);
  app.add_option("--parallelism", draft.parallelism,
                 "Requests at once, 1 to 64 (ROLLCALL_PARALLELISM; default: 8)")
      ->option_text("N")
      ->group(group);
  app.add_option("--lock-timeout", draft.lock_timeout,
                 "How long to wait for the state's lock, such as 30s or 5m")
      ->option_text("TIME")
      ->group(group);
  app.add_option("--color", draft.colour, "auto, always or never (NO_COLOR and TERM=dumb are honoured)")
      ->option_text("WHEN")
      ->check(one_of({"auto", "always", "never"}))
      ->group(group);
  app.add_flag("-q,--quiet", global.quiet, "Only results and errors")->group(group);
  app.add_flag("-v,--verbose", global.verbose, "One line a request")->group(group);
}

void add_format(CLI::App& command, Draft& draft) {
  command.add_option("--format", draft.format, "text (default) or json")
      ->option_text("FORMAT")
      ->check(one_of({"text", "json"}));
}

void add_planning_options(CLI::App& command, Draft& draft, PlanningOptions& planning) {
  command
      .add_option("--only", planning.only, "Only addresses that match, and what they depend on; repeatable")
      ->option_text("PATTERN")
      ->allow_extra_args(false);
  command.add_flag("--only-expired", planning.only_lapsed, "Only the removals that a passed `until` causes");
  command.add_flag("--refresh", planning.refresh, "Read the server first");
  command.add_flag("--allow-deletes", planning.allow_deletes,
                   "Run deletions instead of listing them as blocked");
  command
      .add_option("--max-removals", draft.max_removals, "Removals to allow in this run, such as 10 or 30%")
      ->option_text("N|N%");
  command.add_flag("--full", planning.full, "Each user and account on a line of its own");
  add_format(command, draft);
}

void add_state_commands(CLI::App& app, Draft& draft) {
  CLI::App* state = app.add_subcommand("state", "Inspect and repair the recorded state");
  state->require_subcommand(1);
  state->fallthrough();
  CLI::App* list = state->add_subcommand("list", "List what is recorded");
  list->add_flag("--grants", draft.state_list.grants, "Every grant, too");
  add_format(*list, draft);
  CLI::App* show = state->add_subcommand("show", "Show all that is recorded of one address");
  show->add_option("ADDRESS", draft.state_show.address,
                   "accounts.KEY, users.EMAIL, agent_bots.KEY, grants.KEY/EMAIL")
      ->option_text(" ")
      ->required();
  add_format(*show, draft);
  CLI::App* remove = state->add_subcommand("rm", "Forget addresses; nothing is sent to the server");
  remove->add_option("ADDRESS", draft.state_remove.addresses, "What to forget")
      ->option_text("...")
      ->required();
  for (CLI::App* command : {list, show, remove}) command->fallthrough();
}

void add_commands(CLI::App& app, Draft& draft) {
  CLI::App* init = app.add_subcommand("init", "Write a commented starter project; overwrites nothing");
  init->add_option("FOLDER", draft.init.folder, "Folder to write to (default: the working folder)")
      ->option_text(" ");

  CLI::App* validate = app.add_subcommand("validate", "Check the roster and the project file, offline");
  validate->add_option("PATH", draft.validate.paths, "Roster files or folders instead of the project's")
      ->option_text("...");
  add_format(*validate, draft);

  CLI::App* plan = app.add_subcommand("plan", "Show what would change: roster against recorded state");
  add_planning_options(*plan, draft, draft.plan.planning);
  plan->add_flag("--detailed-exitcode", draft.plan.detailed_exitcode, "Exit 2 where there are changes");

  CLI::App* apply = app.add_subcommand("apply", "Plan, show, ask, and make the changes");
  add_planning_options(*apply, draft, draft.apply.planning);
  apply->add_flag("--auto-approve", draft.apply.auto_approve, "Do not ask");
  apply
      ->add_option("--recreate", draft.apply.planning.recreate,
                   "Create again what is gone from the server and matches; repeatable")
      ->option_text("PATTERN")
      ->allow_extra_args(false);

  CLI::App* drift = app.add_subcommand("drift", "Read the server and report what differs; exit 2 on drift");
  drift->add_option("--skip", draft.skip, "Leave unread: users (their own settings)")
      ->option_text("WHAT")
      ->allow_extra_args(false)
      ->check(one_of({"users"}));
  add_format(*drift, draft);

  CLI::App* refresh = app.add_subcommand("refresh", "Take what the server says into the recorded state");
  add_format(*refresh, draft);

  add_state_commands(app, draft);

  CLI::App* help = app.add_subcommand("help", "Show the help of a command, or a page of the manual");
  help->add_option("COMMAND|TOPIC", draft.help_of,
                   "A command, such as plan or state rm, or a topic, such as roster")
      ->option_text("...");

  for (CLI::App* command : {init, validate, plan, apply, drift, refresh, help}) command->fallthrough();
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

/// CLI11's own help() speaks of whatever command was parsed, which may be `help` itself.
Information help_text(const CLI::App& command) {
  std::string name = command.get_name();
  for (const CLI::App* parent = command.get_parent(); parent != nullptr; parent = parent->get_parent())
    name = parent->get_name() + " " + name;
  std::string text = command.get_formatter()->make_help(&command, name, CLI::AppFormatMode::Normal);
  // CLI11 parts groups of options by two empty lines.
  for (std::size_t at = text.find("\n\n\n"); at != std::string::npos; at = text.find("\n\n\n", at))
    text.erase(at, 1);
  return {std::move(text)};
}

Expected<Information> command_help(CLI::App& app, const std::vector<std::string>& names) {
  CLI::App* command = &app;
  for (const std::string& name : names) {
    CLI::App* found = find_command(*command, name);
    if (found == nullptr) return tl::unexpected(no_such_help(*command, name));
    command = found;
  }
  return help_text(*command);
}

/// `help state` names a page and a command: it prints both.
Expected<Information> help_text(CLI::App& app, const std::vector<std::string>& names) {
  const Page* page = names.empty() ? nullptr : find_page(names.front());
  const bool is_command = names.empty() || find_command(app, names.front()) != nullptr;
  if (page != nullptr && !is_command && names.size() > 1)
    return fail(fmt::format("Unexpected argument `{}`.", names[1]), "A topic is one word.");
  if (page != nullptr && !is_command) return Information{std::string(page->text)};
  auto help = command_help(app, names);
  if (help && page != nullptr && names.size() == 1)
    help->text = fmt::format("{}\n{}", page->text, help->text);
  return help;
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

/// The command that the command line names, with its options.
Expected<CommandOptions> chosen_command(CLI::App& app, Draft& draft) {
  const Format format = draft.format == "json" ? Format::kJson : Format::kText;
  std::optional<model::MaxRemovals> max_removals;
  if (!draft.max_removals.empty()) {
    max_removals = model::parse_max_removals(draft.max_removals);
    if (!max_removals)
      return fail(fmt::format("--max-removals takes a number or a percentage up to 100%, not `{}`.",
                              draft.max_removals),
                  "For example 10 or 30%.");
  }
  if (app.got_subcommand("init")) return CommandOptions{draft.init};
  if (app.got_subcommand("validate")) {
    draft.validate.format = format;
    return CommandOptions{draft.validate};
  }
  if (app.got_subcommand("plan")) {
    draft.plan.planning.format = format;
    draft.plan.planning.max_removals = max_removals;
    return CommandOptions{draft.plan};
  }
  if (app.got_subcommand("apply")) {
    draft.apply.planning.format = format;
    draft.apply.planning.max_removals = max_removals;
    return CommandOptions{draft.apply};
  }
  if (app.got_subcommand("drift")) return CommandOptions{DriftOptions{!draft.skip.empty(), format}};
  if (app.got_subcommand("refresh")) return CommandOptions{RefreshOptions{format}};
  if (app.got_subcommand("state")) {
    const CLI::App& state = *app.get_subcommand("state");
    if (state.got_subcommand("list"))
      return CommandOptions{StateListOptions{draft.state_list.grants, format}};
    if (state.got_subcommand("show"))
      return CommandOptions{StateShowOptions{draft.state_show.address, format}};
    return CommandOptions{draft.state_remove};
  }
  auto help = help_text(app, draft.help_of);
  if (!help) return tl::unexpected(help.error());
  return CommandOptions{*help};
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

bool asks_for_json(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (arguments[i] == "--format=json" ||
        (arguments[i] == "--format" && i + 1 < arguments.size() && arguments[i + 1] == "json"))
      return true;
  return false;
}

Expected<Invocation> parse_arguments(const std::vector<std::string>& arguments) {
  Draft draft;
  CLI::App app("Rollcall: access as code for Chatwoot", "rollcall");
  app.require_subcommand(1);
  app.set_version_flag("--version", fmt::format("rollcall {}", version()), "Show the version");
  app.group("Commands");
  app.set_help_flag("-h,--help", "Show this help");
  const auto formatter = std::make_shared<CLI::Formatter>();
  for (const auto& [label, word] : {std::pair("Positionals", "Arguments"),
                                    std::pair("Subcommands", "Commands"), std::pair("SUBCOMMAND", "COMMAND")})
    formatter->label(label, word);
  app.formatter(formatter);
  // Commands take over what is set up to here.
  app.option_defaults()->disable_flag_override();
  app.footer("Global options, such as --project and --server, are in `rollcall help`.");
  add_commands(app, draft);
  app.footer(footer());
  add_global_options(app, draft);
  refuse_empty_values(app);
  try {
    // CLI11 takes them in reverse.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForVersion&) {
    return Invocation{{}, Information{fmt::format("rollcall {}\n", version())}};
  } catch (const CLI::CallForHelp&) {
    if (auto unknown = unknown_command(app)) return tl::unexpected(std::move(*unknown));
    return Invocation{{}, help_text(*deepest_command(app))};
  } catch (const CLI::CallForAllHelp&) {
    return Invocation{{}, help_text(app)};
  } catch (const CLI::ParseError& problem) {
    return tl::unexpected(explain(app, arguments, problem));
  }
  if (!draft.parallelism.empty()) {
    auto parallelism = parse_parallelism(draft.parallelism, "--parallelism");
    if (!parallelism) return tl::unexpected(parallelism.error());
    draft.global.parallelism = *parallelism;
  }
  if (!draft.lock_timeout.empty()) {
    auto timeout = parse_duration(draft.lock_timeout, "--lock-timeout");
    if (!timeout) return tl::unexpected(timeout.error());
    draft.global.lock_timeout = *timeout;
  }
  draft.global.colour = draft.colour == "always"  ? ColourChoice::kAlways
                        : draft.colour == "never" ? ColourChoice::kNever
                                                  : ColourChoice::kAuto;
  auto command = chosen_command(app, draft);
  if (!command) return tl::unexpected(command.error());
  return Invocation{std::move(draft.global), std::move(*command)};
}

}  // namespace rollcall::cli
