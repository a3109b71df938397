#include "base/text.hpp"

#include <catch2/catch.hpp>

namespace rollcall {
namespace {

TEST_CASE("bytes that are no well-formed UTF-8 are found") {
  CHECK_FALSE(find_invalid_utf8("Zürich 漢 🙂"));
  for (const char* bad :
       {"ab\xff", "ab\xc0\x80", "ab\xed\xa0\x80", "ab\xf4\x90\x80\x80", "ab\xe6\xbc", "ab\x80"}) {
    CAPTURE(bad);
    CHECK(find_invalid_utf8(bad) == 2U);
  }
}

TEST_CASE("what is printed cannot reach the terminal's controls") {
  CHECK(printable("a\tb ü") == "a\tb ü");
  CHECK(printable("\x1b[31m") == "\\x1b[31m");
  CHECK(printable("\x7f\xc2\x9b\xff") == "\\x7f\\xc2\\x9b\\xff");
  CHECK(printable("x\xe2\x80\xaey") == "x\\xe2\\x80\\xaey");
  CHECK(printable("x\xef\xbb\xbfy") == "x\\xef\\xbb\\xbfy");
  // U+200B, U+200E, U+00AD, U+3164, U+061C, U+E0041: each is seen as nothing.
  for (const std::string unseen : {"\xe2\x80\x8b", "\xe2\x80\x8e", "\xc2\xad", "\xe3\x85\xa4", "\xd8\x9c",
                                   "\xf3\xa0\x81\x81", "\xe2\x80\x8d"}) {
    const std::string shown = printable("a" + unseen + "b");
    CHECK(shown.starts_with("a\\x"));
    CHECK(shown.size() == 2 + 4 * unseen.size());
  }
  // A family of three, and a heart in colour.
  const std::string family = "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa6";
  const std::string heart = "\xe2\x9d\xa4\xef\xb8\x8f";
  CHECK(printable(family + heart) == family + heart);
  CHECK(printable(family + "\xe2\x80\x8d") == family + "\\xe2\\x80\\x8d");
}

TEST_CASE("no name can start a command of a pipeline's runner") {
  CHECK(printable("::error::x") == ":\\x3aerror::x");
  CHECK(printable(" \t::error::x") == " \t:\\x3aerror::x");
  CHECK(printable("a ##[command]") == "a #\\x23[command]");
  CHECK(printable("a ##vso[task]") == "a #\\x23vso[task]");
  CHECK(printable("A::B # ## x") == "A::B # ## x");
}

TEST_CASE("any text becomes a JSON string") {
  const auto json = [](std::string_view text) {
    std::string out;
    append_json_text(out, text);
    return out;
  };
  CHECK(json("") == R"("")");
  CHECK(json("a \"b\" \\ \xC3\xBC") == "\"a \\\"b\\\" \\\\ \xC3\xBC\"");
  CHECK(json("\n\t\x01\x7F") == R"("\n\u0009\u0001\u007f")");
  CHECK(json("\xC3(") == R"("\ufffd(")");
}

TEST_CASE("a JSON document shows what is in it, and means the same") {
  const auto json = [](std::string_view text) {
    std::string stored;
    append_json_text(stored, text);
    return printable_json(stored);
  };
  CHECK(json("a\u200bb\u202e\u061c") == R"("a\u200bb\u202e\u061c")");
  CHECK(json("\u009b31m") == R"("\u009b31m")");
  // Tags, beyond what four digits can say.
  CHECK(json("\U000e0041\U0010ffff") == R"("\udb40\udc41\udbff\udfff")");
  CHECK(json("##[group] ##vso[task]") == R"("#\u0023[group] #\u0023vso[task]")");
  const std::string seen = "\"\U0001f469\u200d\U0001f466 J\u00f6rg \u2764\ufe0f A::B # ##\"";
  CHECK(printable_json(seen) == seen);
  CHECK(printable_json("{\n  \"a\": [\"\\n\"]\n}\n") == "{\n  \"a\": [\"\\n\"]\n}\n");
  // In a file they stand as they are: a state is read again by nobody else.
  std::string stored;
  append_json_text(stored, "a\u200b ##[group]");
  CHECK(stored == "\"a\u200b ##[group]\"");
}

TEST_CASE("a shown value has at most 200 characters, and is cut between two") {
  const std::string whole(200, 'x');
  CHECK(shown_value("") == "");
  CHECK(shown_value(whole) == whole);
  CHECK(shown_value(whole + "y") == whole + "…");
  std::string wide;
  for (int i = 0; i < 200; ++i) wide += "\xF0\x9F\x8F\xA2";
  CHECK(shown_value(wide) == wide);
  CHECK(shown_value(wide + "\xC3\xBC") == wide + "…");
}

TEST_CASE("counts read like words") {
  CHECK(pluralize(1, "account", "accounts") == "1 account");
  CHECK(pluralize(0, "account", "accounts") == "0 accounts");
  CHECK(pluralize(1234567, "grant", "grants") == "1,234,567 grants");
  CHECK(with_thousands(999) == "999");
  CHECK(with_thousands(1000) == "1,000");
}

TEST_CASE("a part of a sentence can stand by itself") {
  CHECK(as_sentence("correct its addresses, or remove it") == "Correct its addresses, or remove it.");
  CHECK(as_sentence("Is it there?") == "Is it there?");
  CHECK(as_sentence("`rollcall apply` does it.") == "`rollcall apply` does it.");
  CHECK(as_sentence("").empty());
  CHECK(as_sentence(" ") == " ");
}

TEST_CASE("of many names the first are shown, and the rest is counted") {
  CHECK(first_and_more({}).empty());
  CHECK(first_and_more({"a", "b"}, 2) == "a, b");
  CHECK(first_and_more({"a", "b", "c"}, 2) == "a, b, and 1 more");
  CHECK(first_and_more(std::vector<std::string>(1205, "x")) == "x, x, x, x, x, and 1,200 more");
}

}  // namespace
}  // namespace rollcall
