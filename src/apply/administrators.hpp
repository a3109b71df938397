#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "model/live.hpp"

namespace rollcall::apply {

/// Who is certain to be a member, and an administrator, of each account while administrators are being taken
/// away. Safe to use from any thread.
class AdministratorLedger {
 public:
  enum class Verdict {
    /// Another administrator remains, or there is no other member. The user is no longer counted from now
    /// on.
    kMayGo,
    /// The server says that the user is no administrator (any more): nothing to guard.
    kIsNone,
    /// There is no other member, if the removals that the server accepted took effect: it accepts every one.
    /// Read the members again, then ask again.
    kLookAgain,
    /// Other members would be left without a certain administrator.
    kIsLast,
  };

  /// Whether the account's members were asked for at `since` or later (ticks of the run's clock).
  [[nodiscard]] bool knows(model::ServerId account, std::chrono::milliseconds since) const;
  /// The members as they were asked for at `asked_at`; an older response that comes later is left out. Nobody
  /// who was let go counts once more.
  void learn(model::ServerId account, std::span<const model::LiveMember> members,
             std::chrono::milliseconds asked_at);

  /// Asks to take the administrator's role or membership away.
  Verdict ask(model::ServerId account, model::ServerId user);
  /// What was allowed did not happen: the user is an administrator still.
  void kept(model::ServerId account, model::ServerId user);
  /// The server accepted the end of a membership.
  void gone(model::ServerId account, model::ServerId user);
  /// It is unknown what role the user has, or whether a member at all: never counted as an administrator,
  /// always as a member.
  void uncertain(model::ServerId account, model::ServerId user);
  /// Forgets the members that were read, not what is uncertain: the next removal reads them again.
  void forget();
  /// What the members that were read say of one user; nothing: no member.
  [[nodiscard]] std::optional<model::LiveMember> seen(model::ServerId account, model::ServerId user) const;

 private:
  struct Account {
    std::optional<std::chrono::milliseconds> asked_at;
    std::map<model::ServerId, model::LiveMember> seen;
    std::set<model::ServerId> administrators;
    std::set<model::ServerId> members;
    std::set<model::ServerId> let_go;
    /// Whether somebody is no member any more by the server's word alone.
    bool is_unproven = false;
  };

  [[nodiscard]] bool is_alone(model::ServerId account, const Account& known, model::ServerId user) const;

  mutable std::mutex mutex_;
  std::map<model::ServerId, Account> accounts_;
  std::set<std::pair<model::ServerId, model::ServerId>> uncertain_;
};

}  // namespace rollcall::apply
