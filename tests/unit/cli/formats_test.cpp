#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/version.hpp"
#include "golden/golden.hpp"
#include "report/format.hpp"
#include "support/command_line.hpp"

using namespace rollcall;
using rollcall::testing::CommandLine;

namespace {

const char* const kNoon = "2027-02-15T12:00:00Z";

/// The same text for every version of the program.
std::string without_version(std::string text) {
  const std::string quoted = "\"" + std::string(version()) + "\"";
  if (const std::size_t at = text.find(quoted); at != std::string::npos)
    text.replace(at, quoted.size(), "\"VERSION\"");
  return text;
}

/// Runs a command in the demo estate with a report in every format, and holds each to its golden text.
void check_reports(report::Subject subject, const std::string& command) {
  CommandLine line;
  const std::filesystem::path demo = std::filesystem::path(ROLLCALL_SOURCE_DIR) / "examples" / "demo";
  std::filesystem::copy(demo, ".", std::filesystem::copy_options::recursive);
  std::vector<std::string> arguments = {command};
  std::vector<std::string> names;
  for (const report::Format format : report::formats_of(subject)) {
    if (report::is_for_log(format)) continue;
    names.emplace_back(report::name_of(format));
    arguments.insert(arguments.end(), {"--report", names.back() + "=" + names.back()});
  }
  REQUIRE(line.run(kNoon, arguments).exit_code == 0);
  golden::check("demo/" + command + ".github", line.run(kNoon, {command, "--format", "github"}).out);
  for (const std::string& name : names)
    golden::check("demo/" + command + "." + name, without_version(CommandLine::read(name)));
}

}  // namespace

TEST_CASE("the demo estate in every format of a plan") {
  check_reports(report::Subject::kPlan, "plan");
}

TEST_CASE("the demo estate in every format of a validation") {
  check_reports(report::Subject::kValidation, "validate");
}
