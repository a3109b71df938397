#include "cli/reserved_files.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <system_error>

#include "base/file.hpp"

namespace rollcall::cli {
namespace {

namespace fs = std::filesystem;

bool is_same_file(const fs::path& a, const fs::path& b) {
  std::error_code failure;
  return fs::equivalent(a, b, failure);
}

bool is_in_folder_of(const fs::path& file, const fs::path& other) {
  const auto folder = [](const fs::path& path) {
    return path.has_parent_path() ? path.parent_path() : fs::path(".");
  };
  return is_same_file(folder(file), folder(other));
}

/// The lock, the copies and the journals stand beside a state, and a run recovers by them.
bool is_beside_state(const fs::path& file, const fs::path& state) {
  constexpr std::array<std::string_view, 4> kEndings = {".lock", ".bak", ".tmp", ".bak.tmp"};
  const std::string name = file.filename().string();
  const std::string base = state.filename().string();
  return name.starts_with(base) &&
         std::find(kEndings.begin(), kEndings.end(), std::string_view(name).substr(base.size())) !=
             kEndings.end() &&
         is_in_folder_of(file, state);
}

/// Whether the next run would read it with the roster.
bool is_of_roster(const fs::path& file, const std::vector<fs::path>& roster) {
  if (file.extension() != ".yaml" && file.extension() != ".yml") return false;
  return std::any_of(roster.begin(), roster.end(), [&](const fs::path& path) {
    std::error_code failure;
    return fs::is_directory(path, failure) && lies_within(file, path);
  });
}

}  // namespace

std::optional<std::string_view> why_reserved(const fs::path& file, const RunFiles& files) {
  if (std::any_of(files.read.begin(), files.read.end(),
                  [&](const fs::path& read) { return is_same_file(file, read); }))
    return "is what this run works with";
  // Those of a state on a server stand in a folder of their own.
  if (file.extension() == ".journal" || (files.state && is_beside_state(file, *files.state)))
    return "is the name of a file by which a run recovers";
  if (is_of_roster(file, files.roster)) return "would be read as a part of the roster";
  return std::nullopt;
}

}  // namespace rollcall::cli
