#include "report/json.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace rollcall::report {
void JsonWriter::open(char bracket, Layout layout) {
  before_value();
  out_ += bracket;
  open_.push_back({layout, true});
}

void JsonWriter::close(char bracket) {
  const Container container = open_.back();
  open_.pop_back();
  if (container.layout == Layout::kLines && !container.empty) break_line();
  out_ += bracket;
  if (open_.empty()) out_ += '\n';
}

void JsonWriter::break_line() {
  out_ += '\n';
  const auto lines = std::count_if(open_.begin(), open_.end(),
                                   [](const Container& c) { return c.layout == Layout::kLines; });
  out_.append(static_cast<std::size_t>(lines) * 2, ' ');
}

void JsonWriter::separate() {
  if (open_.empty()) return;
  const bool lines = open_.back().layout == Layout::kLines;
  if (!open_.back().empty) out_ += lines ? "," : ", ";
  open_.back().empty = false;
  if (lines) break_line();
}

void JsonWriter::before_value() {
  if (after_key_)
    after_key_ = false;
  else
    separate();
}

void JsonWriter::key(std::string_view name) {
  separate();
  out_ += '"';
  out_ += name;
  out_ += "\": ";
  after_key_ = true;
}

void JsonWriter::text(std::string_view value) {
  before_value();
  append_json_text(out_, value);
}

void JsonWriter::number(std::int64_t value) {
  before_value();
  out_ += fmt::format_int(value).c_str();
}

void JsonWriter::count(std::size_t value) {
  before_value();
  out_ += fmt::format_int(value).c_str();
}

void JsonWriter::boolean(bool value) {
  raw(value ? "true" : "false");
}

void JsonWriter::null() {
  raw("null");
}

void JsonWriter::raw(std::string_view json) {
  before_value();
  out_ += json;
}

void JsonWriter::value(const model::Value& value) {
  before_value();
  model::append_json(out_, value);
}

void write_origin(JsonWriter& json, const Origin& origin, const SourceFiles& files) {
  if (origin.line == 0) return json.null();
  json.begin_object();
  json.text("file", files.name(origin.file));
  json.number("line", origin.line);
  json.end_object();
}

void write_diagnostics(JsonWriter& json, const Diagnostics& diagnostics) {
  json.begin_array(JsonWriter::Layout::kLines);
  for (const Diagnostic& diagnostic : diagnostics) {
    json.begin_object();
    json.text("severity", diagnostic.severity == Severity::kError ? "error" : "warning");
    if (diagnostic.rule.empty())
      json.null("rule");
    else
      json.text("rule", diagnostic.rule);
    if (diagnostic.file.empty())
      json.null("file");
    else
      json.text("file", diagnostic.file);
    if (diagnostic.line == 0) {
      json.null("line");
      json.null("column");
    } else {
      json.number("line", diagnostic.line);
      json.number("column", diagnostic.column);
    }
    json.text("message", diagnostic.message);
    json.text("hint", diagnostic.hint);
    json.end_object();
  }
  json.end_array();
}

}  // namespace rollcall::report
