#include "cli/run.hpp"

#include <cerrno>
#include <exception>
#include <new>
#include <string>
#include <system_error>
#include <vector>

#include "base/file.hpp"
#include "cli/arguments.hpp"
#include "cli/exit_code.hpp"
#include "report/report.hpp"

namespace rollcall::cli {
namespace {

std::string stop_word(const Effects& effects, const Environment& environment) {
  return environment.github_actions ? make_nonce(effects.entropy) : std::string();
}

int run_invocation(const Effects& effects, const Invocation& invocation) {
  const Environment environment = read_environment();
  Console console({invocation.global.colour, environment.no_colour, environment.dumb_terminal,
                   invocation.global.quiet, stop_word(effects, environment)});
  for (const Secret& token : tokens_to_hide(invocation.global, environment)) console.hide(token);
  const int code = invocation.body({invocation.global, environment, console, effects.clock, effects.entropy});
  // A reader that went away wanted no more; it is no failure of the command.
  if (console.output_failed() == 0 || console.output_failed() == EPIPE)
    return code < kFirstSignalExit && console.failed_late() ? kExitFailed : code;
  console.report(Error{"Cannot write the output: " + system_message(console.output_failed()) + ".",
                       "What the command did is not undone."});
  return console.interrupted_by() != 0 ? kFirstSignalExit + console.interrupted_by() : kExitFailed;
}

}  // namespace

int run(const Effects& effects, int argc, char** argv) {
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  try {
    const auto invocation = parse_arguments(arguments);
    if (invocation) return run_invocation(effects, *invocation);
    const Environment environment = read_environment();
    Console console({ColourChoice::kAuto, environment.no_colour, environment.dumb_terminal, false,
                     stop_word(effects, environment)});
    for (const Secret& token : tokens_to_hide({}, environment)) console.hide(token);
    if (const Format format = format_asked_for(arguments); format != Format::kText)
      console.report(format, report::diagnostics_report(format, {to_diagnostic(invocation.error())},
                                                        report::meta_at(effects.clock.now())));
    console.report(invocation.error());
  } catch (const std::bad_alloc&) {
    Console({ColourChoice::kNever}).report(Error{"Out of memory.", {}});
  } catch (const std::system_error& error) {
    Console({ColourChoice::kNever})
        .report(Error{
            std::string("The system refused a thread or another resource: ") + error.code().message() + ".",
            "Raise the limit of processes (ulimit -u) or of the container, and run the command again."});
  } catch (const std::exception& unexpected) {
    Console({ColourChoice::kNever})
        .report(Error{std::string("This should not have happened: ") + unexpected.what() + ".",
                      "Please report it with the command that you ran."});
  }
  return kExitFailed;
}

}  // namespace rollcall::cli
