#pragma once

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
};

}  // namespace rollcall::cli
