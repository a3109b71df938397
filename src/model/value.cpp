#include "model/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/text.hpp"

namespace rollcall::model {
namespace {

struct AppendJson {
  std::string& out;

  void operator()(std::monostate) const { out += "null"; }
  void operator()(bool flag) const { out += flag ? "true" : "false"; }
  void operator()(std::int64_t number) const { out += fmt::format_int(number).c_str(); }
  void operator()(double number) const {
    // Beyond it not every integer has a double of its own.
    constexpr double kExactWhole = 9007199254740992.0;
    // JSON has no word for infinity.
    if (!std::isfinite(number))
      out += "null";
    else if (std::trunc(number) == number && std::fabs(number) < kExactWhole)
      (*this)(static_cast<std::int64_t>(number));
    else
      fmt::format_to(std::back_inserter(out), "{}", number);
  }
  void operator()(const std::string& text) const { append_json_text(out, text); }
  void operator()(const Value::List& list) const {
    std::string_view separator = "[";
    for (const Value& item : list) {
      out += std::exchange(separator, ", ");
      append_json(out, item);
    }
    out += list.empty() ? "[]" : "]";
  }
  void operator()(const Value::Map& map) const {
    std::string_view separator = "{";
    for (const Member& member : map) {
      out += std::exchange(separator, ", ");
      append_json_text(out, member.key);
      out += ": ";
      append_json(out, member.value);
    }
    out += map.empty() ? "{}" : "}";
  }
};

std::string quoted(const std::string& text) {
  std::string out;
  append_json_text(out, shown_value(text));
  return out;
}

/// The same, of at most some 200 characters.
class ToText {
 public:
  template <class Plain>
  std::string operator()(const Plain& plain) const {
    std::string out;
    AppendJson{out}(plain);
    return out;
  }
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

void append_json(std::string& out, const Value& value) {
  std::visit(AppendJson{out}, value.data);
}

std::string to_text(const Value& value) {
  return std::visit(ToText{}, value.data);
}

}  // namespace rollcall::model
