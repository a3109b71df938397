#include "base/diagnostic.hpp"

#include <catch2/catch.hpp>

namespace rollcall {
namespace {

Diagnostic at(std::string source, std::uint32_t column, std::uint32_t length) {
  Diagnostic out;
  out.file = "r.yaml";
  out.line = 3;
  out.column = column;
  out.message = "wrong";
  out.source_line = std::move(source);
  out.length = length;
  return out;
}

TEST_CASE("the caret stands under the word") {
  CHECK(render(at("  role: owner", 9, 5), false) ==
        "r.yaml:3:9: error: wrong\n    role: owner\n          ^~~~~\n");
}

TEST_CASE("tabs, letters of several bytes and control characters do not move the caret") {
  CHECK(render(at("\tx: y", 5, 1), false) == "r.yaml:3:5: error: wrong\n  \tx: y\n  \t   ^\n");
  CHECK(render(at("ü: Zürich", 5, 7), false) == "r.yaml:3:5: error: wrong\n  ü: Zürich\n     ^~~~~~\n");
  CHECK(render(at("\x01: y", 4, 1), false) == "r.yaml:3:4: error: wrong\n  \\x01: y\n        ^\n");
}

TEST_CASE("a caret beyond the line stands after it") {
  CHECK(render(at("ab", 99, 99), false) == "r.yaml:3:99: error: wrong\n  ab\n    ^\n");
}

TEST_CASE("the caret finds its place in the middle of a long line") {
  Diagnostic out = at("two: three", 506, 5);
  out.source_before = 500;
  out.source_goes_on = true;
  CHECK(render(out, false) == "r.yaml:3:506: error: wrong\n  …two: three…\n        ^~~~~\n");
}

TEST_CASE("warnings, hints, rules and failures without a place") {
  Diagnostic out = to_diagnostic({"no space", "free some"});
  CHECK(render(out, false) == "error: no space\n  hint: free some\n");
  out.severity = Severity::kWarning;
  out.rule = "R017";
  out.hint.clear();
  CHECK(render(out, false) == "warning: no space [R017]\n");
  CHECK(render(out, true) == "\033[1;33mwarning:\033[0m no space [R017]\n");
}

TEST_CASE("diagnostics are sorted, told once and counted beyond the limit") {
  Diagnostics all = {at("b", 2, 1), at("a", 1, 1), at("b", 2, 1)};
  sort_diagnostics(all);
  REQUIRE(all.size() == 2);
  CHECK(all[0].column == 1);
  CHECK(has_errors(all));
  const std::string text = render(Diagnostics(53, to_diagnostic({"x", ""})), false, 50);
  CHECK_THAT(text, Catch::EndsWith("error: x\nand 3 more errors\n"));
}

TEST_CASE("no number of warnings hides an error") {
  Diagnostic warning = to_diagnostic({"odd", ""});
  warning.severity = Severity::kWarning;
  Diagnostics all(60, warning);
  all.push_back(to_diagnostic({"wrong", ""}));
  CHECK_THAT(render(all, false, 50), Catch::EndsWith("odd\nerror: wrong\nand 11 more warnings\n"));
  all.insert(all.end(), 52, all.back());
  CHECK_THAT(render(all, false, 50), Catch::EndsWith("and 3 more errors and 60 more warnings\n"));
  CHECK(render(all, false, 50).find("odd") == std::string::npos);
  CHECK(render(all, false, 54).find("and 59 more warnings\n") != std::string::npos);
}

}  // namespace
}  // namespace rollcall
