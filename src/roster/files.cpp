#include "roster/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/file.hpp"
#include "yaml/parse.hpp"

namespace rollcall::roster {
namespace {

namespace fs = std::filesystem;

void report(Diagnostics& diagnostics, const fs::path& path, std::string message, std::string hint,
            std::string_view rule = "R001") {
  Diagnostic diagnostic;
  diagnostic.rule = rule;
  diagnostic.file = path.generic_string();
  diagnostic.message = std::move(message);
  diagnostic.hint = std::move(hint);
  diagnostics.push_back(std::move(diagnostic));
}

bool is_hidden(const fs::path& path) {
  return path.filename().string().starts_with('.');
}

bool is_roster_name(const fs::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

/// What the project file of a folder is called unless an option names another.
constexpr const char* kProjectName = "rollcall.yaml";

/// Whether to read a file of the folder; reports one that cannot be read at all, such as a pipe, which would
/// be waited for without an end. A link that leads nowhere is told of when it is read.
bool is_readable(const fs::path& path, Diagnostics& diagnostics) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status) || fs::is_regular_file(status)) return true;
  report(diagnostics, path, "this is not a regular file", "move it out of the roster's folder");
  return false;
}

void warn_of_link(Diagnostics& diagnostics, const fs::path& link) {
  Diagnostic diagnostic;
  diagnostic.severity = Severity::kWarning;
  diagnostic.rule = "R020";
  diagnostic.file = link.generic_string();
  diagnostic.message =
      "this link to a folder is not followed: the files in that folder are not part of the roster";
  diagnostic.hint = "move the folder here, or add its path to `roster` in the project file";
  diagnostics.push_back(std::move(diagnostic));
}

/// The files of a folder and its sub-folders. Links to files are followed, links to folders are not: they may
/// lead in a circle.
std::vector<fs::path> files_of_folder(const fs::path& folder, Diagnostics& diagnostics) {
  std::vector<fs::path> found;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  while (!error && entry != fs::recursive_directory_iterator()) {
    const fs::path& path = entry->path();
    std::error_code ignored;
    if (is_hidden(path))
      entry.disable_recursion_pending();
    else if (entry->is_directory(ignored)) {
      if (entry->is_symlink(ignored)) warn_of_link(diagnostics, path);
    } else if (is_roster_name(path) && path.filename() != kProjectName && is_readable(path, diagnostics))
      found.push_back(path);
    entry.increment(error);
  }
  if (error)
    report(diagnostics, folder, fmt::format("cannot read the folder: {}", error.message()),
           "check its permissions");
  std::sort(found.begin(), found.end(),
            [](const fs::path& a, const fs::path& b) { return a.generic_string() < b.generic_string(); });
  return found;
}

/// Nothing where the file cannot be read, which is reported.
std::optional<std::string> read_whole(const FoundFile& file, Diagnostics& diagnostics) {
  std::error_code error;
  const auto size = fs::file_size(file.path, error);
  if (!error && size > yaml::kMaxFileSize) {
    report(diagnostics, file.name, "the file is larger than 64 MiB", "split it into several files", "R002");
    return std::nullopt;
  }
  auto text = read_file(file.path, yaml::kMaxFileSize);
  if (text && *text) return std::move(**text);
  if (!text)
    report(diagnostics, file.name, text.error().message, text.error().hint);
  else if (fs::is_symlink(file.path, error))
    report(diagnostics, file.name, "this link points to a file that does not exist",
           "fix the link, or remove it");
  else
    report(diagnostics, file.name, "the file disappeared while it was being read", "try again");
  return std::nullopt;
}

}  // namespace

std::vector<FoundFile> find_files(const Places& places, Diagnostics& diagnostics) {
  const std::optional<fs::path>& project_file = places.project_file;
  std::vector<FoundFile> files;
  std::set<fs::path> seen;
  std::error_code error;
  const auto identity = [&](const fs::path& path) {
    fs::path canonical = fs::canonical(path, error);
    return error ? path : canonical;
  };
  const fs::path skipped = project_file ? identity(*project_file) : fs::path();
  const auto is_allowed = [&places](const fs::path& path) {
    return places.allowed.empty() ||
           std::any_of(places.allowed.begin(), places.allowed.end(),
                       [&path](const fs::path& root) { return lies_within(path, root); });
  };
  const auto add = [&](const fs::path& path) {
    if (!is_allowed(path))
      return report(diagnostics, path,
                    "this file is outside the project's folder (symbolic links resolved), so it is not read",
                    "move it there, or name its path on the command line: `--roster PATH`", "R021");
    if (seen.insert(identity(path)).second) files.push_back({path, path.generic_string()});
  };
  for (const fs::path& path : places.paths) {
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) {
      report(diagnostics, path, "there is no such file or folder", "check the path of the roster");
    } else if (!fs::is_directory(status)) {
      if (project_file && identity(path) == skipped)
        report(diagnostics, path, "this is the project file, not a roster",
               "leave it out: it is checked anyway");
      else if (path.filename() == kProjectName)
        report(diagnostics, path, "by its name this is a project file, not a roster",
               fmt::format("check it with --project {}", path.generic_string()));
      else
        add(path);
    } else {
      const auto errors = [&] {
        return std::count_if(diagnostics.begin(), diagnostics.end(),
                             [](const Diagnostic& d) { return d.severity == Severity::kError; });
      };
      const auto errors_before = errors();
      bool any = false;
      for (const fs::path& file : files_of_folder(path, diagnostics)) {
        if (identity(file) == skipped) continue;
        any = true;
        add(file);
      }
      if (!any && errors() == errors_before)
        report(diagnostics, path, "the folder has no *.yaml or *.yml file",
               "write the roster into it, or name another path");
    }
  }
  return files;
}

std::vector<FileIndex> read_files(const std::vector<FoundFile>& found, SourceFiles& files,
                                  Diagnostics& diagnostics) {
  std::vector<FileIndex> indexes;
  for (const FoundFile& file : found)
    if (auto text = read_whole(file, diagnostics)) indexes.push_back(files.add(file.name, std::move(*text)));
  return indexes;
}

}  // namespace rollcall::roster
