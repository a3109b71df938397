#include "report/json.hpp"

#include <limits>

#include <catch2/catch.hpp>

#include "golden/golden.hpp"
#include "report/paint.hpp"
#include "report/report.hpp"
#include "sample.hpp"

namespace {

using namespace rollcall;
using report::JsonWriter;

std::string written(const model::Value& value) {
  JsonWriter json;
  json.value(value);
  return json.take();
}

}  // namespace

TEST_CASE("Values are written as JSON") {
  CHECK(written(model::Value()) == "null");
  CHECK(written(true) == "true");
  CHECK(written(-7) == "-7");
  CHECK(written(0.5) == "0.5");
  CHECK(written(std::numeric_limits<double>::infinity()) == "null");
  CHECK(written("plain") == R"("plain")");
  CHECK(written("\" \\ \n \x01 \x7f é") == "\"\\\" \\\\ \\n \\u0001 \\u007f é\"");
  CHECK(written("a\xff") == R"("a\ufffd")");
  const model::Value list =
      model::Value::List{1, model::Value::Map{{"k\"", "v"}, {"a", model::Value::List{}}}, "x"};
  CHECK(written(list) == "[1, {\"a\": [], \"k\\\"\": \"v\"}, \"x\"]");
}

TEST_CASE("Containers stand in one line or on a line each") {
  JsonWriter json;
  json.begin_object(JsonWriter::Layout::kLines);
  json.text("a", "b");
  json.key("list");
  json.begin_array(JsonWriter::Layout::kLines);
  json.begin_object();
  json.number("n", 1);
  json.boolean("f", false);
  json.end_object();
  json.null();
  json.end_array();
  json.key("none");
  json.begin_array(JsonWriter::Layout::kLines);
  json.end_array();
  json.end_object();
  CHECK(json.take() ==
        "{\n  \"a\": \"b\",\n  \"list\": [\n    {\"n\": 1, \"f\": false},\n    null\n  ],\n  \"none\": "
        "[]\n}\n");
}

TEST_CASE("Errors and diagnostics are documents") {
  Diagnostic error;
  error.rule = "R030";
  error.file = "roster/a.yaml";
  error.line = 3;
  error.column = 7;
  error.message = "Unknown key `adminstrator`";
  error.hint = "Did you mean `administrator`?";
  Diagnostic warning = error;
  warning.severity = Severity::kWarning;
  warning.rule.clear();
  warning.message = "bytes \xff\xfe";
  golden::check("error/diagnostics.json", report::diagnostics_json({error, warning}, sample::Sample::meta()));
  golden::check("error/none.json", report::diagnostics_json({}, {sample::day("2027-02-15"), "0.9.0"}));
  golden::check(
      "error/error.json",
      report::diagnostics_json({to_diagnostic(Error{"The state cannot be read", "Check its permissions."})},
                               sample::Sample::meta()));
}

TEST_CASE("Columns are those of a terminal") {
  CHECK(report::columns_of("abc") == 3);
  CHECK(report::columns_of("東京") == 4);
  CHECK(report::columns_of("Zo\u0065\u0308") == 3);
  CHECK(report::columns_of("Υπ") == 2);
  CHECK(report::pad("東", 4) == "東  ");
  CHECK(report::truncate("abcdef", 4) == "abc…");
  CHECK(report::truncate("東京都", 4) == "東…");
  CHECK(report::truncate("abc", 3) == "abc");
  CHECK(report::truncate("abc", 0).empty());
}
