#include "model/value.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace rollcall::model {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    // Not inside an escape, nor inside a character.
    if (out.size() > kMaxShownCharacters && !is_utf8_continuation(c) &&
        count_characters(out) > kMaxShownCharacters) {
      out += "…";
      break;
    }
    if (c == '"' || c == '\\')
      out += fmt::format("\\{}", c);
    else if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out + "\"";
}

class ToText {
 public:
  std::string operator()(std::monostate) const { return "null"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return fmt::format("{}", value); }
  std::string operator()(const std::string& value) const { return quoted(value); }
  std::string operator()(const Value::List& list) const {
    std::string out = "[";
    for (const Value& item : list)
      if (!add(out, to_text(item))) break;
    return out + "]";
  }
  std::string operator()(const Value::Map& map) const {
    std::string out = "{";
    for (const Member& member : map)
      if (!add(out, quoted(member.key) + ": " + to_text(member.value))) break;
    return out + "}";
  }

 private:
  /// False where it is left out, with all that follow.
  static bool add(std::string& out, const std::string& entry) {
    const bool fits = count_characters(out) + count_characters(entry) <= kMaxShownCharacters;
    out.append(out.size() > 1 ? ", " : "").append(fits ? entry : "…");
    return fits;
  }
};

}  // namespace

Value::Value(List value) : data(std::move(value)) {}

Value::Value(Map value) {
  std::sort(value.begin(), value.end(), [](const Member& a, const Member& b) { return a.key < b.key; });
  data = std::move(value);
}

bool operator==(const Value& a, const Value& b) {
  const auto* whole_a = std::get_if<std::int64_t>(&a.data);
  const auto* whole_b = std::get_if<std::int64_t>(&b.data);
  const auto* fraction_a = std::get_if<double>(&a.data);
  const auto* fraction_b = std::get_if<double>(&b.data);
  if (whole_a != nullptr && fraction_b != nullptr) return static_cast<double>(*whole_a) == *fraction_b;
  if (fraction_a != nullptr && whole_b != nullptr) return *fraction_a == static_cast<double>(*whole_b);
  return a.data == b.data;
}

bool operator==(const Member& a, const Member& b) {
  return a.key == b.key && a.value == b.value;
}

std::string to_text(const Value& value) {
  return std::visit(ToText{}, value.data);
}

}  // namespace rollcall::model
