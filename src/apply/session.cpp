#include "apply/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace rollcall::apply {

tl::expected<http::Response, http::TransportError> Witness::send(const http::Request& request) {
  auto answer = inner_->send(request);
  repeated_ = repeated_ || (answer && answer->earlier_attempt_unknown);
  return answer;
}

bool Witness::take_repeated() {
  return std::exchange(repeated_, false);
}

Finding done(state::Learnt learnt) {
  Finding finding;
  finding.learnt = std::move(learnt);
  return finding;
}

Finding already_so(state::Learnt learnt) {
  Finding finding = done(std::move(learnt));
  finding.outcome = plan::Outcome::kAlreadySo;
  return finding;
}

Finding failed(std::string message, std::string hint) {
  return failed(Error{std::move(message), std::move(hint)});
}

Finding failed(Error error) {
  Finding finding;
  finding.outcome = plan::Outcome::kFailed;
  finding.error = std::move(error);
  return finding;
}

Finding finding_of(const chatwoot::CallError& error) {
  Finding finding = failed(chatwoot::to_error(error));
  const bool stopped = error.failure == http::Failure::kStopped;
  if (error.unknown_outcome)
    finding.outcome = plan::Outcome::kUnknown;
  else if (stopped)
    finding.outcome = plan::Outcome::kNotStarted;
  if (chatwoot::is_fatal(error) && !stopped) finding.fatal = finding.error;
  return finding;
}

Finding unknown_and_over(Error error) {
  Finding finding = failed(error);
  finding.outcome = plan::Outcome::kUnknown;
  finding.fatal = std::move(error);
  return finding;
}

KnownIds::KnownIds(const plan::Plan& plan, const model::RecordedEstate& estate) {
  for (const model::RecordedAccount& account : estate.accounts) {
    accounts_[account.account] = account.id;
    account_ids_[account.id] = account.account;
  }
  for (const model::RecordedUser& user : estate.users) {
    users_[user.user] = user.id;
    people_[user.id] = user.user;
  }
  for (const model::RecordedBot& bot : estate.bots) bot_ids_[bot.id] = bot.bot;
  // What the plan binds or moves has an id under its new key, too.
  for (const plan::Action& action : plan.actions) {
    if (const auto* account = std::get_if<plan::AccountAction>(&action.object); account && account->id) {
      accounts_[account->account] = *account->id;
      account_ids_[*account->id] = account->account;
    }
    if (const auto* user = std::get_if<plan::UserAction>(&action.object); user && user->id) {
      users_[user->user] = *user->id;
      people_[*user->id] = user->user;
    }
    if (const auto* bot = std::get_if<plan::BotAction>(&action.object); bot && bot->id)
      bot_ids_[*bot->id] = bot->bot;
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

std::optional<std::string> KnownIds::address_of(model::ServerId user,
                                                const model::Directory& directory) const {
  const std::scoped_lock lock(mutex_);
  const auto found = people_.find(user);
  return found == people_.end() ? std::nullopt : std::optional(directory.key(found->second));
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
  if (!is_free && at->second != account) return model::account_address(directory.key(at->second));
  accounts_[account] = id;
  new_accounts_.insert(account);
  return std::nullopt;
}

std::optional<std::string> KnownIds::learn(model::UserRef user, model::ServerId id, bool created,
                                           const model::Directory& directory) {
  const std::scoped_lock lock(mutex_);
  const auto [at, is_free] = people_.try_emplace(id, user);
  if (!is_free && at->second != user) return model::user_address(directory.key(at->second));
  users_[user] = id;
  if (created) new_users_.insert(user);
  return std::nullopt;
}

std::optional<std::string> KnownIds::learn(model::BotRef bot, model::ServerId id,
                                           const model::Directory& directory) {
  const std::scoped_lock lock(mutex_);
  const auto [at, is_free] = bot_ids_.try_emplace(id, bot);
  if (is_free || at->second == bot) return std::nullopt;
  return model::bot_address(directory.key(at->second));
}

bool KnownIds::is_new(model::AccountRef account) const {
  const std::scoped_lock lock(mutex_);
  return new_accounts_.contains(account);
}

bool KnownIds::is_new(model::UserRef user) const {
  const std::scoped_lock lock(mutex_);
  return new_users_.contains(user);
}

Session::Session(const plan::Plan& the_plan, const model::RecordedEstate& before,
                 const model::Directory& the_directory, const Settings& the_settings,
                 const Environment& the_environment)
    : plan(the_plan),
      directory(the_directory),
      settings(the_settings),
      environment(the_environment),
      estate(before),
      ids(the_plan, before) {}

std::string Session::marker(std::string_view key, std::string_view nonce) const {
  return fmt::format("{}/{}/{}", settings.lineage, key, nonce);
}

void Session::note(std::string text) {
  const std::scoped_lock lock(mutex);
  if (std::find(notes.begin(), notes.end(), text) == notes.end()) notes.push_back(std::move(text));
}

std::string Session::nonce_for(const plan::Action& action) const {
  const auto* user = std::get_if<plan::UserAction>(&action.object);
  if (action.verb != plan::Verb::kCreate || std::holds_alternative<plan::BotAction>(action.object)) return {};
  if (user != nullptr)
    for (const state::Intent& intent : settings.unresolved)
      if (const auto* put = std::get_if<state::PutUser>(&state::subject_of(intent));
          put != nullptr && put->user.user == user->user && !intent.nonce.empty())
        return intent.nonce;
  return make_nonce(environment.entropy);
}

Expected<void> Session::begin(plan::ActionIndex action, const std::string& nonce) {
  const plan::Action& planned = plan.actions[action];
  model::ServerId first_id = 0;
  if (planned.verb == plan::Verb::kCreate && std::holds_alternative<plan::AccountAction>(planned.object))
    first_id = ids.first_unknown_account();
  if (planned.verb == plan::Verb::kCreate && std::holds_alternative<plan::BotAction>(planned.object))
    first_id = ids.first_unknown_bot();
  return environment.recorder.begin(
      action,
      {planned.verb, nonce,
       state::records_of(planned, {0, nonce, model::Provenance::kCreated}, estate, directory), first_id});
}

Expected<void> Session::settle(plan::ActionIndex action, const std::vector<state::Record>& records) {
  keep(records);
  return environment.recorder.settle(action, records);
}

Expected<void> Session::record(const std::vector<state::Record>& records) {
  keep(records);
  return environment.recorder.note(records);
}

void Session::keep(const std::vector<state::Record>& records) {
  const std::scoped_lock lock(mutex);
  facts.insert(facts.end(), records.begin(), records.end());
}

}  // namespace rollcall::apply
