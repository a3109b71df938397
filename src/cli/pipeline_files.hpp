#pragma once

#include <span>
#include <string_view>

namespace rollcall::cli {

/// The file that makes a system of pipelines run Rollcall, as `rollcall init --ci SYSTEM` writes it.
struct PipelineFile {
  std::string_view system;
  std::string_view text;
};

/// One for each system. CMake writes the function, from the files in cli/templates.
std::span<const PipelineFile> pipeline_files();

}  // namespace rollcall::cli
