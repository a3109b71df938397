#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/file.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"

namespace rollcall::cli {
namespace {

namespace fs = std::filesystem;

/// `{}` stands for the roster's path.
constexpr std::string_view kProject =
    R"(# What Rollcall works with. Every setting has a default; paths are relative to this file.
version: 1

# Chatwoot's address. The token of the platform app is never in a file here: set ROLLCALL_TOKEN,
# or give --token-file or --token-command.
server: https://chat.example.com

roster: {}
state: rollcall.state.json

# Requests at once, and in a minute. Chatwoot's own limit is 3000 a minute and address.
# parallelism: 8
# requests_per_minute: 2400

# What no plan may do.
guardrails:
  min_administrators: 1        # for an account that has members
  max_removals: 25%            # of the managed grants; 5 are always allowed
  # protected: {{users: [root@example.com], accounts: [hq]}}
  # require_reason_for: [administrator]
  # allowed_email_domains: [example.com]
)";

constexpr std::string_view kRoster =
    R"(# The roster: which accounts and people exist, and who may do what. Only what is written is managed.
# Files of this folder are read together. `rollcall validate` checks them, `rollcall plan` shows what would change.
version: 1

accounts:
  support:                     # the account's key: never changes, and is not sent to the server
    name: Support
    locale: en
    # id: 42                   # take over the account that has this id already
    # on_remove: retain        # retain, suspend or delete, when the key leaves the roster

users:
  owner@example.com: {name: Desk owner}
  agent@example.com: {name: First agent}

groups:
  agents: {members: [agent@example.com]}

grants:
  - role: administrator
    accounts: [support]
    users: [owner@example.com]
    reason: runs the desk
  - role: agent
    accounts: ["*"]            # shell-style patterns over account keys
    groups: [agents]
    # until: 2027-12-31        # the last day that it holds, in UTC
)";

constexpr std::string_view kIgnore = R"(# The recorded state lists people, and a pipeline keeps it elsewhere.
rollcall.state.json
rollcall.state.json.bak
rollcall.state.json.tmp
rollcall.state.json.lock
rollcall.state.json.*.journal
)";

constexpr const char* kProjectFile = "rollcall.yaml";
constexpr const char* kRosterFile = "roster.yaml";
constexpr const char* kRosterFolder = "roster";
constexpr const char* kIgnoreFile = ".gitignore";
constexpr std::uint64_t kMostToRead = 1U << 20U;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream in{std::string(text)};
  for (std::string line; std::getline(in, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    lines.push_back(std::move(line));
  }
  return lines;
}

/// What a .gitignore of the user's own has to have besides; a file that cannot be read lacks all of it.
std::string lacking_lines(const fs::path& path) {
  const auto content = read_file(path, kMostToRead);
  const std::vector<std::string> present =
      content && *content ? lines_of(**content) : std::vector<std::string>();
  std::string lacking;
  for (const std::string& line : lines_of(kIgnore))
    if (!line.starts_with('#') && std::find(present.begin(), present.end(), line) == present.end() &&
        std::find(present.begin(), present.end(), "/" + line) == present.end())
      lacking += "  " + line + "\n";
  return lacking;
}

/// Whether anything of this name is there, a link that leads nowhere included.
bool is_there(const fs::path& path) {
  std::error_code absent;
  return fs::exists(fs::symlink_status(path, absent));
}

/// What stands at the roster's place already, or nothing. A folder that cannot be read may hold a roster.
std::optional<std::string> present_roster(const fs::path& folder) {
  if (is_there(folder / kRosterFile)) return kRosterFile;
  const fs::path path = folder / kRosterFolder;
  std::error_code error;
  if (!is_there(path) || (fs::is_empty(path, error) && !error)) return std::nullopt;
  return std::string(kRosterFolder) + "/";
}

struct StarterFile {
  std::string path;
  std::string text;
};

/// The files to write. A sample roster beside one that is there would be read with it, and its people
/// created: so it is written only where there is none, and no project file that may name one elsewhere.
std::vector<StarterFile> starter_files(const fs::path& folder, const std::optional<std::string>& roster) {
  const std::string sample = std::string(kRosterFolder) + "/" + kRosterFile;
  std::vector<StarterFile> files;
  files.push_back({kProjectFile, fmt::format(kProject, roster.value_or(std::string(kRosterFolder) + "/"))});
  if (!roster && !is_there(folder / kProjectFile)) files.push_back({sample, std::string(kRoster)});
  files.push_back({kIgnoreFile, std::string(kIgnore)});
  return files;
}

}  // namespace

int run_init(const Program& program, const InitOptions& options) {
  Console& console = program.console;
  const fs::path folder = options.folder;
  const std::optional<std::string> roster = present_roster(folder);
  bool has_new_project = false;
  for (const StarterFile& file : starter_files(folder, roster)) {
    const fs::path path = (folder / file.path).lexically_normal();
    if (is_there(path)) {
      console.result(fmt::format("kept    {} (it was there already)\n", path.string()));
      if (file.path == kIgnoreFile)
        if (const std::string lacking = lacking_lines(path); !lacking.empty())
          console.say(fmt::format("Add these lines to {}, so that no state gets into Git:\n{}", path.string(),
                                  lacking));
      continue;
    }
    std::error_code error;
    if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
    if (error) {
      console.report(
          Error{fmt::format("Cannot create the folder {}: {}.", path.parent_path().string(), error.message()),
                "Name a folder that can be written."});
      return kExitFailed;
    }
    if (const auto done = create_file(path, file.text); !done) {
      console.report(done.error());
      return kExitFailed;
    }
    console.result(fmt::format("written {}\n", path.string()));
    if (file.path == kProjectFile) has_new_project = true;
  }
  if (roster)
    console.result(
        fmt::format("kept    {} (it was there already)\n", (folder / *roster).lexically_normal().string()));
  if (has_new_project)
    console.remark(
        roster ? "Next: put your server into rollcall.yaml, then run `rollcall plan`.\n"
               : "Next: put your server into rollcall.yaml and your people into roster/, then run `rollcall "
                 "plan`.\n");
  return kExitDone;
}

}  // namespace rollcall::cli
