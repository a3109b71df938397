#include <memory>
#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"

namespace rollcall::cli {
namespace {

Body declare_help(OptionSet& options) {
  const auto names = std::make_shared<std::vector<std::string>>();
  options.arguments("COMMAND|TOPIC", *names,
                    "A command, such as plan or state rm, or a topic, such as roster", false);
  return [names](const Program& program) {
    const auto text = help_on(*names);
    if (text)
      program.console.document(*text);
    else
      program.console.report(text.error());
    return text ? kExitDone : kExitFailed;
  };
}

}  // namespace

const Command kHelp{"help", "Show the help of a command, or a page of the manual", declare_help};

}  // namespace rollcall::cli
