#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <catch2/catch.hpp>

#include "policy/policy.hpp"

// tests/roster/9*.yaml are rosters that can be read but deserve a second look, each with its whole expected
// text. To write the texts anew: ROLLCALL_UPDATE_GOLDEN=1 unit_policy "[golden]", then read the difference.

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string reviewed(const fs::path& file) {
  rollcall::SourceFiles files;
  rollcall::model::Directory directory;
  const auto loaded = rollcall::roster::load({file}, std::nullopt, files, directory);
  if (rollcall::has_errors(loaded.diagnostics)) return rollcall::render(loaded.diagnostics, false);
  rollcall::model::Guardrails guardrails;
  guardrails.require_reason_for = {rollcall::model::Role::kAdministrator};
  guardrails.allowed_email_domains = {"example.com"};
  std::string text =
      rollcall::render(rollcall::policy::review(loaded.roster, guardrails, directory, files), false);
  // Names as seen from the folder of the cases.
  const std::string folder = file.parent_path().string() + "/";
  for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder))
    text.erase(at, folder.size());
  return text;
}

}  // namespace

TEST_CASE("every roster that deserves a look gets exactly its expected text", "[golden]") {
  std::size_t cases = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(ROLLCALL_SOURCE_DIR) / "tests" / "roster")) {
    if (entry.path().filename().string()[0] != '9' || entry.path().extension() != ".yaml") continue;
    ++cases;
    const std::string text = reviewed(entry.path());
    const fs::path expected = fs::path(entry.path()).replace_extension(".expected");
    if (std::getenv("ROLLCALL_UPDATE_GOLDEN") != nullptr) std::ofstream(expected, std::ios::binary) << text;
    INFO(entry.path().filename());
    CHECK(text.find(entry.path().filename().string().substr(0, 3)) != std::string::npos);
    CHECK(text == read(expected));
  }
  CHECK(cases == 6);
}
