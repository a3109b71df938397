#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <catch2/catch.hpp>

#include "base/diagnostic.hpp"
#include "roster/roster.hpp"

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string rendered(const fs::path& roster) {
  rollcall::SourceFiles files;
  rollcall::model::Directory directory;
  return rollcall::render(rollcall::roster::load({roster}, std::nullopt, files, directory).diagnostics,
                          false);
}

}  // namespace

TEST_CASE("every example of docs/roster.md is a good roster") {
  const std::string manual = read(fs::path(ROLLCALL_SOURCE_DIR) / "docs" / "roster.md");
  const fs::path folder = fs::temp_directory_path() / "rollcall-manual";
  const std::string open = "```yaml\n";
  std::size_t examples = 0;
  for (std::size_t at = manual.find(open); at != std::string::npos; at = manual.find(open, at + 1)) {
    const std::size_t start = at + open.size();
    const std::string text = manual.substr(start, manual.find("```", start) - start);
    if (text.find("version: 1") == std::string::npos) continue;
    ++examples;
    fs::create_directories(folder);
    std::ofstream(folder / "example.yaml", std::ios::binary) << text;
    INFO(text);
    CHECK(rendered(folder / "example.yaml").empty());
  }
  fs::remove_all(folder);
  CHECK(examples >= 8);
}
