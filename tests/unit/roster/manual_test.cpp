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
  return rollcall::render(rollcall::roster::load({{roster}}, files, directory).diagnostics, false);
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

TEST_CASE("the manual lists the locales that Chatwoot 4.10 takes") {
  const std::string manual = read(fs::path(ROLLCALL_SOURCE_DIR) / "docs" / "roster.md");
  const std::size_t row = manual.find("| `locale` |");
  REQUIRE(row != std::string::npos);
  const std::string line = manual.substr(row, manual.find(". Another one", row) - row);
  const fs::path file = fs::temp_directory_path() / "rollcall-locales.yaml";
  std::size_t locales = 0;
  for (std::size_t at = line.find('`', 12); at != std::string::npos; at = line.find('`', at)) {
    const std::size_t end = line.find('`', at + 1);
    const std::string locale = line.substr(at + 1, end - at - 1);
    at = end + 1;
    ++locales;
    std::ofstream(file, std::ios::binary)
        << "version: 1\naccounts:\n  desk: {name: Desk, locale: \"" << locale << "\"}\n";
    INFO(locale);
    CHECK(rendered(file).empty());
  }
  fs::remove(file);
  // Numbers 0 to 40 of Chatwoot's list, without hi (5) and zh (11), which are switched off.
  CHECK(locales == 39);
}
