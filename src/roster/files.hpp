#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/source.hpp"
#include "roster/roster.hpp"

namespace rollcall::roster {

struct FoundFile {
  std::filesystem::path path;
  /// The path as the user would write it.
  std::string name;
};

/// The files that the paths stand for, each once, in their order; see load(). What is missing is reported.
std::vector<FoundFile> find_files(const Places& places, Diagnostics& diagnostics);

/// Adds what the files hold to `files`; what cannot be read is reported.
std::vector<FileIndex> read_files(const std::vector<FoundFile>& found, SourceFiles& files,
                                  Diagnostics& diagnostics);

}  // namespace rollcall::roster
