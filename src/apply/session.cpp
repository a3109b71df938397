#include "apply/session.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "model/marker.hpp"

namespace rollcall::apply {
namespace {

using namespace std::chrono_literals;

// The server's job queue is quick as long as it is not far behind (0.2 to 0.5 s in the recordings).
constexpr auto kJobTakes = 10s;
constexpr auto kBetweenLooks = 200ms;

bool creates(plan::Verb verb) {
  return verb == plan::Verb::kCreate;
}

}  // namespace

Session::Session(const plan::Plan& the_plan, const model::RecordedEstate& before,
                 const model::Directory& the_directory, const Settings& the_settings,
                 const Environment& the_environment)
    : plan(the_plan),
      directory(the_directory),
      settings(the_settings),
      environment(the_environment),
      ids(the_plan, before),
      estate_(before) {
  for (const state::Intent& intent : settings.unresolved)
    if (const auto* put = std::get_if<state::PutUser>(&state::subject_of(intent));
        put != nullptr && creates(intent.verb) && !intent.nonce.empty())
      left_open_.emplace(put->object.ref, &intent);
}

void Session::end_phase() {
  estate_ = state::fold(std::move(estate_), facts_);
  facts_.clear();
  administrators.forget();
}

std::string Session::marker(std::string_view key, std::string_view nonce) const {
  return to_string(model::Marker{settings.lineage, std::string(key), std::string(nonce)});
}

std::string Session::nonce_for(const plan::Action& action) const {
  if (!creates(action.verb) || std::holds_alternative<plan::BotAction>(action.object)) return {};
  if (const auto* user = std::get_if<plan::UserAction>(&action.object))
    if (const state::Intent* open = left_open(user->ref)) return open->nonce;
  return make_nonce(environment.entropy);
}

const state::Intent* Session::left_open(model::UserRef user) const {
  const auto found = left_open_.find(user);
  return found == left_open_.end() ? nullptr : found->second;
}

state::Intent Session::intent_of(plan::ActionIndex action, const std::string& nonce) const {
  const plan::Action& planned = plan.actions[action];
  model::ServerId first_id = 0;
  if (creates(planned.verb) && std::holds_alternative<plan::AccountAction>(planned.object))
    first_id = ids.first_unknown<model::Account>();
  if (creates(planned.verb) && std::holds_alternative<plan::BotAction>(planned.object))
    first_id = ids.first_unknown<model::Bot>();
  return {planned.verb, nonce,
          state::changes_of(planned, {0, nonce, model::Provenance::kCreated}, estate_, directory), first_id,
          false};
}

Expected<void> Session::begin(plan::ActionIndex action, const std::string& nonce, bool accepted) {
  state::Intent intent = intent_of(action, nonce);
  intent.accepted = accepted;
  return environment.recorder.begin(action, std::move(intent));
}

Expected<void> Session::settle(plan::ActionIndex action, const std::vector<state::StateChange>& records) {
  keep(records);
  return environment.recorder.settle(action, records);
}

Expected<void> Session::record(const std::vector<state::StateChange>& records) {
  keep(records);
  return environment.recorder.note(records);
}

void Session::keep(const std::vector<state::StateChange>& records) {
  const std::scoped_lock lock(mutex_);
  facts_.insert(facts_.end(), records.begin(), records.end());
}

void Session::note(std::string text) {
  const std::scoped_lock lock(mutex_);
  if (noted_.insert(text).second) notes_.push_back(std::move(text));
}

void Session::check_later(model::AccountRef account) {
  const std::scoped_lock lock(mutex_);
  to_check_.insert(account);
}

void Session::took_administrator(model::AccountRef account) {
  const std::scoped_lock lock(mutex_);
  to_check_.insert(account);
  lost_administrators_.insert(account);
}

bool Session::has_taken_administrator(model::AccountRef account) const {
  const std::scoped_lock lock(mutex_);
  return lost_administrators_.contains(account);
}

std::vector<model::AccountRef> Session::accounts_to_check() const {
  return {to_check_.begin(), to_check_.end()};
}

void Session::accounts_seen(const observe::SeenAccounts& seen) {
  ids.accounts_exist_to(seen.seen_to);
  accounts_seen_to_ = seen.seen_to;
  if (seen.listing == model::AccountListing::kSearched) first_account_ = FirstAccount::kOpen;
}

std::unique_lock<std::mutex> Session::create_first_account_alone() {
  std::unique_lock lock(creating_accounts_);
  if (first_account_ == FirstAccount::kChecked) lock.unlock();
  return lock;
}

void Session::first_account_checked(model::ServerId seen_to) {
  first_account_ = seen_to == 0 ? FirstAccount::kRefused : FirstAccount::kChecked;
  accounts_seen_to_ = std::max(accounts_seen_to_, seen_to);
}

std::unique_lock<std::mutex> Session::create_bots_alone() {
  return std::unique_lock(creating_bots_);
}

ActionOutcome gone_or_pending(Session& session, const std::function<bool()>& is_gone) {
  if (session.await_deletion(is_gone)) return done();
  ActionOutcome pending =
      failed("The server has accepted the deletion, but not carried it out yet.",
             "Its background jobs are late or stopped. Apply again later: it looks at the server first.");
  pending.outcome = plan::Outcome::kUnknown;
  pending.accepted = true;
  return pending;
}

bool Session::await_deletion(const std::function<bool()>& is_done) {
  const auto until = environment.clock.ticks() + kJobTakes;
  if (look_until(until, is_done)) return true;
  if (environment.clock.ticks() < until) return false;
  const std::scoped_lock lock(mutex_);
  jobs_are_behind_ = true;
  return false;
}

void Session::deleted(model::ServerId account) {
  const std::scoped_lock lock(mutex_);
  deleted_accounts_.insert(account);
  last_deletion_ = environment.clock.ticks();
}

void Session::await_memberships(
    const std::function<bool(const std::set<model::ServerId>& accounts)>& is_settled) {
  std::set<model::ServerId> accounts;
  std::chrono::milliseconds last{};
  {
    const std::scoped_lock lock(mutex_);
    accounts = deleted_accounts_;
    last = last_deletion_;
  }
  look_until(last + kJobTakes, [&] { return is_settled(accounts); });
}

bool Session::look_until(std::chrono::milliseconds until, const std::function<bool()>& is_done) {
  const auto is_behind = [&] {
    const std::scoped_lock lock(mutex_);
    return jobs_are_behind_;
  };
  while (!is_done()) {
    if (stopping() || is_behind() || environment.clock.ticks() >= until) return false;
    environment.clock.sleep_for(kBetweenLooks);
  }
  return true;
}

}  // namespace rollcall::apply
