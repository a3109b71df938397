#include "apply/grants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <variant>

namespace rollcall::apply {
namespace {

using chatwoot::ErrorKind;
using model::Role;
using plan::GrantAction;

struct Pair {
  model::ServerId account = 0;
  model::ServerId user = 0;
};

/// An agent's grant to a user who may be a member already, and the account's last administrator, without
/// the record knowing: users are added, and administrators removed, on the server itself. Where account or
/// user are new, there is nothing to look for.
bool may_demote_unseen(const GrantAction& grant, bool account_is_new, bool user_is_new) {
  return !grant.before && grant.after == Role::kAgent && !account_is_new && !user_is_new;
}
bool may_demote_unseen(const Session& session, const GrantAction& grant) {
  return may_demote_unseen(grant, session.ids.is_new(grant.account), session.ids.is_new(grant.user));
}

bool is_removal(const GrantAction& grant) {
  return !grant.after || (grant.before == Role::kAdministrator && grant.after == Role::kAgent);
}

ActionOutcome members_unread(const GrantAction& grant, const chatwoot::CallError& error) {
  ActionOutcome finding = finding_of(error);
  if (finding.outcome == plan::Outcome::kFailed)
    finding.error.message = fmt::format("The account's members could not be read, so nothing was {}: {}",
                                        is_removal(grant) ? "taken away" : "changed", error.message);
  return finding;
}

ActionOutcome last_administrator() {
  return failed("No other administrator of this account is certain to remain, and it has other members.",
                "Make another member an administrator of the account first, then apply again.");
}

/// Reads the members for whoever judges by them.
std::optional<ActionOutcome> look(Session& session, Worker& worker, const GrantAction& grant,
                                  const Pair& pair) {
  const auto asked_at = session.environment.clock.ticks();
  const auto members = worker.client.list_members(pair.account);
  if (!members) return members_unread(grant, members.error());
  session.administrators.learn(pair.account, *members, asked_at);
  return std::nullopt;
}

/// Judges a removal by the members as the server lists them now. Nothing: it may be sent.
std::optional<ActionOutcome> guard(Session& session, Worker& worker, const GrantAction& grant,
                                   const Pair& pair) {
  // Many actions on one account may share a look; one that hung for a while has to look anew.
  constexpr std::chrono::seconds kFresh{1};
  AdministratorLedger& ledger = session.administrators;
  bool looked = false;
  if (!ledger.knows(pair.account, session.environment.clock.ticks() - kFresh)) {
    if (auto unread = look(session, worker, grant, pair)) return unread;
    looked = true;
  }
  const auto seen = ledger.seen(pair.account, pair.user);
  if (!seen && !grant.after) return unchanged();
  if (seen && grant.after && seen->role == grant.after) return unchanged();
  using Verdict = AdministratorLedger::Verdict;
  auto verdict = ledger.ask(pair.account, pair.user);
  // Nobody is refused by a look of somebody else, who may have asked before the others were gone.
  while (verdict == Verdict::kLookAgain || (verdict == Verdict::kIsLast && !looked)) {
    if (auto unread = look(session, worker, grant, pair)) return unread;
    looked = true;
    verdict = ledger.ask(pair.account, pair.user);
  }
  if (verdict == Verdict::kIsLast) return last_administrator();
  return std::nullopt;
}

/// A 500 proves nothing: a member who was removed a moment ago is added with one. The members tell.
ActionOutcome put(Session& session, Worker& worker, const GrantAction& grant, const Pair& pair) {
  constexpr int kAttempts = 2;
  chatwoot::CallError first;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto sent = worker.client.put_member(pair.account, pair.user, *grant.after);
    if (sent) return done();
    if (attempt == 0) first = sent.error();
    if (!sent.error().unknown_outcome || sent.error().kind == ErrorKind::kTransport)
      return finding_of(sent.error());
    session.check_later(grant.account);
    const auto members = worker.client.list_members(pair.account);
    if (!members) return finding_of(sent.error());
    const model::LiveMember* member = model::find_member(*members, pair.user);
    if (member != nullptr && member->role == grant.after) return done();
    if (session.stopping()) break;
  }
  return failed(chatwoot::to_error(first));
}

ActionOutcome revoke(Worker& worker, const Pair& pair) {
  const auto sent = worker.client.delete_member(pair.account, pair.user);
  if (!sent) {
    if (!sent.error().unknown_outcome || sent.error().kind == ErrorKind::kTransport)
      return finding_of(sent.error());
    // A 500 proves nothing here either.
    const auto members = worker.client.list_members(pair.account);
    if (!members) return finding_of(sent.error());
    if (model::find_member(*members, pair.user) != nullptr) return failed(chatwoot::to_error(sent.error()));
  }
  ActionOutcome finding = done();
  finding.to_be_checked = true;
  return finding;
}

/// What the outcome means for who is certain to be an administrator.
void tell_ledger(AdministratorLedger& ledger, const GrantAction& grant, const Pair& pair,
                 bool was_administrator, const ActionOutcome& finding) {
  switch (finding.outcome) {
    case plan::Outcome::kDone:
    case plan::Outcome::kUnchanged:
      if (!grant.after) ledger.gone(pair.account, pair.user);
      break;
    case plan::Outcome::kUnknown:
      ledger.uncertain(pair.account, pair.user);
      break;
    default:
      if (was_administrator) ledger.kept(pair.account, pair.user);
  }
}

}  // namespace

