#include "report/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

namespace rollcall::report {
namespace {

bool is_plain(char c) {
  return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

}  // namespace

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
  if (std::all_of(value.begin(), value.end(), is_plain)) {
    out_ += '"';
    out_ += value;
    out_ += '"';
    return;
  }
  out_ += nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
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
  if (const auto* flag = std::get_if<bool>(&value.data)) {
    boolean(*flag);
  } else if (const auto* whole = std::get_if<std::int64_t>(&value.data)) {
    number(*whole);
  } else if (const auto* fraction = std::get_if<double>(&value.data)) {
    // JSON has no word for infinity.
    std::isfinite(*fraction) ? raw(fmt::format("{}", *fraction)) : null();
  } else if (const auto* words = value.text()) {
    text(*words);
  } else if (const auto* list = std::get_if<model::Value::List>(&value.data)) {
    begin_array();
    for (const model::Value& item : *list) this->value(item);
    end_array();
  } else if (const auto* map = std::get_if<model::Value::Map>(&value.data)) {
    begin_object();
    for (const model::Member& member : *map) {
      separate();
      after_key_ = true;
      text(member.key);
      out_ += ": ";
      after_key_ = true;
      this->value(member.value);
    }
    end_object();
  } else {
    null();
  }
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
