#include "report/document.hpp"
#include "report/json.hpp"
#include "report/report.hpp"

namespace rollcall::report {

std::string diagnostics_json(const Diagnostics& diagnostics) {
  JsonWriter json;
  json.begin_object(JsonWriter::Layout::kLines);
  json.text("format", "rollcall-error");
  json.number("version", kDocumentVersion);
  json.key("diagnostics");
  write_diagnostics(json, diagnostics);
  json.end_object();
  return json.take();
}

std::string error_json(const Error& error) {
  return diagnostics_json({to_diagnostic(error)});
}

}  // namespace rollcall::report
