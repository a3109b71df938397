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
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/pipeline_files.hpp"
#include "http/server_url.hpp"

namespace rollcall::cli {
namespace {

namespace fs = std::filesystem;

/// The first `{}` stands for the server, the second for the roster's path.
constexpr std::string_view kProjectText =
    R"(# What Rollcall works with. Every setting has a default; paths are relative to this file.
version: 1

# Chatwoot's address. The token of the platform app is never in a file here: set ROLLCALL_TOKEN,
# or give --token-file or --token-command.
server: {}

roster: {}

# What Rollcall has done: a file, or a state on a server (https://…), such as GitLab has for every project. Every run
# needs the state that the run before it wrote; it does not belong in Git.
state: rollcall.state.json

# Requests at once, and per minute. Chatwoot's own limit is 3000 a minute per address.
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

constexpr std::string_view kRosterText =
    R"(# The roster: which accounts and users exist, and who may do what. Only what is written is managed.
# All files of a roster are read together. `rollcall validate` checks them, `rollcall plan` prints what would change.
version: 1

accounts:
  support:                     # the account's key: never changes, and is not sent to the server
    name: Support
    locale: en
    # id: 42                   # bind the account that has this id
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

constexpr std::string_view kIgnoreText =
    R"(# The recorded state does not belong in Git: merges break it. Keep it where every run finds it, or archive it.
rollcall.state.json
rollcall.state.json.bak
rollcall.state.json.tmp
rollcall.state.json.lock
rollcall.state.json.*.journal
)";

constexpr const char* kProjectFile = "rollcall.yaml";

/// The server that the command line or the environment names: a project file that names another is refused.
std::optional<std::string> named_server(const Program& program) {
  const auto& named = program.global.server ? program.global.server : program.environment.server;
  const auto url = http::parse_server_url(named.value_or(""), http::PlainHttp::kAllowed);
  return url ? std::optional(http::to_string(*url)) : std::nullopt;
}
constexpr const char* kRosterFile = "roster.yaml";
constexpr const char* kRosterFolder = "roster/";
constexpr const char* kIgnoreFile = ".gitignore";
constexpr std::uint64_t kMaxToRead = 1U << 20U;

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
  const auto content = read_file(path, kMaxToRead);
  const std::vector<std::string> present =
      content && *content ? lines_of(**content) : std::vector<std::string>();
  std::string lacking;
  for (const std::string& line : lines_of(kIgnoreText))
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

/// A roster of the starter.
struct RosterPlace {
  /// As the project file names it.
  std::string name;
  fs::path path;
  /// Where a sample is written.
  fs::path sample;
};

RosterPlace place_in(const fs::path& folder, const std::string& name) {
  const fs::path path = (folder / name).lexically_normal();
  return {name, path, name.ends_with(".yaml") || name.ends_with(".yml") ? path : path / kRosterFile};
}

/// Whether a roster may be there. An empty folder holds none; one that cannot be read may.
bool has_roster(const fs::path& path) {
  std::error_code error;
  return is_there(path) && (!fs::is_directory(path, error) || !fs::is_empty(path, error) || error);
}

/// The rosters that the project file names: those of --roster as they are, else what is there already, else a
/// folder.
std::vector<RosterPlace> roster_places(const fs::path& folder, const std::vector<std::string>& options) {
  std::vector<RosterPlace> places;
  for (const std::string& option : options) places.push_back(place_in(folder, option));
  if (!places.empty()) return places;
  places.push_back(place_in(folder, kRosterFile));
  if (!has_roster(places.front().path)) places.front() = place_in(folder, kRosterFolder);
  return places;
}

/// A project file that names a roster elsewhere would be refused by every command (R021).
Expected<void> require_within(const fs::path& folder, const std::vector<RosterPlace>& rosters) {
  for (const RosterPlace& roster : rosters)
    if (!lies_within(roster.path, folder))
      return fail(fmt::format("The roster {} is outside the project's folder.", roster.name),
                  "Name one inside it: a project file may not reach files elsewhere. "
                  "For a roster elsewhere, give --roster to every command.");
  return {};
}

/// A path as a YAML scalar. One that might be read as something else, such as 010, stands in quotes.
std::string as_scalar(const std::string& path) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '/' || c == '_' || c == '-';
  };
  const bool ends_as_path = path.ends_with('/') || path.ends_with(".yaml") || path.ends_with(".yml");
  if (ends_as_path && path.front() != '-' && std::all_of(path.begin(), path.end(), is_plain)) return path;
  std::string quoted;
  append_json_text(quoted, path);
  return quoted;
}

