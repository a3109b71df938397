#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "settings.hpp"

namespace sandbox {

struct Options {
  int port = 0;
  std::vector<std::string> tokens;
  std::string data;
  std::optional<std::uint64_t> seed;
  bool help = false;
  Settings settings;
};

// The command line understood, or the complaint about it.
struct ParsedOptions {
  Options options;
  std::string complaint;
};
ParsedOptions parse_options(int argc, char** argv);

const char* help_text();

}  // namespace sandbox
