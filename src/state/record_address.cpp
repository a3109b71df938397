#include <algorithm>
#include <variant>

#include "model/address.hpp"
#include "state/state_change.hpp"

namespace rollcall::state {
namespace {

struct AddressOf {
  const model::Directory& directory;

  std::string operator()(const PutAccount& put) const { return of(put.account.account); }
  std::string operator()(const DropAccount& drop) const { return of(drop.account); }
  std::string operator()(const MoveAccount& move) const { return of(move.to); }
  std::string operator()(const PutUser& put) const { return of(put.user.user); }
  std::string operator()(const DropUser& drop) const { return of(drop.user); }
  std::string operator()(const MoveUser& move) const { return of(move.to); }
  std::string operator()(const PutBot& put) const { return of(put.bot.bot); }
  std::string operator()(const DropBot& drop) const { return of(drop.bot); }
  std::string operator()(const MoveBot& move) const { return of(move.to); }
  std::string operator()(const PutGrant& put) const { return of(put.grant.account, put.grant.user); }
  std::string operator()(const DropGrant& drop) const { return of(drop.account, drop.user); }
  std::string operator()(const PutUnlisted& put) const { return of(put.account); }
  std::string operator()(const DropUnlisted& drop) const { return of(drop.account); }
  // No intent is about it.
  std::string operator()(const PutAccountsSeenTo&) const { return {}; }

  [[nodiscard]] std::string of(model::AccountRef account) const {
    return model::account_address(directory.key(account));
  }
  [[nodiscard]] std::string of(model::UserRef user) const { return model::user_address(directory.key(user)); }
  [[nodiscard]] std::string of(model::BotRef bot) const { return model::bot_address(directory.key(bot)); }
  [[nodiscard]] std::string of(model::AccountRef account, model::UserRef user) const {
    return model::grant_address(directory.key(account), directory.key(user));
  }
};

bool is_note(const StateChange& record) {
  return std::holds_alternative<PutUnlisted>(record) || std::holds_alternative<DropUnlisted>(record);
}

}  // namespace

const StateChange& subject_of(const Intent& intent) {
  const auto last = std::find_if_not(intent.facts.rbegin(), intent.facts.rend(), is_note);
  return last == intent.facts.rend() ? intent.facts.front() : *last;
}

bool creates_user(const Intent& intent) {
  return intent.verb == plan::Verb::kCreate && std::holds_alternative<PutUser>(subject_of(intent));
}

std::string address_of(const Intent& intent, const model::Directory& directory) {
  return std::visit(AddressOf{directory}, subject_of(intent));
}

}  // namespace rollcall::state
