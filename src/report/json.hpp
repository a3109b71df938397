#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/source.hpp"
#include "base/text.hpp"
#include "model/value.hpp"

namespace rollcall::report {

/// A JSON text written from front to back, so that a document of 100,000 actions needs no tree of them in
/// memory. The caller keeps keys and values in turn; separators, line breaks and escapes are the writer's.
class JsonWriter {
 public:
  /// Whether the members of a container stand in one line or on a line each.
  enum class Layout : std::uint8_t { kInline, kLines };

  void begin_object(Layout layout = Layout::kInline) { open('{', layout); }
  void end_object() { close('}'); }
  void begin_array(Layout layout = Layout::kInline) { open('[', layout); }
  void end_array() { close(']'); }

  /// `name` is one of the program's own words and is not escaped.
  void key(std::string_view name);
  /// Bytes that are no UTF-8 become U+FFFD.
  void text(std::string_view value);
  void number(std::int64_t value);
  void count(std::size_t value);
  void boolean(bool value);
  void null();
  void value(const model::Value& value);
  /// A value that is JSON already.
  void raw(std::string_view json);

  void text(std::string_view name, std::string_view value) { key(name), text(value); }
  void number(std::string_view name, std::int64_t value) { key(name), number(value); }
  void count(std::string_view name, std::size_t value) { key(name), count(value); }
  void boolean(std::string_view name, bool value) { key(name), boolean(value); }
  void null(std::string_view name) { key(name), null(); }

  /// The finished text, to be printed.
  std::string take() { return printable_json(out_); }

 private:
  struct Container {
    Layout layout = Layout::kInline;
    bool empty = true;
  };

  void open(char bracket, Layout layout);
  void close(char bracket);
  void before_value();
  void separate();
  void break_line();

  std::string out_;
  std::vector<Container> open_;
  bool after_key_ = false;
};

/// {"file", "line"}, or null for no place.
void write_origin(JsonWriter& json, const Origin& origin, const SourceFiles& files);

/// [{severity, rule, file, line, column, message, hint}], a line each; rule, file, line and column are null
/// where there is none.
void write_diagnostics(JsonWriter& json, const Diagnostics& diagnostics);

}  // namespace rollcall::report
