#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "apply/action_outcome.hpp"
#include "apply/administrators.hpp"
#include "apply/apply.hpp"
#include "apply/known_ids.hpp"
#include "apply/worker.hpp"
#include "observe/accounts.hpp"
#include "state/state_change.hpp"

namespace rollcall::apply {

/// What the workers of one run share. May be used from any thread, but for what is said to be between phases.
class Session {
 public:
  Session(const plan::Plan& the_plan, const model::RecordedEstate& before,
          const model::Directory& the_directory, const Settings& the_settings,
          const Environment& the_environment);

  const plan::Plan& plan;
  const model::Directory& directory;
  const Settings& settings;
  const Environment& environment;
  KnownIds ids;
  AdministratorLedger administrators;

  /// The record as it stood when the phase began.
  [[nodiscard]] const model::RecordedEstate& estate() const { return estate_; }
  /// Between phases: the record takes in what was recorded in this one, and members have to be read anew.
  void end_phase();

  /// The marker of what this run creates under `key`.
  [[nodiscard]] std::string marker(std::string_view key, std::string_view nonce) const;
  [[nodiscard]] bool stopping() const { return settings.stop.stop_requested(); }

  /// The nonce of a create that leaves a marker; empty for everything else. A user whose create an earlier
  /// run left unresolved keeps its nonce: asking again is how it is looked up.
  [[nodiscard]] std::string nonce_for(const plan::Action& action) const;
  /// Whether an earlier run began to create the user and has not learnt what became of it.
  [[nodiscard]] bool is_left_open(model::UserRef user) const { return left_open(user) != nullptr; }

  /// What the action is about to do, with `nonce` where a create leaves a marker.
  [[nodiscard]] state::Intent intent_of(plan::ActionIndex action, const std::string& nonce) const;
  /// Before the action is sent: what it is about to do, with `nonce` where a create leaves a marker. Once
  /// more, `accepted`, where the server has taken a deletion and was not seen to carry it out.
  Expected<void> begin(plan::ActionIndex action, const std::string& nonce, bool accepted = false);
  /// The action is over and known: with what is true now, or nothing where it failed.
  Expected<void> settle(plan::ActionIndex action, const std::vector<state::StateChange>& records);
  /// Hands facts beside an action's outcome to the recorder.
  Expected<void> record(const std::vector<state::StateChange>& records);

  /// A note for the reader of the summary; listed once, however often it is given.
  void note(std::string text);
  /// Between phases.
  [[nodiscard]] std::vector<std::string> notes() const { return notes_; }

  /// The members of this account have to be read after the third phase.
  void check_later(model::AccountRef account);
  /// So have those of an account that has lost an administrator by this run.
  void took_administrator(model::AccountRef account);
  [[nodiscard]] bool has_taken_administrator(model::AccountRef account) const;
  /// Between phases.
  [[nodiscard]] std::vector<model::AccountRef> accounts_to_check() const;

  /// What the search for unrecorded accounts has seen. Before the first account is created.
  void accounts_seen(const observe::SeenAccounts& seen);
  /// The id up to which accounts were listed or asked for; 0: none was. Between phases.
  [[nodiscard]] model::ServerId accounts_seen_to() const { return accounts_seen_to_; }
  /// Where ids had to be asked for, accounts are created one at a time until one of them has shown how far
  /// the ids go by now. The lock is not held where that is known.
  [[nodiscard]] std::unique_lock<std::mutex> create_first_account_alone();
  /// What a look below the first account has brought: every id up to `seen_to` has been asked for; 0: no
  /// other account may be created. The caller holds the lock.
  void first_account_checked(model::ServerId seen_to);
  /// The caller holds the lock.
  [[nodiscard]] bool may_create_accounts() const { return first_account_ != FirstAccount::kRefused; }

  /// One bot is created at a time: bots carry no marker, so a lost one is told from others only by not being
  /// known.
  [[nodiscard]] std::unique_lock<std::mutex> create_bots_alone();

  /// The server answers a deletion first and carries it out by a job a moment later. Looks until `is_done`,
  /// for ten seconds at most; once that was not enough the server's jobs are behind, and nobody waits any
  /// more. False: it is not done yet.
  bool await_deletion(const std::function<bool()>& is_done);
  /// The account is gone. Its memberships go a moment after it.
  void deleted(model::ServerId account);
  /// Looks until `is_settled`, which is told the accounts that this run has deleted: once, and for ten
  /// seconds after the last one of them has gone.
  void await_memberships(const std::function<bool(const std::set<model::ServerId>& accounts)>& is_settled);

 private:
  void keep(const std::vector<state::StateChange>& records);
  /// The create of the user that an earlier run began and whose outcome is unknown; nullptr: there is none.
  [[nodiscard]] const state::Intent* left_open(model::UserRef user) const;

  model::RecordedEstate estate_;
  std::unordered_map<model::UserRef, const state::Intent*> left_open_;
  std::mutex creating_bots_;
  std::mutex creating_accounts_;
  enum class FirstAccount : std::uint8_t { kChecked, kOpen, kRefused };
  FirstAccount first_account_ = FirstAccount::kChecked;
  model::ServerId accounts_seen_to_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> notes_;
  std::set<std::string> noted_;
  std::set<model::AccountRef> to_check_;
  std::set<model::AccountRef> lost_administrators_;
  /// Everything that was recorded in this phase.
  std::vector<state::StateChange> facts_;
  bool look_until(std::chrono::milliseconds until, const std::function<bool()>& is_done);

  std::set<model::ServerId> deleted_accounts_;
  std::chrono::milliseconds last_deletion_{};
  bool jobs_are_behind_ = false;
};

/// The end of a deletion that the server has accepted: done once `is_gone` shows it, unknown while its jobs
/// are behind.
ActionOutcome gone_or_pending(Session& session, const std::function<bool()>& is_gone);

/// They send what the action, which is about the object or grant, needs, and say what became of it. `nonce`
/// is the one of a create.
ActionOutcome apply_object(const plan::AccountAction& account, Session& session, Worker& worker,
                           const plan::Action& action, const std::string& nonce);
ActionOutcome apply_object(const plan::UserAction& user, Session& session, Worker& worker,
                           const plan::Action& action, const std::string& nonce);
ActionOutcome apply_object(const plan::BotAction& bot, Session& session, Worker& worker,
                           const plan::Action& action, const std::string& nonce);
ActionOutcome apply_object(const plan::GrantAction& grant, Session& session, Worker& worker,
                           const plan::Action& action, const std::string& nonce);

}  // namespace rollcall::apply