std::optional<model::ServerId> user_id_of(const GrantAction& grant, std::optional<model::ServerId> known) {
  const bool goes = !grant.after;
  return (goes && grant.user_id) || !known ? grant.user_id : known;
}

bool is_guarded(const GrantAction& grant, bool account_is_new, bool user_is_new) {
  return is_removal(grant) || may_demote_unseen(grant, account_is_new, user_is_new);
}

ActionOutcome apply_object(const GrantAction& grant, Session& session, Worker& worker,
                           const plan::Action& /*action*/, const std::string& /*nonce*/) {
  const auto account = session.ids.find(grant.account);
  const auto user_id = user_id_of(grant, session.ids.find(grant.user));
  if (!account || !user_id)
    return failed(fmt::format("The record holds no id for the {}.", account ? "user" : "account"),
                  "Run `rollcall refresh` and plan again.");
  const Pair pair{*account, *user_id};

  const bool guarded = is_guarded(grant, session.ids.is_new(grant.account), session.ids.is_new(grant.user));
  if (guarded)
    if (auto verdict = guard(session, worker, grant, pair)) {
      verdict->learnt.id = pair.user;
      return *verdict;
    }
  const auto seen = session.administrators.seen(pair.account, pair.user);
  const bool was_administrator = guarded && seen && seen->role == Role::kAdministrator;

  worker.witness.take_repeated();
  ActionOutcome finding = grant.after ? put(session, worker, grant, pair) : revoke(worker, pair);
  if (worker.witness.take_repeated() || finding.to_be_checked || finding.outcome == plan::Outcome::kUnknown)
    session.check_later(grant.account);
  if (was_administrator && finding.outcome == plan::Outcome::kDone) session.took_administrator(grant.account);
  finding.learnt.id = pair.user;
  tell_ledger(session.administrators, grant, pair, was_administrator, finding);
  return finding;
}

std::vector<PhaseQueue::Edge> administrators_last(const Session& session,
                                                  const std::vector<plan::ActionIndex>& phase) {
  struct Account {
    std::vector<plan::ActionIndex> raises;
    std::vector<plan::ActionIndex> unseen;
    std::vector<plan::ActionIndex> agents;
    std::vector<plan::ActionIndex> administrators;
  };
  std::map<model::AccountRef, Account> accounts;
  for (const plan::ActionIndex index : phase) {
    const auto* grant = std::get_if<GrantAction>(&session.plan.actions[index].object);
    if (grant == nullptr) continue;
    if (is_removal(*grant)) {
      Account& account = accounts[grant->account];
      (grant->before == Role::kAdministrator ? account.administrators : account.agents).push_back(index);
    } else if (grant->after == Role::kAdministrator) {
      accounts[grant->account].raises.push_back(index);
    } else if (may_demote_unseen(session, *grant)) {
      accounts[grant->account].unseen.push_back(index);
    }
  }
  std::vector<PhaseQueue::Edge> edges;
  for (const auto& [key, account] : accounts) {
    for (const plan::ActionIndex raise : account.raises)
      for (const plan::ActionIndex unseen : account.unseen) edges.push_back({raise, unseen});
    if (account.administrators.empty()) continue;
    for (const plan::ActionIndex agent : account.agents)
      edges.push_back({agent, account.administrators.front()});
    for (std::size_t i = 1; i < account.administrators.size(); ++i)
      edges.push_back({account.administrators[i - 1], account.administrators[i]});
  }
  return edges;
}

}  // namespace rollcall::apply
