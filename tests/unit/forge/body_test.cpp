#include "forge/body.hpp"

#include <string>

#include <catch2/catch.hpp>

namespace rollcall::forge {
namespace {

Expected<Body> body(const std::string& text, Kind kind = Kind::kGitlab) {
  return make_body(kind, "x", text, "plan.md");
}

TEST_CASE("a body is the marker's line and the text as it is") {
  const auto made = body("\n a\r\n\tb ");
  REQUIRE(made);
  CHECK(made->marker == "<!-- rollcall:x -->");
  CHECK(made->whole == "<!-- rollcall:x -->\n\n a\r\n\tb ");
}

TEST_CASE("what is no text, or an empty one, is refused") {
  for (const char* empty : {"", " ", "\r\n \t\n"}) {
    const auto made = body(empty);
    REQUIRE_FALSE(made);
    CHECK(made.error().message == "plan.md is empty, so there is nothing to comment.");
  }
  CHECK(body("ab\x80").error().message == "plan.md is not UTF-8: byte 3 cannot be read.");
  CHECK(body(std::string("a\0", 2)).error().message == "plan.md is not a text: it has a NUL.");
}

TEST_CASE("the longest comment is counted in characters, its marker included") {
  const std::size_t marker = std::string("<!-- rollcall:x -->\n").size();
  for (const Kind kind : {Kind::kGitlab, Kind::kGithub}) {
    std::string text;
    for (std::size_t count = marker; count < longest_comment(kind); ++count) text += "é";
    CHECK(body(text, kind));
    CHECK_FALSE(body(text + "a", kind));
  }
  CHECK(longest_comment(Kind::kGithub) == 65'536);
  CHECK(longest_comment(Kind::kGitlab) == 1'000'000);
}

TEST_CASE("a line that GitLab would carry out is found, and only there refused") {
  CHECK(find_quick_action("/close") == 1U);
  CHECK(find_quick_action("a\n/assign @ana\n") == 2U);
  CHECK(find_quick_action("a\n \t/close now") == 2U);
  CHECK(find_quick_action("/CLOSE\t") == 1U);
  // GitLab drops carriage returns first.
  CHECK(find_quick_action("a\n\r/close") == 2U);
  CHECK(find_quick_action("a\n/clo\rse") == 2U);
  for (const char* harmless : {"", "/", "//", "a /close", "/var/log", "/a.b", "`/close`", "a\r/close"})
    CHECK_FALSE(find_quick_action(harmless));
  CHECK(body("a\n/close").error().message ==
        "plan.md:2: GitLab would carry this line out as a quick action, because it begins with `/` and a "
        "word.");
  CHECK(body("/close", Kind::kGithub));
}

TEST_CASE("code is what every reader takes for code") {
  CHECK_FALSE(find_quick_action("```\n/close\n```\n"));
  CHECK_FALSE(find_quick_action("```sh\n/close\n```\n\n```\n/merge\n```"));
  CHECK(find_quick_action("```\n/a\n```\n/close") == 4U);
  // Not closed; closed by a line that is no fence to GitLab; another fence; a backtick that might hide it.
  for (const char* unsure : {"```\n/close\n", "```\n/close\n``` \n", "```\n/close\n````\n",
                             " ```\n/close\n ```\n", "~~~\n/close\n~~~\n", "````\n/close\n````\n"})
    CHECK(find_quick_action(unsure) == 2U);
  CHECK(find_quick_action("a `b\n```\n/close\n```\n") == 3U);
}

TEST_CASE("a comment is ours by its first line") {
  const std::string marker = "<!-- rollcall:x -->";
  for (const char* ours : {"<!-- rollcall:x -->", "<!-- rollcall:x -->\na", "<!-- rollcall:x -->\r\na"})
    CHECK(has_marker(ours, marker));
  for (const char* other :
       {"", "a", " <!-- rollcall:x -->", "<!-- rollcall:x --> a", "<!-- rollcall:xy -->\n"})
    CHECK_FALSE(has_marker(other, marker));
}

TEST_CASE("what a forge drops makes no other text") {
  CHECK(is_same_text("a\r\nb\r\n \n", "a\nb"));
  CHECK_FALSE(is_same_text("a\n b", "a\nb"));
  CHECK_FALSE(is_same_text(" a", "a"));
}

TEST_CASE("the name of a comment cannot end its marker") {
  for (const char* name : {"x", "emea", "a-b_c.d", "7"}) CHECK(is_comment_name(name));
  for (const char* name : {"", "-a", "_a", ".a", "a b", "a>", "a\n", "é"}) CHECK_FALSE(is_comment_name(name));
  CHECK(is_comment_name(std::string(64, 'a')));
  CHECK_FALSE(is_comment_name(std::string(65, 'a')));
}

}  // namespace
}  // namespace rollcall::forge
