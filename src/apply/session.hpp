#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "apply/administrators.hpp"
#include "apply/apply.hpp"
#include "chatwoot/client.hpp"
#include "state/record.hpp"

namespace rollcall::apply {

/// Watches a worker's answers for writes that were sent more than once.
class Witness final : public http::Transport {
 public:
  explicit Witness(std::unique_ptr<http::Transport> inner) : inner_(std::move(inner)) {}
  tl::expected<http::Response, http::TransportError> send(const http::Request& request) override;
  /// Whether a request since the last call was repeated after an attempt of which nobody knows the end.
  bool take_repeated();

 private:
  std::unique_ptr<http::Transport> inner_;
  bool repeated_ = false;
};

/// One connection and the client that speaks over it. Used by one thread at a time.
struct Worker {
  explicit Worker(std::unique_ptr<http::Transport> transport)
      : witness(std::move(transport)), client(witness) {}
  Witness witness;
  chatwoot::Client client;
};

/// What became of one action.
struct Finding {
  plan::Outcome outcome = plan::Outcome::kDone;
  Error error;
  /// Ends the run.
  std::optional<Error> fatal;
  /// For the record, where the outcome is a success.
  state::Learnt learnt;
  /// A revocation that was accepted: only its account's members can tell whether it holds.
  bool to_be_checked = false;
};

Finding done(state::Learnt learnt = {});
Finding already_so(state::Learnt learnt = {});
Finding failed(std::string message, std::string hint);
Finding failed(Error error);
/// Failed or unknown as the error says, fatal where nothing else can work either, not started where a stop
/// came first.
Finding finding_of(const chatwoot::CallError& error);
/// Unknown, and the run is over: going on could create a thing twice.
Finding unknown_and_over(Error error);

/// The server's ids of everything that is recorded, that the plan names, or that this run has created. May be
/// used from any thread.
class KnownIds {
 public:
  KnownIds(const plan::Plan& plan, const model::RecordedEstate& estate);

  [[nodiscard]] std::optional<model::ServerId> find(model::AccountRef account) const;
  [[nodiscard]] std::optional<model::ServerId> find(model::UserRef user) const;
  [[nodiscard]] std::optional<std::string> address_of(model::ServerId user,
                                                      const model::Directory& directory) const;
  [[nodiscard]] bool has_account(model::ServerId id) const;
  [[nodiscard]] bool has_bot(model::ServerId id) const;

  /// Takes note of an id that an answer gave, unless something else of the kind has it: then its address
  /// comes back, and nothing is noted.
  std::optional<std::string> created(model::AccountRef account, model::ServerId id,
                                     const model::Directory& directory);
  std::optional<std::string> learn(model::UserRef user, model::ServerId id, bool created,
                                   const model::Directory& directory);
  std::optional<std::string> learn(model::BotRef bot, model::ServerId id, const model::Directory& directory);
  /// Whether this very run created it, so that it cannot have had members (or memberships) before.
  [[nodiscard]] bool is_new(model::AccountRef account) const;
  [[nodiscard]] bool is_new(model::UserRef user) const;

  /// One above every account id that was known before the run.
  [[nodiscard]] model::ServerId first_unknown_account() const { return first_unknown_account_; }
  /// The same for bots.
  [[nodiscard]] model::ServerId first_unknown_bot() const { return first_unknown_bot_; }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<model::AccountRef, model::ServerId> accounts_;
  std::unordered_map<model::UserRef, model::ServerId> users_;
  std::unordered_map<model::ServerId, model::UserRef> people_;
  std::map<model::ServerId, model::AccountRef> account_ids_;
  std::map<model::ServerId, model::BotRef> bot_ids_;
  std::set<model::AccountRef> new_accounts_;
  std::set<model::UserRef> new_users_;
  model::ServerId first_unknown_account_ = 1;
  model::ServerId first_unknown_bot_ = 1;
};

/// What the workers of one run share.
struct Session {
  Session(const plan::Plan& the_plan, const model::RecordedEstate& before,
          const model::Directory& the_directory, const Settings& the_settings,
          const Environment& the_environment);

  /// LINEAGE/KEY/NONCE
  [[nodiscard]] std::string marker(std::string_view key, std::string_view nonce) const;
  [[nodiscard]] bool stopping() const { return settings.stop.stop_requested(); }
  void note(std::string text);

  const plan::Plan& plan;
  const model::Directory& directory;
  const Settings& settings;
  const Environment& environment;
  /// The record as it stood when the wave began; changes only between waves.
  model::RecordedEstate estate;
  KnownIds ids;
  AdministratorLedger administrators;
  /// One bot is created at a time: bots carry no marker, so a lost one is told from others only by not being
  /// known.
  std::mutex creating_bots;

  std::mutex mutex;
  std::vector<std::string> notes;
  /// Accounts whose members have to be read after the third wave.
  std::set<model::AccountRef> to_check;
  /// Accounts that this run deleted, and until when (by the clock's ticks) the server may need to be done
  /// with it: it answers first and deletes later.
  std::set<model::ServerId> deleted_accounts;
  std::chrono::milliseconds deleting_until{0};
  /// Everything that was recorded in this wave.
  std::vector<state::Record> facts;

  /// The nonce of a create that leaves a marker; empty for everything else. A person whose create an earlier
  /// run left unresolved keeps its nonce: asking again is how it is looked up.
  [[nodiscard]] std::string nonce_for(const plan::Action& action) const;
  /// Before the action is sent: what it is about to do, with `nonce` where a create leaves a marker.
  Expected<void> begin(plan::ActionIndex action, const std::string& nonce);
  /// The action is over and known: with what is true now, or nothing where it failed.
  Expected<void> settle(plan::ActionIndex action, const std::vector<state::Record>& records);
  /// Hands facts beside an action's outcome to the recorder.
  Expected<void> record(const std::vector<state::Record>& records);

 private:
  void keep(const std::vector<state::Record>& records);
};

/// The actions of each kind of object. They send what the action needs and say what became of it.
/// `nonce` is the one of a create.
Finding apply_account(Session& session, Worker& worker, const plan::Action& action, const std::string& nonce);
Finding apply_user(Session& session, Worker& worker, const plan::Action& action, const std::string& nonce);
Finding apply_bot(Session& session, Worker& worker, const plan::Action& action);
Finding apply_grant(Session& session, Worker& worker, const plan::Action& action);

}  // namespace rollcall::apply
