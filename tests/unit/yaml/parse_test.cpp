#include <string>

#include <catch2/catch.hpp>

#include "unit/yaml/support.hpp"

using rollcall::yaml::Kind;

namespace {

std::string tree(const std::string& text, bool places = false) {
  const Parsed parsed(text);
  REQUIRE(parsed.found() == "");
  REQUIRE(parsed.document);
  return shown(parsed.document->root(), places);
}

std::string found(const std::string& text) {
  return Parsed(text).found();
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("scalars keep their text and whether they were quoted") {
  CHECK(tree("a: b c\nd: 'e ''f'''\ng: \"h\\ti\"\n") == "{a: b c, d: \"e 'f'\", g: \"h\ti\"}");
  CHECK(tree("a: |\n  x\n  y\nb: >-\n  x\n  y\n") == "{a: \"x\ny\n\", b: \"x y\"}");
  CHECK(tree("a: one\n  two\n") == "{a: one two}");
  CHECK(tree("[~, null, Null, NULL, '', \"null\"]") == "[null, null, null, null, \"\", \"null\"]");
  CHECK(tree("a: !!str 5\nb: ! 6\n") == "{a: \"5\", b: \"6\"}");
  CHECK(tree("{}") == "{}");
  CHECK(tree("[]") == "[]");
}

TEST_CASE("places count lines and bytes from 1") {
  CHECK(tree("a: b\nü: {c: [d, 'e']}\n", true) ==
        "{a@1:1: b@1:4, ü@2:1: {c@2:6: [d@2:10, \"e\"@2:13]@2:9}@2:5}@1:1");
  CHECK(tree("a: b\r\nc: d\r\n", true) == "{a@1:1: b@1:4, c@2:1: d@2:4}@1:1");
  CHECK(tree("\xEF\xBB\xBF"
             "a: b\n",
             true) == "{a@1:1: b@1:4}@1:1");
}

TEST_CASE("places are where one would edit") {
  SECTION("past an anchor or tag") {
    CHECK(tree("a: &name b\nc: !!str d\ne: &x !!str f\n", true) ==
          "{a@1:1: b@1:10, c@2:1: \"d\"@2:10, e@3:1: \"f\"@3:13}@1:1");
    CHECK(tree("a: &m  # here\n  k: v\nb: &l\n  - x\n", true) ==
          "{a@1:1: {k@2:3: v@2:6}@2:3, b@3:1: [x@4:5]@4:3}@1:1");
  }
  SECTION("at the key of an empty value") {
    CHECK(tree("a:\nbcd:\n\n# end\ne: f\n", true) ==
          "{a@1:1: null@1:1, bcd@2:1: null@2:1, e@5:1: f@5:4}@1:1");
    CHECK(tree("a: {b: , c: d}\n", true) == "{a@1:1: {b@1:5: null@1:5, c@1:10: d@1:13}@1:4}@1:1");
    CHECK(tree("a: &x\nb: *x\n", true) == "{a@1:1: null@1:1, b@2:1: null@2:4}@1:1");
  }
  SECTION("at the dash of an empty entry") {
    CHECK(tree("a:\n  - x\n  -\n  # more\n  -\n\nb: c\n", true) ==
          "{a@1:1: [x@2:5, null@3:3, null@5:3]@2:3, b@7:1: c@7:4}@1:1");
  }
  SECTION("at a written null") {
    CHECK(tree("a: ~\nb:\n  null\n", true) == "{a@1:1: null@1:4, b@2:1: null@3:3}@1:1");
  }
  SECTION("at an alias, but inside of what it names at the anchor") {
    CHECK(tree("a: &x {k: v}\nb: *x\n", true) ==
          "{a@1:1: {k@1:8: v@1:11}@1:7, b@2:1: {k@1:8: v@1:11}@2:4}@1:1");
  }
}

TEST_CASE("an anchor or tag without a value") {
  // yaml-cpp ends both at a comma or bracket, too.
  CHECK(tree("{a: &x,b: ~}", true) == "{a@1:2: null@1:2, b@1:8: null@1:11}@1:1");
  CHECK(tree("{a: &x}", true) == "{a@1:2: null@1:2}@1:1");
  CHECK(tree("[&x,null]", true) == "[null@1:2, null@1:5]@1:1");
  CHECK(tree("[&x , &y ~]", true) == "[null@1:2, null@1:10]@1:1");
  CHECK(tree("{a: !!str,b: null}", true) == "{a@1:2: \"\"@1:2, b@1:11: null@1:14}@1:1");
  CHECK(tree("{a: !!str\"b\",c: !!str \"\"}", true) == "{a@1:2: \"b\"@1:10, c@1:14: \"\"@1:23}@1:1");
  CHECK(tree("a: !!str>\n  b\n", true) == "{a@1:1: \"b\n\"@1:9}@1:1");
  SECTION("what stands on the next line is another entry") {
    CHECK(tree("a: !!str\nb: c\n", true) == "{a@1:1: \"\"@1:1, b@2:1: c@2:4}@1:1");
    CHECK(tree("a: !!str\n\"\": c\n", true) == "{a@1:1: \"\"@1:1, \"\"@2:1: c@2:5}@1:1");
    CHECK(tree("a:\n- &x\n- b\n", true) == "{a@1:1: [null@2:1, b@3:3]@2:1}@1:1");
    // The key `null` is what is wrong, not a value.
    CHECK(found("a: &x\nnull: c\n") == "2:1 R013");
    CHECK(found("a:\n- &x\nnull: c\n") == "3:1 R013");
  }
  SECTION("unless it is indented") {
    CHECK(tree("a: &x\n  null\nb: !!str\n  c\n", true) == "{a@1:1: null@2:3, b@3:1: \"c\"@4:3}@1:1");
  }
  SECTION("a tag that is refused is shown up to its end") {
    const Parsed parsed("{a: !foo,b: !<bar>\"c\"}");
    REQUIRE(parsed.found() == "1:5 R019 1:13 R019");
    CHECK(parsed.diagnostics()[0].length == 4);
    CHECK(parsed.diagnostics()[1].length == 6);
  }
}

TEST_CASE("one problem at one place is told once") {
  CHECK(found(": ?\n:\n") == "1:1 R013 2:1 R013");
  CHECK(found("? : ?\n") == "1:3 R013");
  CHECK(found("a: b\n? {: c, d: {: e}}\n: f\n") == "2:3 R012");
  CHECK(found("? {a: {: b}}\n: {: c}\n") == "1:3 R012 2:4 R013");
}

TEST_CASE("spans underline what was written") {
  const Parsed parsed("a: word\nb: 'quoted'\nc: &x y\nd: *x\ne: {f: [*x, *x]}\nlong:\n");
  REQUIRE(parsed.document);
  std::string lengths;
  parsed.document->root().each_entry([&](rollcall::yaml::Node key, rollcall::yaml::Node value) {
    lengths += std::to_string(key.span().length) + "/" + std::to_string(value.span().length) + " ";
  });
  CHECK(lengths == "1/4 1/8 1/1 1/2 1/1 4/4 ");
}

TEST_CASE("merge keys") {
  SECTION("explicit keys win, whatever their order") {
    CHECK(tree("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: {y: 4, <<: *a}\n") ==
          "{a: {x: 1, y: 2}, b: {y: 3, x: 1}, c: {y: 4, x: 1}}");
  }
  SECTION("a list: the first to name a key wins") {
    CHECK(tree("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc:\n  <<: [*a, *b, {z: 3}]\n") ==
          "{a: {x: 1}, b: {x: 2, y: 2}, c: {x: 1, y: 2, z: 3}}");
  }
  SECTION("a chain of them") {
    CHECK(tree("a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b, z: 3}\n") ==
          "{a: {x: 1}, b: {y: 2, x: 1}, c: {z: 3, y: 2, x: 1}}");
  }
  SECTION("merged entries stand where they were written") {
    CHECK(tree("a: &a {x: 1}\nb: {<<: *a}\n", true) ==
          "{a@1:1: {x@1:8: 1@1:11}@1:7, b@2:1: {x@1:8: 1@1:11}@2:4}@1:1");
  }
  SECTION("a quoted << is a key like others") {
    CHECK(tree("a: {'<<': b}\n") == "{a: {\"<<\": b}}");
  }
  SECTION("nothing but mappings") {
    CHECK(found("a: {<<: b}\n") == "1:9 R018");
    CHECK(found("a: &a {x: 1}\nb: {<<: [*a, c, [*a]]}\n") == "2:14 R018 2:17 R018");
  }
}

TEST_CASE("duplicate keys") {
  CHECK(found("a: 1\nb: 2\na: 3\n") == "3:1 R011");
  CHECK(found("x: {a: 1, \"a\": 2, 'a': 3}\n") == "1:11 R011 1:19 R011");
  CHECK(found("a: &a {x: 1}\nb: {<<: *a, <<: *a}\n") == "2:13 R011");
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "key" + std::to_string(i) + ": 1\n";
  CHECK(found(many) == "");
  CHECK(found(many + "key17: 2\n") == "1001:1 R011");
  const Parsed parsed("a: 1\nb: 2\na: 3\n");
  REQUIRE(parsed.diagnostics().size() == 1);
  CHECK(parsed.diagnostics()[0].message == "duplicate key `a`, first written on line 1");
}

TEST_CASE("keys that are none") {
  CHECK(found("[a]: b\n") == "1:1 R012");
  CHECK(found(": b\n") == "1:1 R013");
  CHECK(found("~: b\n") == "1:1 R013");
  CHECK(found("a: b\nlone\n") == "2:1 R006");
  // Both stand at the very end, where there is nothing left to look at.
  CHECK(found("a: b\n?") == "2:2 R013");
  CHECK(found("a: b\n!c: \n") == "2:1 R006");
  CHECK(tree("k: &k key\n*k : v\n") == "{k: key, key: v}");
}

TEST_CASE("bytes that are refused") {
  CHECK(found("a: \xC3\x28\n") == "1:4 R003");
  CHECK(found("a: \xED\xA0\x80\n") == "1:4 R003");
  CHECK(found(std::string("\xFF\xFE"
                          "a\0:\0",
                          6)) == "0:0 R004");
  CHECK(found(std::string("\0a\0:", 4)) == "0:0 R004");
  CHECK(found(std::string("\xFF\xFE\0\0a\0\0\0", 8)) == "0:0 R004");
  CHECK(found("a: b\x01\n") == "1:5 R005");
  CHECK(found(std::string("a: b\0\n", 6)) == "1:5 R005");
  CHECK(found("a: \x7F\n") == "1:4 R005");
  CHECK(found("a: \xC2\x85\n") == "1:4 R005");
  CHECK(found("a: b\rc: d\n") == "1:5 R005");
  CHECK(found("a: \"\\0\"\n") == "1:4 R005");
  CHECK(found("a: \"\\e[2J\"\n") == "1:4 R005");
  CHECK(found("a: \"\\t\\n\"\n") == "");
}

TEST_CASE("documents") {
  CHECK(found("") == "1:1 R010");
  CHECK(found("# only this\n") == "1:1 R010");
  CHECK(found("---\n") == "1:1 R010");
  CHECK(found("\xEF\xBB\xBF") == "1:1 R010");
  CHECK(found("a: b\n---\nc: d\n") == "2:1 R009");
  CHECK(found("a: b\n---\n") == "2:1 R009");
  CHECK(found("- a\nb: c\n") == "2:1 R006");
  CHECK(tree("%YAML 1.2\n---\na: b\n...\n") == "{a: b}");
}

TEST_CASE("tags") {
  CHECK(found("a: !x b\n") == "1:4 R019");
  CHECK(found("a: &a !!int 3\n") == "1:7 R019");
  CHECK(found("!!map {a: b}\n") == "1:1 R019");
  CHECK(found("a: !!seq [b]\n") == "1:4 R019");
  CHECK(found("a: !<tag:example.com,2000:x> b\n") == "1:4 R019");
  CHECK(found("a: &a!b !c d\n") == "1:9 R019");
  CHECK(found("a: &a  # not here!\n  !b c\n") == "2:3 R019");
}

TEST_CASE("syntax errors are told in our words, at their places") {
  CHECK(found("a:\n\tb: c\n") == "2:1 R007");
  CHECK(found("a:\n  b: c\n\td: e\n") == "3:1 R007");
  CHECK(found("a: [b\n") == "1:4 R008");
  CHECK(found("a: {b: [c}\n") == "1:8 R008");
  CHECK(found("a: \"b\nc: d\n") == "1:4 R008");
  CHECK(found("a: 'b\nc: d\n") == "1:4 R008");
  // The same where the last line has no line break.
  CHECK(found("a: \"b") == "1:4 R008");
  CHECK(found("a: {b: \"c}") == "1:8 R008");
  CHECK(found("a: 'b\nc: d") == "1:4 R008");
  CHECK(found("a: {b: c") == "1:4 R008");
  CHECK(found("[") == "1:1 R008");
  CHECK(found("a: 'it''s'\n") == "");
  CHECK(found("a: \"b\\\"\"\n") == "");
  CHECK(found("a: b: c\n") == "1:5 R006");
  CHECK(found("a: *b\n") == "1:4 R006");
  CHECK(found("a: &x &y b\n") == "1:7 R006");
  CHECK(found("a: @b\n") == "1:4 R006");
  CHECK(found("%YAML 9.0\n---\na: b\n") == "1:1 R006");
  // Half of a surrogate pair, of which YAML knows nothing.
  CHECK(found("a: \"x\\ud83c\\udfe2\"\n") == "1:6 R006");
  CHECK(found("a: \"\\ud83c\"\n") == "1:11 R006");
  CHECK(found("a: \"\\ud83c\\u0041\"\n") == "1:11 R006");
  CHECK(tree("a: \"\\U0001F3E2\"\n") == "{a: \"\U0001F3E2\"}");
  for (const char* text : {"a: b: c\n", "a: *b\n", "a: @b\n", "a: \"\\q\"\n", "a: }\n", "a: - b\n",
                           "%YAML 9.0\n---\n", "%TAG !\n---\n", "a: !x!\n", "a: !!%\n", "a: !<x\n"})
    for (const rollcall::Diagnostic& one : Parsed(text).diagnostics()) {
      INFO(one.message);
      CHECK(one.message.find("yaml-cpp") == std::string::npos);
      CHECK(one.message.find("illegal") == std::string::npos);
      CHECK(one.message != "this is not valid YAML");
    }
}

TEST_CASE("limits of aliases and depth") {
  SECTION("an alias inside of what it names") {
    CHECK(found("a: &a [*a]\n") == "1:8 R016");
    CHECK(found("a: &a {b: {c: *a}}\n") == "1:15 R016");
  }
  SECTION("a bomb of 330 bytes") {
    std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n";
    for (char c = 'b'; c < 'i'; ++c) {
      const std::string before(1, static_cast<char>(c - 1));
      bomb += std::string(1, c) + ": &" + c + " [" + repeated("*" + before + ", ", 8) + "*" + before + "]\n";
    }
    const Parsed parsed(bomb);
    CHECK_FALSE(parsed.document);
    CHECK(parsed.found() == "8:8 R017");
  }
  SECTION("a bomb of merge keys") {
    std::string bomb = "a: &a {x: 1}\n";
    for (char c = 'b'; c < 'z'; ++c) {
      const std::string before = std::string("*") + static_cast<char>(c - 1);
      bomb += std::string(1, c) + ": &" + c + " {<<: [" + before + ", " + before + ", " + before + "]}\n";
    }
    CHECK_FALSE(Parsed(bomb).document);
  }
  SECTION("just ten times or 100,000 nodes are allowed, more is not") {
    const auto aliases = [](std::size_t items, std::size_t times) {
      return "a: &a [" + repeated("x, ", items) + "]\nb: [" + repeated("*a, ", times) + "]\n";
    };
    // own: 5 + items + times; expanded: 5 + items + times * (items + 1).
    CHECK(Parsed(aliases(999, 98)).document);          // 99,004 of 100,000
    CHECK_FALSE(Parsed(aliases(999, 99)).document);    // 100,004 of 100,000
    CHECK(Parsed(aliases(11000, 9)).document);         // 110,014 of 110,140
    CHECK_FALSE(Parsed(aliases(11000, 10)).document);  // 121,015 of 110,150
  }
  SECTION("100 levels") {
    CHECK(found(repeated("[", 100) + repeated("]", 100)) == "");
    CHECK(found(repeated("[", 101) + repeated("]", 101)) == "1:101 R014");
    CHECK(found("a: " + repeated("[", 200000)).ends_with(" R014"));
    CHECK(found(repeated("- ", 200000)) == "1:201 R014");
    CHECK(found(repeated("{a: ", 200000)).ends_with(" R014"));
  }
  SECTION("100 levels through aliases") {
    const std::string deep = "a: &a " + repeated("[", 60) + repeated("]", 60) + "\n";
    CHECK(found(deep + "b: " + repeated("[", 39) + "*a" + repeated("]", 39) + "\n") == "");
    CHECK(found(deep + "b: " + repeated("[", 40) + "*a" + repeated("]", 40) + "\n") == "2:44 R014");
  }
}

TEST_CASE("large inputs are read to their end") {
  CHECK(found("a:\n" + repeated("-\n", 200000)) == "");
  CHECK(found("a: [" + repeated("b, ", 200000) + "]\n") == "");
  CHECK(Parsed("a: {" + repeated("b: c, ", 20000) + "}\n").diagnostics().size() == 19999);
}

TEST_CASE("a long line is not repeated in its diagnostics") {
  const Parsed parsed("a: {" + repeated("b: c, ", 200) + "}\n");
  REQUIRE_FALSE(parsed.diagnostics().empty());
  CHECK(parsed.diagnostics()[0].source_line.size() < 200);
  CHECK(Parsed("b: {a: 1, a: 2}\n").diagnostics()[0].source_line == "b: {a: 1, a: 2}");
}
