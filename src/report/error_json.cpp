#include "report/document.hpp"
#include "report/json.hpp"
#include "report/report.hpp"

namespace rollcall::report {

std::string diagnostics_json(const Diagnostics& diagnostics, const Meta& meta) {
  JsonWriter json;
  begin_document(json, "rollcall-error", meta);
  json.key("diagnostics");
  write_diagnostics(json, diagnostics);
  json.end_object();
  return json.take();
}

}  // namespace rollcall::report
