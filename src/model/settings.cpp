#include "model/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace rollcall::model {
namespace {

constexpr std::array<std::string_view, 12> kFieldNames = {
    "name",        "display_name", "locale",  "domain",   "support_email", "status",
    "description", "outgoing_url", "account", "features", "limits",        "custom_attributes"};

template <class Settings>
auto position(Settings& settings, const SettingName& name) {
  return std::lower_bound(
      settings.begin(), settings.end(), name,
      [](const Setting& setting, const SettingName& wanted) { return setting.name < wanted; });
}

}  // namespace

std::string_view field_name(Field field) {
  return kFieldNames.at(static_cast<std::size_t>(field));
}

std::optional<Field> parse_field(std::string_view name) {
  const auto found = std::find(kFieldNames.begin(), kFieldNames.end(), name);
  if (found == kFieldNames.end()) return std::nullopt;
  return static_cast<Field>(found - kFieldNames.begin());
}

std::string to_string(const SettingName& name) {
  return name.key.empty() ? std::string(field_name(name.field))
                          : fmt::format("{}.{}", field_name(name.field), name.key);
}

void SettingsPatch::set(SettingName name, Value value) {
  const auto at = position(settings_, name);
  if (at != settings_.end() && at->name == name)
    at->value = std::move(value);
  else
    settings_.insert(at, Setting{std::move(name), std::move(value)});
}

void SettingsPatch::set_all(std::vector<Setting> settings) {
  settings_.insert(settings_.end(), std::make_move_iterator(settings.begin()),
                   std::make_move_iterator(settings.end()));
  std::stable_sort(settings_.begin(), settings_.end(),
                   [](const Setting& a, const Setting& b) { return a.name < b.name; });
  // From the end, so that the last one stays.
  const auto first =
      std::unique(settings_.rbegin(), settings_.rend(), [](const Setting& a, const Setting& b) {
        return a.name == b.name;
      }).base();
  settings_.erase(settings_.begin(), first);
}

void SettingsPatch::erase(const SettingName& name) {
  const auto at = position(settings_, name);
  if (at != settings_.end() && at->name == name) settings_.erase(at);
}

const Value* SettingsPatch::find(const SettingName& name) const {
  const auto at = position(settings_, name);
  return at != settings_.end() && at->name == name ? &at->value : nullptr;
}

std::string SettingsPatch::text(Field field) const {
  const Value* value = find(field);
  const std::string* text = value == nullptr ? nullptr : value->text();
  return text == nullptr ? std::string() : *text;
}

std::optional<AccountRef> account_of(const SettingsPatch& bot, const Directory& directory) {
  const Value* value = bot.find(Field::kAccount);
  const std::string* key = value == nullptr ? nullptr : value->text();
  return key == nullptr ? std::nullopt : directory.accounts.find(*key);
}

std::vector<SettingChange> differences(const SettingsPatch& wanted, const SettingsPatch& recorded) {
  std::vector<SettingChange> changes;
  for (const Setting& setting : wanted) {
    const Value* before = recorded.find(setting.name);
    if (before != nullptr && *before == setting.value) continue;
    changes.push_back(
        {setting.name, before == nullptr ? std::nullopt : std::optional<Value>(*before), setting.value});
  }
  return changes;
}

Value live_value(const SettingsPatch& live, const SettingName& name) {
  if (const Value* value = live.find(name)) return *value;
  return name.field == Field::kFeatures ? Value(false) : Value();
}

std::vector<SettingChange> differences_from_live(const SettingsPatch& wanted, const SettingsPatch& live) {
  std::vector<SettingChange> changes;
  for (const Setting& setting : wanted) {
    Value before = live_value(live, setting.name);
    if (!(before == setting.value)) changes.push_back({setting.name, std::move(before), setting.value});
  }
  return changes;
}

}  // namespace rollcall::model
