#include "base/pattern.hpp"

#include <utility>
#include <vector>

#include <catch2/catch.hpp>

namespace rollcall {
namespace {

TEST_CASE("shell-style patterns") {
  for (const auto& [pattern, text] :
       std::vector<std::pair<const char*, const char*>>{{"*", ""},
                                                        {"*", "hq"},
                                                        {"support-*", "support-"},
                                                        {"*-eu", "a-eu-eu"},
                                                        {"a?c", "abc"},
                                                        {"[a-c]x", "bx"},
                                                        {"[!a-c]x", "dx"},
                                                        {"[]]", "]"},
                                                        {"[", "["},
                                                        {"a**b", "ab"},
                                                        {"*a*b*c*", "xxaxbxcx"},
                                                        {"[-a]", "-"}}) {
    CAPTURE(pattern, text);
    CHECK(glob_match(pattern, text));
  }
  for (const auto& [pattern, text] :
       std::vector<std::pair<const char*, const char*>>{{"", "a"},
                                                        {"?", ""},
                                                        {"support-*", "support"},
                                                        {"a?c", "ac"},
                                                        {"[a-c]x", "dx"},
                                                        {"[!a-c]x", "ax"},
                                                        {"A", "a"}}) {
    CAPTURE(pattern, text);
    CHECK_FALSE(glob_match(pattern, text));
  }
}

TEST_CASE("nothing in a pattern crosses the separator") {
  CHECK(glob_match("grants.*/ana@*", "grants.hq/ana@example.com", '/'));
  CHECK_FALSE(glob_match("grants.*", "grants.hq/ana@example.com", '/'));
  CHECK_FALSE(glob_match("a?b", "a/b", '/'));
  CHECK_FALSE(glob_match("a[!x]b", "a/b", '/'));
  CHECK(glob_match("*/*b", "a/cbb", '/'));
}

}  // namespace
}  // namespace rollcall