std::string as_value(const std::vector<RosterPlace>& rosters) {
  if (rosters.size() == 1) return as_scalar(rosters.front().name);
  std::vector<std::string> names;
  for (const RosterPlace& roster : rosters) names.push_back(as_scalar(roster.name));
  return fmt::format("[{}]", fmt::join(names, ", "));
}

struct InitOptions {
  std::string folder = ".";
  /// The system whose pipelines are to run Rollcall.
  std::optional<std::string> ci;
};

/// Where that system reads its pipelines, below the top folder of a repository.
fs::path pipeline_path(std::string_view system) {
  return system == "gitlab" ? ".gitlab-ci.yml" : ".github/workflows/rollcall.yml";
}

struct StarterFile {
  enum class Kind { kProject, kRoster, kIgnore, kPipeline };

  Kind kind;
  fs::path path;
  std::string text;
};

/// The files to write. A sample roster beside one that is there would be read with it, and its users created:
/// so it is written only where there is none, and no project file that may name one elsewhere. A project that
/// is there gets a pipeline and nothing else.
std::vector<StarterFile> starter_files(const Program& program, const InitOptions& options,
                                       const std::vector<RosterPlace>& rosters) {
  using Kind = StarterFile::Kind;
  const fs::path folder = options.folder;
  const bool is_project = is_there(folder / kProjectFile);
  std::vector<StarterFile> files;
  files.push_back({Kind::kProject, folder / kProjectFile,
                   fmt::format(kProjectText, named_server(program).value_or("https://chat.example.com"),
                               as_value(rosters))});
  const bool none_there = std::none_of(rosters.begin(), rosters.end(),
                                       [](const RosterPlace& roster) { return has_roster(roster.path); });
  if (none_there && !is_project)
    files.push_back({Kind::kRoster, rosters.front().sample, std::string(kRosterText)});
  if (!is_project || !options.ci)
    files.push_back({Kind::kIgnore, folder / kIgnoreFile, std::string(kIgnoreText)});
  for (const PipelineFile& file : pipeline_files())
    if (options.ci == file.system)
      files.push_back({Kind::kPipeline, folder / pipeline_path(file.system), std::string(file.text)});
  return files;
}

bool has_text(const fs::path& path, const std::string& text) {
  const auto content = read_file(path, kMaxToRead);
  return content && *content == text;
}

/// What a file that was there already lacks.
void say_of_kept(Console& console, const StarterFile& file, const fs::path& path) {
  if (file.kind == StarterFile::Kind::kIgnore) {
    if (const std::string lacking = lacking_lines(path); !lacking.empty())
      console.say(
          fmt::format("Add these lines to {}, so that no state gets into Git:\n{}", path.string(), lacking));
  }
  if (file.kind == StarterFile::Kind::kPipeline && !has_text(path, file.text))
    console.say(fmt::format(
        "{} is not what this version of Rollcall would write. To compare it with that, name an empty folder: "
        "`rollcall init --ci {} FOLDER`.\n",
        path.string(), path.filename() == ".gitlab-ci.yml" ? "gitlab" : "github"));
}

/// The folder above this one that is the top of a Git repository, unless this one is.
std::optional<fs::path> repository_above(const fs::path& folder) {
  std::error_code error;
  fs::path at = fs::weakly_canonical(fs::absolute(folder, error), error);
  if (error) return std::nullopt;
  for (bool above = false; !at.empty(); above = true) {
    if (is_there(at / ".git")) return above ? std::optional(at) : std::nullopt;
    if (at == at.parent_path()) return std::nullopt;
    at = at.parent_path();
  }
  return std::nullopt;
}

