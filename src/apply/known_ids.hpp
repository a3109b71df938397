#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "model/directory.hpp"
#include "model/recorded.hpp"
#include "plan/plan.hpp"

namespace rollcall::apply {

/// The server's ids of everything that is recorded, that the plan names, or that this run has created. May be
/// used from any thread.
class KnownIds {
 public:
  KnownIds(const plan::Plan& plan, const model::RecordedEstate& estate);

  [[nodiscard]] std::optional<model::ServerId> find(model::AccountRef account) const;
  [[nodiscard]] std::optional<model::ServerId> find(model::UserRef user) const;
  /// Of the account that the settings of a bot name.
  [[nodiscard]] std::optional<model::ServerId> account_of(const model::SettingsPatch& bot,
                                                          const model::Directory& directory) const;
  [[nodiscard]] std::optional<std::string> address_of(model::ServerId user,
                                                      const model::Directory& directory) const;
  [[nodiscard]] bool has_account(model::ServerId id) const;
  [[nodiscard]] bool has_bot(model::ServerId id) const;

  /// Takes note of an id that a response gave, unless something else of the kind has it: then its address
  /// comes back, and nothing is noted.
  std::optional<std::string> created(model::AccountRef account, model::ServerId id,
                                     const model::Directory& directory);
  std::optional<std::string> learn(model::UserRef user, model::ServerId id, bool created,
                                   const model::Directory& directory);
  std::optional<std::string> learn(model::BotRef bot, model::ServerId id, const model::Directory& directory);
  /// The account has this id under a key that the record may not know yet.
  void bound(model::AccountRef account, model::ServerId id);
  /// Whether this very run created it, so that it cannot have had members (or memberships) before.
  [[nodiscard]] bool is_new(model::AccountRef account) const;
  [[nodiscard]] bool is_new(model::UserRef user) const;

  /// One above every account id that was known before the run created any.
  [[nodiscard]] model::ServerId first_unknown_account() const { return first_unknown_account_; }
  /// Before the first account is created: ids up to this one exist already.
  void accounts_exist_to(model::ServerId id) {
    first_unknown_account_ = std::max(first_unknown_account_, id + 1);
  }
  /// The same for bots.
  [[nodiscard]] model::ServerId first_unknown_bot() const { return first_unknown_bot_; }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<model::AccountRef, model::ServerId> accounts_;
  std::unordered_map<model::UserRef, model::ServerId> users_;
  std::unordered_map<model::ServerId, model::UserRef> users_by_id_;
  std::map<model::ServerId, model::AccountRef> account_ids_;
  std::map<model::ServerId, model::BotRef> bot_ids_;
  std::set<model::AccountRef> new_accounts_;
  std::set<model::UserRef> new_users_;
  model::ServerId first_unknown_account_ = 1;
  model::ServerId first_unknown_bot_ = 1;
};

}  // namespace rollcall::apply
