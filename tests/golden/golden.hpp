#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <catch2/catch.hpp>

namespace golden {

/// Compares a whole text with the file tests/golden/`name`. With ROLLCALL_UPDATE_GOLDEN=1 in the environment
/// the file is written instead, so that the change can be read in the diff.
inline void check(const std::string& name, const std::string& text) {
  const std::filesystem::path path = std::filesystem::path(ROLLCALL_SOURCE_DIR) / "tests" / "golden" / name;
  if (std::getenv("ROLLCALL_UPDATE_GOLDEN") != nullptr) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  std::ifstream file(path, std::ios::binary);
  INFO("expected: tests/golden/" << name << " (ROLLCALL_UPDATE_GOLDEN=1 writes it)");
  REQUIRE(file.good());
  const std::string expected{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  CHECK(text == expected);
}

}  // namespace golden
