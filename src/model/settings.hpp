#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/directory.hpp"
#include "model/value.hpp"

namespace rollcall::model {

/// The settings of accounts, users and bots, in the order in which they are shown.
enum class Field : std::uint8_t {
  kName,
  kDisplayName,
  kLocale,
  kDomain,
  kSupportEmail,
  kStatus,
  kDescription,
  kOutgoingUrl,
  kAccount,
  kFeatures,
  kLimits,
  kCustomAttributes,
};

/// The word of the roster, the state and (except kAccount) the server, such as "support_email".
std::string_view field_name(Field field);
std::optional<Field> parse_field(std::string_view name);

/// features, limits and custom_attributes are managed key by key.
constexpr bool is_keyed(Field field) {
  return field >= Field::kFeatures;
}

/// The custom attribute in which Rollcall marks what it created; no roster may name it.
constexpr std::string_view kMarkerAttribute = "rollcall";

/// The `status` of an account that is closed for everybody.
constexpr std::string_view kSuspended = "suspended";

/// One managed setting: a field, and a key where the field is managed key by key.
struct SettingName {
  Field field = Field::kName;
  std::string key;

  bool operator==(const SettingName&) const = default;
  auto operator<=>(const SettingName&) const = default;
};

/// "name", "features.macros".
std::string to_string(const SettingName& name);

struct Setting {
  SettingName name;
  Value value;

  bool operator==(const Setting&) const = default;
};

/// The managed settings, sorted by name; what is absent is not managed.
/// A null value says that the key is to be, or is known to be, absent on the server.
class SettingsPatch {
 public:
  void set(SettingName name, Value value);
  void set(Field field, Value value) { set(SettingName{field, {}}, std::move(value)); }
  /// Many at once; of equal names the last one counts.
  void set_all(std::vector<Setting> settings);
  void erase(const SettingName& name);
  [[nodiscard]] const Value* find(const SettingName& name) const;
  [[nodiscard]] const Value* find(Field field) const { return find(SettingName{field, {}}); }
  /// The text of a plain field, or an empty one.
  [[nodiscard]] std::string text(Field field) const;

  [[nodiscard]] auto begin() const { return settings_.begin(); }
  [[nodiscard]] auto end() const { return settings_.end(); }
  [[nodiscard]] bool empty() const { return settings_.empty(); }
  [[nodiscard]] std::size_t size() const { return settings_.size(); }

  bool operator==(const SettingsPatch&) const = default;

 private:
  std::vector<Setting> settings_;
};

/// One setting that is to change. Nothing in `before`: not recorded (or, where the object is bound, not known
/// yet). Null in either: absent on the server.
struct SettingChange {
  SettingName name;
  std::optional<Value> before;
  Value after;

  bool operator==(const SettingChange&) const = default;
};

/// The account that the settings of a bot name by its key; nothing where they name none that anybody knows.
std::optional<AccountRef> account_of(const SettingsPatch& bot, const Directory& directory);

/// What of `wanted` differs from what was recorded, in the order of names.
std::vector<SettingChange> differences(const SettingsPatch& wanted, const SettingsPatch& recorded);

/// What the server says of one setting: a feature that it does not name is off (false), any other absence is
/// null (accounts.* of the recordings: answers name only the features that are on).
Value live_value(const SettingsPatch& live, const SettingName& name);

/// What of `wanted` differs from what the server says; `before` is always there.
std::vector<SettingChange> differences_from_live(const SettingsPatch& wanted, const SettingsPatch& live);

}  // namespace rollcall::model
