#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "report/finding.hpp"
#include "report/json.hpp"
#include "report/page.hpp"
#include "report/url.hpp"

namespace rollcall::report {
namespace {

// What GitHub takes of one run.
constexpr std::size_t kMaxResults = 25'000;

std::string_view level_word(Level level) {
  switch (level) {
    case Level::kError:
      return "error";
    case Level::kWarning:
      return "warning";
    case Level::kNote:
      break;
  }
  return "note";
}

void write_message(JsonWriter& json, std::string_view name, std::string_view text) {
  json.key(name);
  json.begin_object();
  json.text("text", text);
  json.end_object();
}

/// The rules that the results name, by name, and the place of each in the list.
using RuleIndex = std::map<std::string, std::size_t>;

RuleIndex index_rules(const std::vector<Finding>& findings) {
  RuleIndex rules;
  for (const Finding& finding : findings) rules[finding.rule] = 0;
  std::size_t next = 0;
  for (auto& entry : rules) entry.second = next++;
  return rules;
}

void write_tool(JsonWriter& json, const RuleIndex& rules, const Meta& meta) {
  json.key("tool");
  json.begin_object();
  json.key("driver");
  json.begin_object(JsonWriter::Layout::kLines);
  json.text("name", "Rollcall");
  json.text("version", meta.tool_version);
  json.key("rules");
  json.begin_array(JsonWriter::Layout::kLines);
  for (const auto& entry : rules) {
    const RuleWords words = words_of_rule(entry.first);
    json.begin_object();
    json.text("id", entry.first);
    write_message(json, "shortDescription", words.title);
    write_message(json, "fullDescription", words.description);
    write_message(json, "help", words.help);
    json.key("defaultConfiguration");
    json.begin_object();
    json.text("level", level_word(words.level));
    json.end_object();
    json.end_object();
  }
  json.end_array();
  json.end_object();
  json.end_object();
}

void write_location(JsonWriter& json, const Finding& finding, const Meta& meta) {
  json.begin_object();
  json.key("physicalLocation");
  json.begin_object();
  json.key("artifactLocation");
  json.begin_object();
  json.text("uri", file_uri(path_in_repository(finding.file, meta.pipeline)));
  json.end_object();
  json.key("region");
  json.begin_object();
  json.number("startLine", finding.line);
  json.number("startColumn", finding.column);
  json.number("endLine", finding.line);
  json.number("endColumn", finding.end_column);
  json.end_object();
  json.end_object();
  json.end_object();
}

void write_result(JsonWriter& json, const Finding& finding, const RuleIndex& rules, const Meta& meta) {
  json.begin_object();
  json.text("ruleId", finding.rule);
  json.count("ruleIndex", rules.at(finding.rule));
  json.text("level", level_word(finding.level));
  write_message(json, "message", finding.message);
  json.key("locations");
  json.begin_array();
  write_location(json, finding, meta);
  json.end_array();
  json.key("partialFingerprints");
  json.begin_object();
  json.text("primaryLocationLineHash", finding.fingerprint);
  json.end_object();
  json.end_object();
}

/// Whether the command came to a result, and what is not among the results.
void write_invocation(JsonWriter& json, std::size_t left_out, bool failed) {
  json.key("invocations");
  json.begin_array();
  json.begin_object();
  json.boolean("executionSuccessful", !failed);
  json.key("toolExecutionNotifications");
  json.begin_array();
  if (left_out != 0) {
    json.begin_object();
    json.text("level", "warning");
    write_message(
        json, "message",
        fmt::format("{} left out: a report has at most {}.",
                    pluralize(left_out, "finding is", "findings are"), with_thousands(kMaxResults)));
    json.end_object();
  }
  json.end_array();
  json.end_object();
  json.end_array();
}

}  // namespace

std::string sarif(const std::vector<Finding>& findings, const Meta& meta, bool failed) {
  const std::vector<Finding> results(
      findings.begin(),
      findings.begin() + static_cast<std::ptrdiff_t>(std::min(findings.size(), kMaxResults)));
  const RuleIndex rules = index_rules(results);
  JsonWriter json;
  json.begin_object(JsonWriter::Layout::kLines);
  json.text("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
  json.text("version", "2.1.0");
  json.key("runs");
  json.begin_array();
  json.begin_object(JsonWriter::Layout::kLines);
  write_tool(json, rules, meta);
  json.text("columnKind", "utf16CodeUnits");
  write_invocation(json, findings.size() - results.size(), failed);
  json.key("results");
  json.begin_array(JsonWriter::Layout::kLines);
  for (const Finding& finding : results) write_result(json, finding, rules, meta);
  json.end_array();
  json.end_object();
  json.end_array();
  json.end_object();
  return json.take();
}

}  // namespace rollcall::report
