#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace rollcall::cli {

/// What a run works with, so that no result of it may stand there.
struct RunFiles {
  /// Read by this run.
  std::vector<std::filesystem::path> read;
  /// The state, where that is a file.
  std::optional<std::filesystem::path> state;
  /// Files and folders of the roster.
  std::vector<std::filesystem::path> roster;
};

/// Why a result must not be written to `file`, as the end of a sentence about it; nothing where it may. Also
/// where nothing is there yet.
std::optional<std::string_view> why_reserved(const std::filesystem::path& file, const RunFiles& files);

}  // namespace rollcall::cli
