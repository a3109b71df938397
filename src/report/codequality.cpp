#include "report/finding.hpp"
#include "report/json.hpp"
#include "report/page.hpp"

namespace rollcall::report {
namespace {

std::string_view severity_of(Level level) {
  switch (level) {
    case Level::kError:
      return "critical";
    case Level::kWarning:
      return "major";
    case Level::kNote:
      break;
  }
  return "info";
}

}  // namespace

std::string codequality(const std::vector<Finding>& findings, const Meta& meta) {
  JsonWriter json;
  json.begin_array(JsonWriter::Layout::kLines);
  for (const Finding& finding : findings) {
    json.begin_object();
    json.text("description", finding.message);
    json.text("check_name", finding.rule);
    json.text("fingerprint", finding.fingerprint);
    json.text("severity", severity_of(finding.level));
    json.key("location");
    json.begin_object();
    json.text("path", path_in_repository(finding.file, meta.pipeline));
    json.key("lines");
    json.begin_object();
    json.number("begin", finding.line);
    json.end_object();
    json.end_object();
    json.end_object();
  }
  json.end_array();
  return json.take();
}

}  // namespace rollcall::report
