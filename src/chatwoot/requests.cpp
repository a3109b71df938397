#include "chatwoot/requests.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace rollcall::chatwoot {
namespace {

using model::Field;
using model::Value;

/// A section of the response as a whole, to be changed and sent back.
Value::Map section_of(const model::SettingsPatch& live, Field field) {
  Value::Map section;
  for (const model::Setting& setting : live)
    if (setting.name.field == field) section.push_back({setting.name.key, setting.value});
  return section;
}

void put(Value::Map& section, const std::string& key, const Value& value) {
  std::erase_if(section, [&](const model::Member& member) { return member.key == key; });
  if (!value.is_null()) section.push_back({key, value});
}

void sort_by_key(Value::Map& section) {
  std::sort(section.begin(), section.end(),
            [](const model::Member& a, const model::Member& b) { return a.key < b.key; });
}

}  // namespace

RequestId RequestId::of(const std::string& address) {
  RequestId id(0);
  id.address_ = fmt::format("{{{}}}", address);
  return id;
}

std::string RequestId::text() const {
  return address_.empty() ? std::to_string(id_) : address_;
}

model::Value RequestId::value() const {
  return address_.empty() ? model::Value(id_) : model::Value(address_);
}

AccountPatch account_patch(const model::LiveAccount& live, const std::vector<model::SettingChange>& changes,
                           const std::optional<std::string>& marker) {
  AccountPatch patch;
  const auto open = [&](std::optional<Value::Map>& section, Field field) -> Value::Map& {
    if (!section) section = section_of(live.settings, field);
    return *section;
  };
  for (const model::SettingChange& change : changes) {
    if (change.name.field == Field::kLimits)
      put(open(patch.limits, Field::kLimits), change.name.key, change.after);
    else if (change.name.field == Field::kCustomAttributes)
      put(open(patch.custom_attributes, Field::kCustomAttributes), change.name.key, change.after);
    else
      patch.plain.set(change.name, change.after);
  }
  if (marker || patch.custom_attributes) {
    const std::optional<std::string>& kept = marker ? marker : live.marker;
    Value::Map& attributes = open(patch.custom_attributes, Field::kCustomAttributes);
    if (kept) put(attributes, std::string(model::kMarkerAttribute), *kept);
    sort_by_key(attributes);
  }
  if (patch.limits) sort_by_key(*patch.limits);
  return patch;
}

UserPatch user_patch(const std::vector<model::SettingChange>& changes) {
  UserPatch patch;
  for (const model::SettingChange& change : changes) patch.settings.set(change.name, change.after);
  return patch;
}

std::vector<model::SettingChange> not_shown(const model::SettingsPatch& wanted,
                                            const model::SettingsPatch& answered) {
  auto missing = model::differences_from_live(wanted, answered);
  std::erase_if(missing, [](const model::SettingChange& change) {
    return change.name.field == Field::kOutgoingUrl || change.name.field == Field::kAccount;
  });
  return missing;
}

Secret one_time_password(Entropy& entropy) {
  constexpr std::size_t kLength = 32;
  // Without characters that a shell, a quote or a wrapped line could mangle; all are among those the server
  // takes.
  constexpr std::array<std::string_view, 4> kClasses = {
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789", "!#%*+-_=?.@^~"};
  std::string all;
  std::string password;
  for (const std::string_view one : kClasses) {
    all += one;
    password += one[random_below(entropy, one.size())];
  }
  while (password.size() < kLength) password += all[random_below(entropy, all.size())];
  for (std::size_t i = password.size() - 1; i > 0; --i)
    std::swap(password[i], password[random_below(entropy, i + 1)]);
  return Secret(std::move(password));
}

}  // namespace rollcall::chatwoot
