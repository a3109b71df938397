#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "fuzz.hpp"

namespace rollcall::fuzz {
namespace {

std::map<std::string_view, TakeOneInput>& targets() {
  static std::map<std::string_view, TakeOneInput> all;
  return all;
}

}  // namespace

Target::Target(std::string_view name, TakeOneInput take) {
  targets().emplace(name, take);
}

}  // namespace rollcall::fuzz

/// Gives every file of the folders that are named to the target that is named before them: the fuzzers'
/// inputs as an ordinary test, with any compiler. Folders that are not there hold nothing.
int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  const auto target = rollcall::fuzz::targets().find(argc < 2 ? "" : argv[1]);
  if (target == rollcall::fuzz::targets().end()) {
    fmt::print(stderr, "Usage: fuzz_replay TARGET FOLDER…\n");
    return 1;
  }
  std::vector<fs::path> inputs;
  for (int i = 2; i < argc; ++i)
    if (fs::exists(argv[i]))
      for (const auto& entry : fs::directory_iterator(argv[i]))
        if (entry.is_regular_file()) inputs.push_back(entry.path());
  std::sort(inputs.begin(), inputs.end());
  for (const fs::path& input : inputs) {
    // Named before it runs: a crash says no more.
    fmt::print("{}\n", input.string());
    std::fflush(stdout);
    std::ifstream file(input, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    // A copy of just that size, so that the address sanitizer sees a read after its end.
    const std::vector<std::uint8_t> exact(bytes.begin(), bytes.end());
    target->second(exact.data(), exact.size());
  }
  fmt::print("{} inputs\n", inputs.size());
  return inputs.empty() ? 1 : 0;
}
