#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "report/format.hpp"

namespace rollcall::cli {

using report::Format;

/// A file that gets the result in a format.
struct ReportFile {
  Format format = Format::kText;
  std::string path;
};

/// Where the result of a command goes: in one format to stdout, and to any number of files.
struct Outputs {
  Format format = Format::kText;
  std::vector<ReportFile> files;

  [[nodiscard]] bool has(Format wanted) const {
    return format == wanted || std::any_of(files.begin(), files.end(),
                                           [&](const ReportFile& file) { return file.format == wanted; });
  }
};

}  // namespace rollcall::cli
