#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <variant>

#include "apply/account_search.hpp"
#include "apply/accounts.hpp"
#include "apply/bots.hpp"
#include "apply/changes.hpp"

namespace rollcall::apply {
namespace {

using chatwoot::ErrorKind;
using plan::AccountAction;

/// The key in LINEAGE/KEY/NONCE.
std::string_view key_of_marker(std::string_view marker) {
  const std::size_t first = marker.find('/');
  const std::size_t last = marker.rfind('/');
  return first == std::string_view::npos || first == last ? std::string_view()
                                                          : marker.substr(first + 1, last - first - 1);
}

/// The create may or may not have happened, and a look has not found the account.
Finding lost(const Session& session, const std::string& name, const std::string& marker,
             const chatwoot::CallError& error, const AccountSearch& search) {
  std::string hint = fmt::format(
      "An account {} may exist that this token cannot see. In the super-admin console look for an account "
      "with the "
      "custom attribute rollcall = {} and delete it; then run apply again.",
      model::to_text(name), marker);
  if (!search.unseen.empty())
    hint += fmt::format(" It may be one of these ids: {}.", fmt::join(search.unseen, ", "));
  Error told{fmt::format("Nobody knows whether the account was created: {}", error.message), std::move(hint)};
  if (!session.stopping()) return unknown_and_over(std::move(told));
  Finding finding = failed(std::move(told));
  finding.outcome = plan::Outcome::kUnknown;
  return finding;
}

/// Records the account as ours with as much as the server shows of it, so that whatever fails next, it is
/// never created twice.
Expected<void> record_created(Session& session, const plan::Action& action, const state::Learnt& learnt,
                              const model::LiveAccount& live) {
  plan::Action so_far = action;
  auto& account = std::get<AccountAction>(so_far.object);
  account.settings.wanted = shown_of(account.settings.wanted, live.settings);
  return session.record(state::records_of(so_far, learnt, session.estate, session.directory));
}

}  // namespace

Expected<void> look_for_strangers(Session& session, Worker& worker) {
  std::set<std::string_view> wanted;
  for (const plan::Action& action : session.plan.actions)
    if (const auto* account = std::get_if<AccountAction>(&action.object);
        account != nullptr && action.verb == plan::Verb::kCreate)
      wanted.insert(session.directory.key(account->account));
  if (wanted.empty()) return {};
  const auto listed = worker.client.list_accounts();
  if (!listed && is_broken_listing(listed.error())) {
    session.note(
        "The server does not list accounts (it stops doing so for a token that has deleted something), so "
        "nobody "
        "looked whether an account of a lost state exists already.");
    return {};
  }
  if (!listed) return tl::unexpected(chatwoot::to_error(listed.error()));
  for (const model::LiveAccount& account : *listed) {
    if (!account.marker || session.ids.has_account(account.id)) continue;
    const std::string_view key = key_of_marker(*account.marker);
    if (!wanted.contains(key)) continue;
    return fail(
        fmt::format("The server has account {} already, which carries the marker of accounts.{} ({}), but "
                    "the recorded "
                    "state does not know it. The state was lost, or there is a second one. Nothing was sent.",
                    account.id, key, *account.marker),
        fmt::format("Bring the right state back; or take the account over with `id: {}` at accounts.{} in "
                    "the roster; "
                    "or delete it in the super-admin console.",
                    account.id, key));
  }
  return {};
}

Finding create_account(Session& session, Worker& worker, const plan::Action& action,
                       const std::string& nonce) {
  const auto& account = std::get<AccountAction>(action.object);
  state::Learnt learnt;
  learnt.nonce = nonce;
  const std::string marker = session.marker(session.directory.key(account.account), nonce);
  const std::string name = account.settings.wanted.text(model::Field::kName);

  auto live = worker.client.create_account({name, marker});
  if (!live) {
    const chatwoot::CallError error = live.error();
    if (!error.unknown_outcome) return finding_of(error);
    AccountSearch search = search_account(session.ids, worker, marker);
    if (!search.found) return lost(session, name, marker, error, search);
    live = std::move(*search.found);
  }
  learnt.id = live->id;
  session.ids.created(account.account, live->id);
  const auto changes = model::differences_from_live(account.settings.wanted, live->settings);
  if (changes.empty()) return done(std::move(learnt));

  if (const auto recorded = record_created(session, action, learnt, *live); !recorded)
    return unknown_and_over({fmt::format("Account {} was created, but this could not be recorded: {}",
                                         learnt.id, recorded.error().message),
                             recorded.error().hint});
  Finding finding = send_account(worker, *live, changes, std::nullopt);
  if (finding.outcome == plan::Outcome::kNotStarted) {
    finding.outcome = plan::Outcome::kFailed;
    finding.error = {"The account was created, but the run was stopped before its settings were sent.",
                     "Run apply again: it sends the rest."};
  }
  finding.learnt = std::move(learnt);
  return finding;
}

}  // namespace rollcall::apply
