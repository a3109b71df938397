#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apply/recovery.hpp"
#include "chatwoot/call_error.hpp"
#include "model/directory.hpp"
#include "state/state_change.hpp"

namespace rollcall::apply {

/// What a look at the server has told so far of the actions that earlier runs began, in facts and in words.
/// Of an action that was only intended there are words where the server shows it to be done, and otherwise
/// only of what could not be read.
class RecoveryLog {
 public:
  explicit RecoveryLog(const model::Directory& directory) : directory_(directory) {}

  void done(const state::Intent& intent);
  void not_done(const state::Intent& intent);
  /// A create that the server does not show. `what` was to be looked for in its console; `unseen` are ids
  /// that it may have.
  void not_seen(const state::Intent& intent, std::string_view what,
                const std::vector<model::ServerId>& unseen);
  /// What is gone or not for this token stays as it is recorded; what the server fails at stays open. Any
  /// other error says nothing of the one object but of everything else to come, and comes back.
  Expected<void> unreadable(const state::Intent& intent, const chatwoot::CallError& error);

  void note(const state::Intent& intent, std::string_view what);
  void fact(state::StateChange fact) { recovery_.facts.push_back(std::move(fact)); }
  void stays_open(const state::Intent& intent) { recovery_.open.push_back(intent); }

  [[nodiscard]] const std::vector<state::StateChange>& facts() const { return recovery_.facts; }
  Recovery take() && { return std::move(recovery_); }

 private:
  const model::Directory& directory_;
  Recovery recovery_;
  /// What was told to be unreadable, for the actions on it that were only intended.
  std::set<std::string> unread_;
};

}  // namespace rollcall::apply
