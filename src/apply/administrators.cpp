#include "apply/administrators.hpp"

#include <algorithm>
#include <limits>

namespace rollcall::apply {

bool AdministratorLedger::knows(model::ServerId account, std::chrono::milliseconds since) const {
  const std::scoped_lock lock(mutex_);
  const auto known = accounts_.find(account);
  return known != accounts_.end() && known->second.asked_at && *known->second.asked_at >= since;
}

void AdministratorLedger::learn(model::ServerId account, std::span<const model::LiveMember> members,
                                std::chrono::milliseconds asked_at) {
  const std::scoped_lock lock(mutex_);
  Account& known = accounts_[account];
  if (known.asked_at && asked_at < *known.asked_at) return;
  known.asked_at = asked_at;
  known.seen.clear();
  known.members.clear();
  known.administrators.clear();
  known.is_unproven = false;
  for (const model::LiveMember& member : members) {
    known.seen.emplace(member.user_id, member);
    known.members.insert(member.user_id);
    if (member.role == model::Role::kAdministrator && !known.let_go.contains(member.user_id))
      known.administrators.insert(member.user_id);
  }
}

AdministratorLedger::Verdict AdministratorLedger::ask(model::ServerId account, model::ServerId user) {
  const std::scoped_lock lock(mutex_);
  Account& known = accounts_[account];
  if (!known.administrators.contains(user) && !uncertain_.contains({account, user})) return Verdict::kIsNone;
  const bool another = std::any_of(known.administrators.begin(), known.administrators.end(), [&](auto other) {
    return other != user && !uncertain_.contains({account, other});
  });
  if (!another && !is_alone(account, known, user)) return Verdict::kIsLast;
  if (!another && known.is_unproven) return Verdict::kLookAgain;
  known.administrators.erase(user);
  known.let_go.insert(user);
  return Verdict::kMayGo;
}

bool AdministratorLedger::is_alone(model::ServerId account, const Account& known,
                                   model::ServerId user) const {
  auto uncertain = uncertain_.lower_bound({account, std::numeric_limits<model::ServerId>::min()});
  if (uncertain != uncertain_.end() && *uncertain == std::pair(account, user)) ++uncertain;
  const bool others_of_account = uncertain != uncertain_.end() && uncertain->first == account;
  return !others_of_account &&
         std::all_of(known.members.begin(), known.members.end(), [&](auto other) { return other == user; });
}

void AdministratorLedger::kept(model::ServerId account, model::ServerId user) {
  const std::scoped_lock lock(mutex_);
  Account& known = accounts_[account];
  known.administrators.insert(user);
  known.let_go.erase(user);
}

void AdministratorLedger::gone(model::ServerId account, model::ServerId user) {
  const std::scoped_lock lock(mutex_);
  accounts_[account].members.erase(user);
  accounts_[account].is_unproven = true;
}

void AdministratorLedger::uncertain(model::ServerId account, model::ServerId user) {
  const std::scoped_lock lock(mutex_);
  uncertain_.emplace(account, user);
}

void AdministratorLedger::forget() {
  const std::scoped_lock lock(mutex_);
  accounts_.clear();
}

std::optional<model::LiveMember> AdministratorLedger::seen(model::ServerId account,
                                                           model::ServerId user) const {
  const std::scoped_lock lock(mutex_);
  const auto known = accounts_.find(account);
  if (known == accounts_.end()) return std::nullopt;
  const auto member = known->second.seen.find(user);
  if (member == known->second.seen.end()) return std::nullopt;
  return member->second;
}

}  // namespace rollcall::apply
