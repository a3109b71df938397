#include "apply/known_ids.hpp"

#include <variant>

#include "model/address.hpp"

namespace rollcall::apply {

KnownIds::KnownIds(const plan::Plan& plan, const model::RecordedEstate& estate) {
  for (const model::RecordedAccount& account : estate.accounts) {
    accounts_[account.ref] = account.id;
    account_ids_[account.id] = account.ref;
  }
  for (const model::RecordedUser& user : estate.users) {
    users_[user.ref] = user.id;
    users_by_id_[user.id] = user.ref;
  }
  for (const model::RecordedBot& bot : estate.bots) bot_ids_[bot.id] = bot.ref;
  // What the plan binds or moves has an id under its new key, too.
  for (const plan::Action& action : plan.actions) {
    if (const auto* account = std::get_if<plan::AccountAction>(&action.object); account && account->id) {
      accounts_[account->ref] = *account->id;
      account_ids_[*account->id] = account->ref;
    }
    if (const auto* user = std::get_if<plan::UserAction>(&action.object); user && user->id) {
      users_[user->ref] = *user->id;
      users_by_id_[*user->id] = user->ref;
    }
    if (const auto* bot = std::get_if<plan::BotAction>(&action.object); bot && bot->id)
      bot_ids_[*bot->id] = bot->ref;
  }
  if (!account_ids_.empty()) first_unknown_account_ = account_ids_.rbegin()->first + 1;
  if (!bot_ids_.empty()) first_unknown_bot_ = bot_ids_.rbegin()->first + 1;
}

std::optional<model::ServerId> KnownIds::find(model::AccountRef account) const {
  const std::scoped_lock lock(mutex_);
  const auto found = accounts_.find(account);
  return found == accounts_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<model::ServerId> KnownIds::find(model::UserRef user) const {
  const std::scoped_lock lock(mutex_);
  const auto found = users_.find(user);
  return found == users_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<model::ServerId> KnownIds::account_of(const model::SettingsPatch& bot,
                                                    const model::Directory& directory) const {
  const auto account = model::account_of(bot, directory);
  return account ? find(*account) : std::nullopt;
}

std::optional<std::string> KnownIds::address_of(model::ServerId user,
                                                const model::Directory& directory) const {
  const std::scoped_lock lock(mutex_);
  const auto found = users_by_id_.find(user);
  return found == users_by_id_.end() ? std::nullopt : std::optional(directory.key(found->second));
}

bool KnownIds::has_account(model::ServerId id) const {
  const std::scoped_lock lock(mutex_);
  return account_ids_.contains(id);
}

bool KnownIds::has_bot(model::ServerId id) const {
  const std::scoped_lock lock(mutex_);
  return bot_ids_.contains(id);
}

std::optional<std::string> KnownIds::created(model::AccountRef account, model::ServerId id,
                                             const model::Directory& directory) {
  const std::scoped_lock lock(mutex_);
  const auto [at, is_free] = account_ids_.try_emplace(id, account);
  if (!is_free && at->second != account) return model::address_of(at->second, directory);
  accounts_[account] = id;
  new_accounts_.insert(account);
  return std::nullopt;
}

void KnownIds::bound(model::AccountRef account, model::ServerId id) {
  const std::scoped_lock lock(mutex_);
  accounts_.try_emplace(account, id);
}

std::optional<std::string> KnownIds::learn(model::UserRef user, model::ServerId id, bool created,
                                           const model::Directory& directory) {
  const std::scoped_lock lock(mutex_);
  const auto [at, is_free] = users_by_id_.try_emplace(id, user);
  if (!is_free && at->second != user) return model::address_of(at->second, directory);
  users_[user] = id;
  if (created) new_users_.insert(user);
  return std::nullopt;
}

std::optional<std::string> KnownIds::learn(model::BotRef bot, model::ServerId id,
                                           const model::Directory& directory) {
  const std::scoped_lock lock(mutex_);
  const auto [at, is_free] = bot_ids_.try_emplace(id, bot);
  if (is_free || at->second == bot) return std::nullopt;
  return model::address_of(at->second, directory);
}

bool KnownIds::is_new(model::AccountRef account) const {
  const std::scoped_lock lock(mutex_);
  return new_accounts_.contains(account);
}

bool KnownIds::is_new(model::UserRef user) const {
  const std::scoped_lock lock(mutex_);
  return new_users_.contains(user);
}

}  // namespace rollcall::apply
