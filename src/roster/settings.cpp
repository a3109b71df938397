#include "roster/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "roster/features.hpp"
#include "yaml/scalar.hpp"

namespace rollcall::roster {
namespace {

using model::Field;
using model::SettingName;
using model::Value;

constexpr std::array<std::string_view, 4> kLimits = {"agents", "inboxes", "captain_responses",
                                                     "captain_documents"};

std::optional<Value> read_value(Context& context, yaml::Node node, std::string_view what);

/// Only what both versions of YAML read alike.
std::optional<Value> read_scalar(Context& context, yaml::Node node, std::string_view what) {
  const std::string_view text = node.text();
  if (!node.is_plain()) return Value(std::string(text));
  switch (const yaml::Reading reading = yaml::reading_of(text); reading) {
    case yaml::Reading::kText:
      return Value(std::string(text));
    case yaml::Reading::kBoolean:
      if (const auto value = yaml::parse_boolean(text)) return Value(*value);
      break;
    case yaml::Reading::kNumber:
      if (const auto value = yaml::parse_whole_number(text)) return Value(*value);
      if (const auto value = yaml::parse_fraction(text)) return Value(*value);
      break;
    default:
      break;
  }
  context.problems.error(
      "R124", node.span(),
      fmt::format("`{}` can be read in more than one way as the value of {}", shown_value(text), what),
      fmt::format("put a string in quotes: \"{}\"; otherwise write true, false or a decimal number",
                  shown_value(text)));
  return std::nullopt;
}

std::optional<Value> read_mapping(Context& context, yaml::Node node, std::string_view what) {
  Value::Map map;
  bool good = true;
  node.each_entry([&](yaml::Node key, yaml::Node value) {
    const auto name = context.reader.free_key(key, fmt::format("a key of {}", what));
    auto read = read_value(context, value, what);
    good = good && name && read;
    if (name && read) map.push_back({std::string(*name), std::move(*read)});
  });
  if (!good) return std::nullopt;
  return Value(std::move(map));
}

std::optional<Value> read_value(Context& context, yaml::Node node, std::string_view what) {
  switch (node.kind()) {
    case yaml::Kind::kScalar:
      return read_scalar(context, node, what);
    case yaml::Kind::kMapping:
      return read_mapping(context, node, what);
    case yaml::Kind::kList: {
      Value::List list;
      bool good = true;
      node.each_item([&](yaml::Node item) {
        auto read = read_value(context, item, what);
        good = good && read;
        if (read) list.push_back(std::move(*read));
      });
      if (!good) return std::nullopt;
      return Value(std::move(list));
    }
    case yaml::Kind::kNull:
      break;
  }
  context.problems.error("R033", node.span(), fmt::format("null is not allowed inside {}", what),
                         "leave the entry out, or write a value");
  return std::nullopt;
}

}  // namespace

std::span<const std::string_view> limit_names() {
  return kLimits;
}

void read_features(Context& context, yaml::Node value, model::SettingsPatch& settings) {
  if (!context.reader.require(value, yaml::Kind::kMapping, "`features`")) return;
  std::vector<model::Setting> read;
  value.each_entry([&](yaml::Node key, yaml::Node on) {
    if (context.problems.is_full()) return;
    const auto flag = context.reader.free_key(key, "a feature's name");
    if (!flag) return;
    const auto known = known_features();
    const bool is_known = std::find(known.begin(), known.end(), *flag) != known.end();
    if (!is_known && !context.problems.leaves_out_warning()) {
      const auto near = context.near_flags.find(
          *flag, [&] { return std::vector<std::string>(known.begin(), known.end()); });
      context.problems.warning(
          "R120", key.span(),
          near ? fmt::format("Chatwoot 4.10 has no feature `{}`, did you mean `{}`?", shown_value(*flag),
                             *near)
               : fmt::format("Chatwoot 4.10 has no feature `{}`", shown_value(*flag)),
          "a server that does not know the feature answers 500 and changes none of the account's settings");
    }
    if (const auto is_on = context.reader.boolean(on, fmt::format("the feature `{}`", shown_value(*flag))))
      read.push_back({SettingName{Field::kFeatures, std::string(*flag)}, *is_on});
  });
  settings.set_all(std::move(read));
}

void read_limits(Context& context, yaml::Node value, model::SettingsPatch& settings) {
  if (!context.reader.require(value, yaml::Kind::kMapping, "`limits`")) return;
  value.each_entry([&](yaml::Node key, yaml::Node limit) {
    if (context.problems.is_full()) return;
    if (key.is_null()) return;
    const std::string name(key.text());
    if (std::find(kLimits.begin(), kLimits.end(), name) == kLimits.end())
      context.reader.unknown_key(key, "`limits`", {kLimits.begin(), kLimits.end()});
    else if (limit.is_null() && !limit.text().empty())
      settings.set(SettingName{Field::kLimits, name}, Value());
    else if (const auto number = context.reader.whole_number(limit, fmt::format("the limit `{}`", name)))
      settings.set(SettingName{Field::kLimits, name}, *number);
  });
}

void read_attributes(Context& context, yaml::Node value, bool null_allowed, model::SettingsPatch& settings) {
  if (!context.reader.require(value, yaml::Kind::kMapping, "`custom_attributes`")) return;
  std::vector<model::Setting> all;
  value.each_entry([&](yaml::Node key, yaml::Node attribute) {
    if (context.problems.is_full()) return;
    const auto name = context.reader.free_key(key, "the name of an attribute");
    if (!name) return;
    if (*name == model::kMarkerAttribute) {
      context.problems.error("R121", key.span(), "the attribute `rollcall` is reserved",
                             "Rollcall uses it to mark what it created; choose another name");
      return;
    }
    const std::string what = fmt::format("the attribute `{}`", shown_value(*name));
    if (attribute.is_null() && !attribute.text().empty()) {
      if (null_allowed)
        all.push_back({SettingName{Field::kCustomAttributes, std::string(*name)}, Value()});
      else
        context.problems.error(
            "R122", attribute.span(),
            fmt::format("{} is null, but the server cannot remove an attribute of a user", what),
            "leave it out, which leaves it alone, or write a value");
    } else if (attribute.is_null()) {
      context.reader.require(attribute, yaml::Kind::kScalar, what);
    } else if (auto read = read_value(context, attribute, what)) {
      all.push_back({SettingName{Field::kCustomAttributes, std::string(*name)}, std::move(*read)});
    }
  });
  settings.set_all(std::move(all));
}

}  // namespace rollcall::roster
