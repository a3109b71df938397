#include "yaml/reader.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/yaml/support.hpp"
#include "yaml/scalar.hpp"

using namespace rollcall::yaml;

namespace {

struct Target {
  Reader& reader;
  std::string name;
  std::optional<std::int64_t> count;
};

const Key<Target> kKeys[] = {
    {"name",
     [](Target& target, Node, Node value) {
       target.name = target.reader.text(value, "`name`", 5).value_or("?");
     },
     true},
    {"count", [](Target& target, Node,
                 Node value) { target.count = target.reader.whole_number(value, "`count`", 1, 10); }},
};

std::string read(const std::string& text, Target* result = nullptr) {
  Parsed parsed(text);
  REQUIRE(parsed.document);
  Reader reader(parsed.problems);
  Target target{reader, {}, {}};
  const Node root = parsed.document->root();
  reader.mapping(root, root.span(), "the thing", std::span(kKeys), target);
  if (result != nullptr) {
    result->name = target.name;
    result->count = target.count;
  }
  return parsed.found();
}

template <class Read>
std::string value_of(const std::string& text, Read read_value) {
  Parsed parsed(text);
  REQUIRE(parsed.document);
  const Reader reader(parsed.problems);
  const std::string value = read_value(reader, parsed.document->root());
  return parsed.problems.empty() ? value : parsed.diagnostics()[0].rule;
}

}  // namespace

TEST_CASE("plain scalars that a version of YAML does not read as text") {
  using Catch::Matchers::VectorContains;
  for (const char* text : {"", "~", "null", "Null", "NULL"}) CHECK(reading_of(text) == Reading::kNull);
  for (const char* text : {"y", "Y", "n", "N", "yes", "No", "ON", "off", "true", "False", "TRUE"}) {
    INFO(text);
    CHECK(reading_of(text) == Reading::kBoolean);
  }
  for (const char* text :
       {"0",     "7",     "-3",   "+3",   "010",      "08",           "0o17", "0x1F", "-0x1f",
        "0b101", "1_000", "1e3",  "1E-3", "6.02e+23", ".5",           "1.",   "-1.5", ".inf",
        "-.INF", "+.Inf", ".nan", ".NaN", "12:30:45", "190:20:30.15", "1:30", "12e03"}) {
    INFO(text);
    CHECK(reading_of(text) == Reading::kNumber);
  }
  for (const char* text :
       {"2026-01-31", "2026-1-3", "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.10 -5"}) {
    INFO(text);
    CHECK(reading_of(text) == Reading::kDate);
  }
  for (const char* text : {"Ana", "nulls", "yess",    "1.2.3",        "1.2.3.4",    "12:99", "1a",
                           "0x",  "0xg",   "-",       "--",           ".",          "..",    "e3",
                           "1e",  "+",     "2026-01", "2026-01-31a",  "31.01.2026", "10%",   "_1",
                           "inf", "nan",   "1:2:x",   "support-emea", "tRue"}) {
    INFO(text);
    CHECK(reading_of(text) == Reading::kText);
  }
}

TEST_CASE("numbers that both versions read alike") {
  CHECK(parse_whole_number("42") == 42);
  CHECK(parse_whole_number("-42") == -42);
  CHECK(parse_whole_number("+42") == 42);
  CHECK(parse_whole_number("0") == 0);
  CHECK(parse_whole_number("9223372036854775807") == 9223372036854775807);
  for (const char* text :
       {"", "010", "00", "9223372036854775808", "1.0", "1e3", "0x1", "+-1", "-", "4 2", "1_0"}) {
    INFO(text);
    CHECK(parse_whole_number(text) == std::nullopt);
  }
  CHECK(parse_fraction("1.5") == 1.5);
  CHECK(parse_fraction("-2e3") == -2000.0);
  for (const char* text : {"15", "1_0.5", ".inf", "1e999", "x"}) {
    INFO(text);
    CHECK(parse_fraction(text) == std::nullopt);
  }
}

TEST_CASE("a mapping is read by its table") {
  Parsed parsed("x: y");
  Reader reader(parsed.problems);
  Target result{reader, {}, {}};
  CHECK(read("name: Desk\ncount: 3\n", &result) == "");
  CHECK(result.name == "Desk");
  CHECK(result.count == 3);
  CHECK(read("count: 3\n") == "1:1 R034");
  CHECK(read("name: Desk\nother: 3\n") == "2:1 R030");
  // What was meant to be the name is not missing too.
  CHECK(read("nme: Desk\n") == "1:1 R030");
  CHECK(read("name: Desks 2\ncount: 11\n") == "1:7 R041 2:8 R036");
  CHECK(read("- name\n") == "1:1 R031");
  CHECK(names_of(std::span<const Key<Target>>(kKeys)) == std::vector<std::string>{"name", "count"});
}

TEST_CASE("values of each kind, and what is none") {
  const auto text = [](const Reader& reader, Node node) {
    return std::string(reader.text(node, "it").value_or("-"));
  };
  CHECK(value_of("Desk", text) == "Desk");
  CHECK(value_of("'010'", text) == "010");
  CHECK(value_of("010", text) == "R032");
  CHECK(value_of("''", text) == "R040");
  CHECK(value_of("~", text) == "R033");
  CHECK(value_of("[a]", text) == "R031");
  const auto boolean = [](const Reader& reader, Node node) {
    const auto value = reader.boolean(node, "it");
    return std::string(!value ? "-" : *value ? "true" : "false");
  };
  CHECK(value_of("true", boolean) == "true");
  CHECK(value_of("False", boolean) == "false");
  CHECK(value_of("yes", boolean) == "R035");
  CHECK(value_of("'true'", boolean) == "R035");
  CHECK(value_of("1", boolean) == "R035");
  const auto date = [](const Reader& reader, Node node) {
    const auto value = reader.date(node, "it");
    return value ? to_string(*value) : "-";
  };
  CHECK(value_of("2026-01-31", date) == "2026-01-31");
  CHECK(value_of("'2024-02-29'", date) == "2024-02-29");
  CHECK(value_of("2026-02-29", date) == "R037");
  CHECK(value_of("2026-1-3", date) == "R037");
  constexpr std::array<std::string_view, 2> kWords = {"keep", "revoke"};
  const auto word = [&](const Reader& reader, Node node) {
    return std::to_string(reader.word(node, "`it`", kWords).value_or(9));
  };
  CHECK(value_of("revoke", word) == "1");
  CHECK(value_of("Revoke", word) == "R038");
  const auto length = [](const Reader& reader, Node node) {
    return std::string(reader.text(node, "it", 3).value_or("-"));
  };
  CHECK(value_of("äöü", length) == "äöü");
  CHECK(value_of("äöüx", length) == "R041");
}
