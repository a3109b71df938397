#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"

namespace rollcall::roster {

struct FoundFile {
  std::filesystem::path path;
  /// The path as the user would write it.
  std::string name;
};

/// The files that the paths stand for, each once, in their order; see load(). What is missing is reported.
std::vector<FoundFile> find_files(const std::vector<std::filesystem::path>& paths,
                                  const std::optional<std::filesystem::path>& project_file,
                                  Diagnostics& diagnostics);

}  // namespace rollcall::roster
