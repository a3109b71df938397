#include "base/source.hpp"

#include <string>
#include <tuple>

#include <catch2/catch.hpp>

#include "base/text.hpp"

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

TEST_CASE("every line of a long file is found") {
  constexpr std::uint32_t kLines = 300000;
  std::string text;
  for (std::uint32_t i = 1; i <= kLines; ++i) text += std::to_string(i) + "\n";
  SourceFiles files;
  const auto file = files.add("long.yaml", text);
  std::uint32_t right = 0;
  for (std::uint32_t i = 1; i <= kLines; ++i) right += files.line(file, i) == std::to_string(i) ? 1U : 0U;
  CHECK(right == kLines);
}

TEST_CASE("of a long line only what stands around the column is shown, in whole characters") {
  const auto shown = [](const std::string& text, std::uint32_t line, std::uint32_t column) {
    SourceFiles files;
    const auto piece = files.shown_line({files.add("a.yaml", text), line, column});
    return std::tuple(std::string(piece.text), piece.before, piece.goes_on);
  };
  const std::string whole(400, 'x');
  for (const char* end : {"", "\n", "\r\n", "\nnext"})
    CHECK(shown("first\n" + whole + end, 2, 300) == std::tuple(whole, 0U, false));
  const std::string numbers = [] {
    std::string text;
    for (int i = 1000; i < 1200; ++i) text += std::to_string(i);
    return text;
  }();
  CHECK(shown(numbers, 1, 1) == std::tuple(numbers.substr(0, 100), 0U, true));
  CHECK(shown(numbers + "\r\n", 1, 401) == std::tuple(numbers.substr(340, 160), 340U, true));
  CHECK(shown(numbers + "\r\nx", 1, 797) == std::tuple(numbers.substr(736), 736U, false));
  CHECK(shown(numbers, 1, 5000) == std::tuple(numbers.substr(740), 740U, false));
  std::string wide = "x";
  for (int i = 0; i < 300; ++i) wide += "ü";
  const auto [piece, before, goes_on] = shown(wide, 1, 202);
  CHECK(before == 141);
  CHECK(piece == wide.substr(141, 160));
  CHECK_FALSE(rollcall::find_invalid_utf8(std::get<0>(shown(wide, 1, 203))));
}
