#include "apply/account_creation.hpp"

#include <fmt/format.h>

#include <variant>

#include "apply/account_search.hpp"
#include "apply/accounts.hpp"
#include "apply/changes.hpp"
#include "apply/unrecorded_objects.hpp"
#include "observe/probe.hpp"

namespace rollcall::apply {
namespace {

using plan::AccountAction;

/// The create may or may not have happened, and a look has not found the account.
ActionOutcome lost(const Session& session, const std::string& name, const std::string& marker,
                   const chatwoot::CallError& error, const AccountSearch& search) {
  std::string hint = fmt::format(
      "An account {} may exist that this token cannot see. In the super-admin console look "
      "for an account with the custom attribute rollcall = {} and delete it; then run apply again.",
      model::to_text(name), marker);
  if (!search.unseen.empty())
    hint += fmt::format(" It may be one of these ids: {}.", observe::ranges_of(search.unseen));
  // Nobody has looked long enough to send somebody to the console.
  if (session.stopping() || search.failure) hint = "Apply again: it looks for the account first.";
  Error told{fmt::format("It is unknown whether the account was created: {}", error.message),
             std::move(hint)};
  if (!session.stopping()) return unknown_and_over(std::move(told));
  ActionOutcome finding = failed(std::move(told));
  finding.outcome = plan::Outcome::kUnknown;
  return finding;
}

/// Records the account as ours with as much as the server shows of it, so that whatever fails next, it is
/// never created twice.
Expected<void> record_created(Session& session, const plan::Action& action, const state::ServerResult& learnt,
                              const model::LiveAccount& live) {
  plan::Action so_far = action;
  auto& account = std::get<AccountAction>(so_far.object);
  account.settings.wanted = shown_of(account.settings.wanted, live.settings);
  return session.record(state::changes_of(so_far, learnt, session.estate(), session.directory));
}

ActionOutcome create_and_send(Session& session, Worker& worker, const plan::Action& action,
                              const std::string& nonce) {
  const auto& account = std::get<AccountAction>(action.object);
  state::ServerResult learnt;
  learnt.nonce = nonce;
  const std::string marker = session.marker(session.directory.key(account.ref), nonce);
  const std::string name = account.settings.wanted.text(model::Field::kName);

  auto live = worker.client.create_account({name, marker});
  if (!live) {
    const chatwoot::CallError error = live.error();
    if (!error.unknown_outcome) return finding_of(error);
    AccountSearch search =
        AccountFinder(session.ids, worker).find(marker, session.ids.first_unknown<model::Account>());
    if (!search.found) return lost(session, name, marker, error, search);
    live = std::move(*search.found);
  }
  learnt.id = live->id;
  if (const auto owner = session.ids.learn(account.ref, live->id, true, session.directory))
    return unknown_and_over(
        {fmt::format("The server answered with account {}, which is {} already.", live->id, *owner),
         "A proxy may be answering in place of the server. "
         "Look at both accounts in the super-admin console before you apply again."});
  const auto changes = model::differences_from_live(settings_to_write(action), live->settings);
  if (changes.empty()) return done(std::move(learnt));

  if (const auto recorded = record_created(session, action, learnt, *live); !recorded)
    return unknown_and_over({fmt::format("Account {} was created, but this could not be recorded: {}",
                                         learnt.id, recorded.error().message),
                             recorded.error().hint});
  ActionOutcome finding = created_but(fmt::format("The account was created (id {})", learnt.id),
                                      send_account(worker, *live, changes, std::nullopt));
  finding.learnt = std::move(learnt);
  return finding;
}

}  // namespace

ActionOutcome create_account(Session& session, Worker& worker, const plan::Action& action,
                             const std::string& nonce) {
  const auto alone = session.create_first_account_alone();
  if (session.stopping() || (alone.owns_lock() && !session.may_create_accounts())) {
    ActionOutcome finding;
    finding.outcome = plan::Outcome::kNotStarted;
    return finding;
  }
  ActionOutcome finding = create_and_send(session, worker, action, nonce);
  if (!alone.owns_lock() || finding.learnt.id == 0) return finding;
  const auto looked = detect_unrecorded_accounts_below(session, worker, finding.learnt.id);
  session.first_account_checked(looked ? finding.learnt.id : 0);
  if (!looked && !finding.fatal) finding.fatal = looked.error();
  return finding;
}

}  // namespace rollcall::apply
