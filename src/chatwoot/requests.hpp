#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/entropy.hpp"
#include "base/secret.hpp"
#include "model/directory.hpp"
#include "model/live.hpp"
#include "model/settings.hpp"

namespace rollcall::chatwoot {

/// An id as a request has it: the server's, or, where only a run will get to know that, the address of what
/// it belongs to, such as {accounts.desk}. A request that is sent has the server's.
class RequestId {
 public:
  RequestId(model::ServerId id) : id_(id) {}  // NOLINT(google-explicit-constructor)
  static RequestId of(const std::string& address);

  [[nodiscard]] std::string text() const;
  /// A number, or a string.
  [[nodiscard]] model::Value value() const;
  bool operator==(const RequestId&) const = default;

 private:
  model::ServerId id_ = 0;
  /// Empty where the id is known.
  std::string address_;
};

/// An account is created with name and marker only: the server commits it before it can fail on anything
/// else.
struct NewAccount {
  std::string name;
  std::string marker;
};

/// What one PATCH of an account sends. `plain` holds name, locale, domain, support_email, status and the
/// features that change. The server replaces limits and custom_attributes whole, so they are here whole or
/// not at all.
struct AccountPatch {
  model::SettingsPatch plain;
  std::optional<model::Value::Map> limits;
  /// With the marker.
  std::optional<model::Value::Map> custom_attributes;

  [[nodiscard]] bool empty() const { return plain.empty() && !limits && !custom_attributes; }
};

/// The PATCH that makes `changes` on the account as it was just read: only sections that change, limits and
/// custom_attributes merged into what the server has. Nothing in `marker`: the account's own marker stays.
AccountPatch account_patch(const model::LiveAccount& live, const std::vector<model::SettingChange>& changes,
                           const std::optional<std::string>& marker = std::nullopt);

/// For an address that exists the server ignores all of it and answers the existing user, who then becomes
/// permitted to the token: only a response that shows `marker` is a user whom this request created.
struct NewUser {
  std::string email;
  /// name, display_name and custom_attributes.
  model::SettingsPatch settings;
  std::string marker;
  Secret password;
};

/// The server merges custom_attributes key by key and can remove none, so only those that change are here.
struct UserPatch {
  std::optional<std::string> email;
  model::SettingsPatch settings;
  std::optional<std::string> marker;

  [[nodiscard]] bool empty() const { return !email && settings.empty() && !marker; }
};

UserPatch user_patch(const std::vector<model::SettingChange>& changes);

/// A bot to create, or what of it changes: name, description, outgoing_url; the account by the server's id.
/// Field::kAccount of `settings` is not looked at.
struct BotSettings {
  model::SettingsPatch settings;
  std::optional<RequestId> account_id;

  [[nodiscard]] bool empty() const { return settings.empty() && !account_id; }
};

/// What of `wanted` a response does not show; `before` is what it shows. outgoing_url and account are left
/// out: the server answers a bot's name as its outgoing_url, and the account is LiveBot::account_id.
std::vector<model::SettingChange> not_shown(const model::SettingsPatch& wanted,
                                            const model::SettingsPatch& answered);

/// 32 characters with at least one upper-case and lower-case letter, digit and special character, as the
/// server demands (users.post_password_* of the recordings). Never stored or shown.
Secret one_time_password(Entropy& entropy);

}  // namespace rollcall::chatwoot
