#include "project/project.hpp"

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "http/server_url.hpp"
#include "project/keys.hpp"
#include "yaml/parse.hpp"
#include "yaml/version.hpp"

namespace rollcall::project {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDefaultProject = "rollcall.yaml";
constexpr const char* kDefaultState = "rollcall.state.json";

fs::path beside(const std::optional<fs::path>& project_file, const fs::path& path) {
  if (!project_file || path.is_absolute()) return path.lexically_normal();
  return (project_file->parent_path() / path).lexically_normal();
}

std::vector<fs::path> default_roster(const std::optional<fs::path>& project_file) {
  std::error_code ignored;
  for (const char* name : {"roster.yaml", "roster"}) {
    const fs::path path = beside(project_file, name);
    if (fs::exists(path, ignored)) return {path};
  }
  return {};
}

std::vector<fs::path> roster_paths(const LoadedProject& project, const Overrides& flags,
                                   const Overrides& environment) {
  std::vector<fs::path> paths;
  const auto& overriding = flags.roster.empty() ? environment.roster : flags.roster;
  for (const std::string& path : overriding) paths.push_back(fs::path(path).lexically_normal());
  if (!paths.empty()) return paths;
  for (const std::string& path : project.file.roster) paths.push_back(beside(project.path, path));
  return paths.empty() ? default_roster(project.path) : paths;
}

template <class T>
std::optional<T> first_of(const std::optional<T>& a, const std::optional<T>& b) {
  return a ? a : b;
}

/// The file that `--project` names: a folder stands for its project file.
std::string named_file(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored) ? (fs::path(path) / kDefaultProject).lexically_normal().string()
                                         : path;
}

/// Where the state lives, its path relative to what names it.
Expected<store::Location> state_location(const LoadedProject& project,
                                         const std::optional<std::string>& overriding) {
  store::Location location =
      overriding ? store::parse_location(*overriding) : project.file.state.value_or(fs::path(kDefaultState));
  if (auto supported = store::require_supported(location); !supported)
    return tl::unexpected<Error>(supported.error());
  auto* path = std::get_if<fs::path>(&location);
  if (path == nullptr) return location;
  *path = overriding ? path->lexically_normal() : beside(project.path, *path);
  const fs::path folder = project.path ? project.path->parent_path() : fs::path();
  if (!overriding && !lies_within(*path, folder))
    return fail(fmt::format("The state {} is outside the project's folder (symbolic links resolved).",
                            path->string()),
                "Name it with --state or ROLLCALL_STATE: "
                "a repository may not choose which file on this machine is written.");
  return location;
}

std::string identity_of(const std::string& server) {
  const auto url = http::parse_server_url(server, http::PlainHttp::kAllowed);
  return url ? http::to_string(*url) : server;
}

/// Whether plain http is allowed is decided where something is sent.
void check_server(const ProjectFile& file, const SourceFiles& files, Diagnostics& diagnostics) {
  if (!file.server) return;
  const auto url = http::parse_server_url(*file.server, http::PlainHttp::kAllowed);
  if (url) return;
  diagnostics.push_back(diagnose(files, Severity::kError, "P007", file.server_at,
                                 as_part(url.error().message), as_part(url.error().hint),
                                 static_cast<std::uint32_t>(file.server->size())));
  // What stands before an @ may be a password.
  if (file.server->find('@') != std::string::npos) diagnostics.back().source_line.clear();
  sort_diagnostics(diagnostics);
}

/// What stands before an @ of a state's URL may be a password, too.
void hide_state_password(const ProjectFile& file, Diagnostics& diagnostics) {
  const auto* url = file.state ? std::get_if<store::StateUrl>(&*file.state) : nullptr;
  if (url == nullptr || url->text.find('@') == std::string::npos) return;
  for (Diagnostic& found : diagnostics)
    if (found.rule == "P008") found.source_line.clear();
}

}  // namespace

LoadedProject load(const std::optional<std::string>& path, SourceFiles& files) {
  LoadedProject project;
  const std::string name = path ? named_file(*path) : kDefaultProject;
  if (!path && !lies_within(name, fs::path())) {
    project.file.roster_is_known = false;
    project.diagnostics.push_back(to_diagnostic(
        Error{fmt::format("{} is a link that leads out of this folder, so it is not read.", name),
              "Put the file itself here, or name its path with --project."}));
    return project;
  }
  auto bytes = read_file(name, yaml::kMaxFileSize);
  if (!bytes) {
    project.file.roster_is_known = false;
    project.diagnostics.push_back(to_diagnostic(bytes.error()));
    return project;
  }
  if (!*bytes) {
    if (path) {
      project.file.roster_is_known = false;
      project.diagnostics.push_back(
          to_diagnostic(Error{fmt::format("There is no project file {}.", name),
                              "Check --project, or run `rollcall init` for a new one."}));
    }
    return project;
  }
  project.path = fs::path(name).lexically_normal();
  const FileIndex file = files.add(project.path->string(), std::move(**bytes));
  yaml::Problems problems;
  const auto document = yaml::parse_versioned(files.text(file), file, {"P001", "P002"}, problems);
  project.file.roster_is_known = false;
  if (document) project.file = read_project(*document, problems);
  project.diagnostics = problems.take_diagnostics(files);
  hide_state_password(project.file, project.diagnostics);
  check_server(project.file, files, project.diagnostics);
  return project;
}

Expected<Settings> merge(const LoadedProject& project, const Overrides& flags, const Overrides& environment) {
  Settings settings;
  const ProjectFile& file = project.file;
  settings.project_file = project.path;
  const auto named_server = first_of(flags.server, environment.server);
  settings.server_named_outside = named_server.has_value();
  settings.server = first_of(named_server, file.server).value_or("");
  settings.roster = roster_paths(project, flags, environment);
  const fs::path folder = project.path ? project.path->parent_path() : fs::path();
  settings.roster_within = {folder};
  for (const std::string& path : flags.roster.empty() ? environment.roster : flags.roster)
    settings.roster_within.emplace_back(path);
  settings.parallelism = first_of(first_of(flags.parallelism, environment.parallelism), file.parallelism)
                             .value_or(settings.parallelism);
  settings.requests_per_minute = file.requests_per_minute.value_or(settings.requests_per_minute);
  settings.drift = file.drift;
  settings.guardrails = file.guardrails;
  const std::optional<std::string> overriding = first_of(flags.state, environment.state);
  settings.state_named_outside = overriding.has_value();
  auto state = state_location(project, overriding);
  if (!state) return tl::unexpected<Error>(state.error());
  settings.state = std::move(*state);
  return settings;
}

Diagnostics check_named_outside(const LoadedProject& project, const Settings& settings,
                                const SourceFiles& files) {
  if (!project.file.server || !settings.server_named_outside) return {};
  if (identity_of(*project.file.server) == identity_of(settings.server)) return {};
  return {diagnose(files, Severity::kError, "P020", project.file.server_at,
                   fmt::format("the server here is not {}, which the command line or ROLLCALL_SERVER names",
                               printable(identity_of(settings.server))),
                   "make both the same: the token goes only to a server that is named outside the repository",
                   static_cast<std::uint32_t>(project.file.server->size()))};
}

}  // namespace rollcall::project
