#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace rollcall::model {

struct Member;

/// What a setting can hold: any JSON value. Mappings are sorted by key, so equal values compare equal.
/// An integer and a fraction of the same size are equal, as they are on the server.
struct Value {
  using List = std::vector<Value>;
  using Map = std::vector<Member>;
  std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Map> data;

  // Defined below: clang 14 instantiates the variant's destructor where they are, and Member must be complete
  // there.
  Value();
  Value(bool value);          // NOLINT(google-explicit-constructor)
  Value(std::int64_t value);  // NOLINT(google-explicit-constructor)
  Value(int value);           // NOLINT(google-explicit-constructor)
  Value(double value);        // NOLINT(google-explicit-constructor)
  Value(std::string value);   // NOLINT(google-explicit-constructor)
  Value(const char* value);   // NOLINT(google-explicit-constructor)
  Value(List value);          // NOLINT(google-explicit-constructor)
  /// Sorts the members by key.
  Value(Map value);  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(data); }
  [[nodiscard]] const std::string* text() const { return std::get_if<std::string>(&data); }
};

struct Member {
  std::string key;
  Value value;
};

inline Value::Value() = default;
inline Value::Value(bool value) : data(value) {}
inline Value::Value(std::int64_t value) : data(value) {}
inline Value::Value(int value) : data(std::int64_t{value}) {}
inline Value::Value(double value) : data(value) {}
inline Value::Value(std::string value) : data(std::move(value)) {}
inline Value::Value(const char* value) : data(std::string(value)) {}

bool operator==(const Value& a, const Value& b);
bool operator==(const Member& a, const Member& b);

/// Appends the value as JSON on one line: the form of states, journals and documents. A number that JSON has
/// no word for is null.
void append_json(std::string& out, const Value& value);

/// Compact JSON text: how a value is shown to a user. At most some 200 characters, with an ellipsis in the
/// place of what is left out.
std::string to_text(const Value& value);

}  // namespace rollcall::model
