#include "report/document.hpp"

#include "base/version.hpp"

namespace rollcall::report {
namespace {

void write_text(JsonWriter& json, std::string_view name, const std::optional<std::string>& text) {
  text ? json.text(name, *text) : json.null(name);
}

}  // namespace

Meta meta_at(Time now) {
  Meta meta{date_of(now), std::string(version())};
  meta.time = now;
  return meta;
}

void begin_document(JsonWriter& json, std::string_view format, const Meta& meta) {
  json.begin_object(JsonWriter::Layout::kLines);
  json.text("format", format);
  json.number("version", kDocumentVersion);
  json.key("meta");
  json.begin_object();
  write_text(json, "server", meta.server);
  write_text(json, "state", meta.state);
  write_text(json, "lineage", meta.lineage);
  meta.serial ? json.number("serial", *meta.serial) : json.null("serial");
  json.text("date", to_string(meta.date));
  json.text("tool_version", meta.tool_version);
  json.end_object();
}

}  // namespace rollcall::report