void say_of_pipeline(Console& console, const InitOptions& options) {
  const fs::path path = pipeline_path(*options.ci);
  console.remark(fmt::format(
      "The first lines of {} say what to set up; `rollcall help gitops` explains it.\n", path.string()));
  const auto top = repository_above(options.folder);
  if (!top) return;
  std::error_code error;
  const fs::path inside =
      fs::relative(fs::weakly_canonical(fs::absolute(options.folder, error), error), *top, error);
  console.say(
      fmt::format("It is read only in the repository's top folder: move it to {}, and give its commands "
                  "`--project {}`.\n",
                  printable((*top / path).string()), printable(inside.string())));
}

/// What is left to do once the files are written.
void say_what_is_next(const Program& program, const std::vector<RosterPlace>& rosters, bool new_project,
                      bool new_roster) {
  Console& console = program.console;
  if (!new_project) {
    if (!program.global.roster.empty())
      console.say(fmt::format("The project file was there already. Write `roster: {}` into it.\n",
                              as_value(rosters)));
    return;
  }
  std::vector<std::string> left;
  if (!named_server(program)) left.push_back(fmt::format("put your server into {}", kProjectFile));
  if (new_roster) left.push_back(fmt::format("put your users into {}", rosters.front().name));
  console.remark(
      fmt::format("Next: {}{}run `rollcall plan`.\n", fmt::join(left, ", "), left.empty() ? "" : ", then "));
}

/// Writes the file, with the folders that it needs.
Expected<void> write_starter(const fs::path& path, const std::string& text) {
  std::error_code error;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
  if (error)
    return fail(fmt::format("Cannot create the folder {}: {}.", path.parent_path().string(), error.message()),
                "Name a folder that you can write to.");
  return create_file(path, text);
}

/// The kinds of files that were written, and not kept.
Expected<std::vector<StarterFile::Kind>> write_starters(Console& console,
                                                        const std::vector<StarterFile>& files) {
  std::vector<StarterFile::Kind> written;
  for (const StarterFile& file : files) {
    const fs::path path = file.path.lexically_normal();
    if (is_there(path)) {
      console.result(fmt::format("kept    {} (it was there already)\n", path.string()));
      say_of_kept(console, file, path);
      continue;
    }
    if (const auto done = write_starter(path, file.text); !done) return tl::unexpected(done.error());
    console.result(fmt::format("written {}\n", path.string()));
    written.push_back(file.kind);
  }
  return written;
}

int run_init(const Program& program, const InitOptions& options) {
  Console& console = program.console;
  const fs::path folder = options.folder;
  const std::vector<RosterPlace> rosters = roster_places(folder, program.global.roster);
  if (const auto within = require_within(folder, rosters); !within) {
    console.report(within.error());
    return kExitFailed;
  }
  std::vector<fs::path> there;
  for (const RosterPlace& roster : rosters)
    if (has_roster(roster.path)) there.push_back(roster.path);
  const auto written = write_starters(console, starter_files(program, options, rosters));
  if (!written) {
    console.report(written.error());
    return kExitFailed;
  }
  for (const fs::path& path : there)
    console.result(fmt::format("kept    {} (it was there already)\n", path.string()));
  const auto is_new = [&](StarterFile::Kind kind) {
    return std::find(written->begin(), written->end(), kind) != written->end();
  };
  say_what_is_next(program, rosters, is_new(StarterFile::Kind::kProject), is_new(StarterFile::Kind::kRoster));
  if (is_new(StarterFile::Kind::kPipeline)) say_of_pipeline(console, options);
  return kExitDone;
}

std::vector<std::string> systems() {
  std::vector<std::string> names;
  for (const PipelineFile& file : pipeline_files()) names.emplace_back(file.system);
  return names;
}

Body declare_init(OptionSet& set) {
  const auto options = std::make_shared<InitOptions>();
  set.argument("FOLDER", options->folder, "Folder to write to (default: the working folder)", false);
  set.parsed(
      "--ci", "SYSTEM",
      [options](const std::string& system) {
        options->ci = system;
        return Expected<void>();
      },
      "Write the pipeline of this system, too: gitlab or github", systems());
  return [options](const Program& program) { return run_init(program, *options); };
}

}  // namespace

const Command kInit{"init", "Write a commented starter project; overwrites nothing", declare_init};

}  // namespace rollcall::cli
