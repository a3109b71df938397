#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/diagnostic.hpp"
#include "roster/roster.hpp"
#include "yaml/parse.hpp"

// tests/roster/ holds bad rosters, each a file or a folder with the whole text that it is to cause beside it.
// To write the texts anew after a wanted change: ROLLCALL_UPDATE_GOLDEN=1 build/dev/tests/unit_roster
// "[golden]", then read the difference.

namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(ROLLCALL_SOURCE_DIR) / "tests" / "roster";

std::string read(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Names in messages are relative to the folder of the cases.
class InFolder {
 public:
  explicit InFolder(const fs::path& folder) : before_(fs::current_path()) { fs::current_path(folder); }
  ~InFolder() { fs::current_path(before_); }
  InFolder(const InFolder&) = delete;
  InFolder& operator=(const InFolder&) = delete;

 private:
  fs::path before_;
};

std::string rendered(const fs::path& folder, const fs::path& roster) {
  const InFolder there(folder);
  rollcall::SourceFiles files;
  rollcall::model::Directory directory;
  return rollcall::render(rollcall::roster::load({roster}, std::nullopt, files, directory).diagnostics,
                          false);
}

void compare(const std::string& name, const std::string& text) {
  const fs::path expected = kFolder / (name + ".expected");
  if (std::getenv("ROLLCALL_UPDATE_GOLDEN") != nullptr) std::ofstream(expected, std::ios::binary) << text;
  INFO(name);
  CHECK(text == read(expected));
}

/// Rosters R9xx are for policy's warnings, which load() does not give.
bool is_ours(const fs::path& path) {
  const std::string name = path.filename().string();
  return name[0] >= '0' && name[0] <= '8' && (path.extension() == ".yaml" || fs::is_directory(path));
}

std::set<std::string> rules_in(const std::string& text, const std::string& before) {
  std::set<std::string> rules;
  for (std::size_t at = text.find(before); at != std::string::npos; at = text.find(before, at + 1)) {
    const std::string rule = text.substr(at + before.size(), 4);
    if (rule.size() == 4 && rule < "R900" && std::all_of(rule.begin() + 1, rule.end(), ::isdigit))
      rules.insert(rule);
  }
  return rules;
}

}  // namespace

TEST_CASE("every bad roster causes exactly its expected text", "[golden]") {
  std::size_t cases = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(kFolder)) {
    if (!is_ours(entry.path())) continue;
    ++cases;
    const std::string text = rendered(kFolder, entry.path().filename());
    INFO(entry.path().filename());
    CHECK_FALSE(text.empty());
    compare(entry.path().stem().string(), text);
  }
  CHECK(cases >= 80);
}

TEST_CASE("a roster that is not there, or too large to be in the repository", "[golden]") {
  compare("001-no-such-file", rendered(kFolder, "nowhere.yaml"));
  const fs::path folder = fs::temp_directory_path() / "rollcall-too-large";
  fs::create_directories(folder);
  std::ofstream(folder / "too-large.yaml").flush();
  fs::resize_file(folder / "too-large.yaml", rollcall::yaml::kMaxFileSize + 1);
  compare("002-too-large", rendered(folder, "too-large.yaml"));
  fs::remove_all(folder);
}

TEST_CASE("no expected text is left over", "[golden]") {
  const std::set<std::string> made_here = {"001-no-such-file", "002-too-large"};
  for (const fs::directory_entry& entry : fs::directory_iterator(kFolder)) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() != ".expected" || name[0] > '8' || made_here.count(name) != 0) continue;
    INFO(name);
    CHECK((fs::exists(kFolder / name) || fs::exists(kFolder / (name + ".yaml"))));
  }
}

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
    CHECK(rendered(folder, "example.yaml").empty());
  }
  fs::remove_all(folder);
  CHECK(examples >= 8);
}

TEST_CASE("the rules of docs/roster.md are those that the bad rosters show", "[golden]") {
  std::string expected;
  for (const fs::directory_entry& entry : fs::directory_iterator(kFolder))
    if (entry.path().extension() == ".expected") expected += read(entry.path());
  const std::set<std::string> shown = rules_in(expected, "[");
  const std::set<std::string> documented =
      rules_in(read(fs::path(ROLLCALL_SOURCE_DIR) / "docs" / "roster.md"), "\n| ");
  CHECK(shown == documented);
  CHECK(shown.size() > 40);
}
