#include "base/source.hpp"

#include <chrono>
#include <string>

#include <catch2/catch.hpp>

using rollcall::SourceFiles;

TEST_CASE("the lines of a file") {
  SourceFiles files;
  const auto file = files.add("a.yaml", "\xEF\xBB\xBFone\r\ntwo\n\nfour");
  CHECK(files.line(file, 1) == "one");
  CHECK(files.line(file, 2) == "two");
  CHECK(files.line(file, 3).empty());
  CHECK(files.line(file, 4) == "four");
  CHECK(files.line(file, 0).empty());
  CHECK(files.line(file, 5).empty());
  CHECK(files.line(file, 4000000000).empty());
  CHECK(files.line(file + 1, 1).empty());
}

TEST_CASE("every line of a long file is found, and quickly") {
  constexpr std::uint32_t kLines = 300000;
  std::string text;
  for (std::uint32_t i = 1; i <= kLines; ++i) text += std::to_string(i) + "\n";
  SourceFiles files;
  const auto file = files.add("long.yaml", text);
  const auto start = std::chrono::steady_clock::now();
  std::uint32_t right = 0;
  for (std::uint32_t i = 1; i <= kLines; ++i) right += files.line(file, i) == std::to_string(i) ? 1U : 0U;
  CHECK(right == kLines);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
}

TEST_CASE("a long line is not shown") {
  SourceFiles files;
  const auto file = files.add("a.yaml", std::string(400, 'x') + "\n" + std::string(401, 'x') + "\n");
  CHECK(files.shown_line(file, 1).size() == 400);
  CHECK(files.shown_line(file, 2).empty());
  CHECK(files.line(file, 2).size() == 401);
}
