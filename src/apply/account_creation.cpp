#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <variant>

#include "apply/accounts.hpp"
#include "apply/changes.hpp"

namespace rollcall::apply {
namespace {

using chatwoot::ErrorKind;
using plan::AccountAction;

/// 500 for ever once the token's app has seen a deletion; 404 before Chatwoot 4.5.
bool is_broken_listing(const chatwoot::CallError& error) {
  return error.status == 500 || error.kind == ErrorKind::kNotFound;
}

/// The key in LINEAGE/KEY/NONCE.
std::string_view key_of_marker(std::string_view marker) {
  const std::size_t first = marker.find('/');
  const std::size_t last = marker.rfind('/');
  return first == std::string_view::npos || first == last ? std::string_view()
                                                          : marker.substr(first + 1, last - first - 1);
}

/// What a search for a marker brought.
struct Search {
  std::optional<model::LiveAccount> found;
  /// Ids above those known before the run that exist, but not for this token.
  std::vector<model::ServerId> unseen;
  /// Whether everything could be read that there was to read.
  std::optional<chatwoot::CallError> failure;
};

/// Where the listing is broken: ids upward, 401 and 404 tell. Ids have gaps (a rejected insert uses one up),
/// so the end is where many in a row are missing.
Search probe_ids(Session& session, Worker& worker, const std::string& marker) {
  constexpr int kMissingInARow = 20;
  constexpr int kMost = 1000;
  Search search;
  int missing = 0;
  model::ServerId id = session.ids.first_unknown_account();
  for (int probe = 0; probe < kMost && missing < kMissingInARow; ++probe, ++id) {
    if (session.ids.has_account(id)) continue;
    auto account = worker.client.get_account(id);
    if (account && account->marker == marker) {
      search.found = std::move(*account);
      return search;
    }
    const bool is_missing = !account && account.error().kind == ErrorKind::kNotFound;
    missing = is_missing ? missing + 1 : 0;
    if (account || is_missing) continue;
    if (account.error().kind == ErrorKind::kNotPermitted) {
      search.unseen.push_back(id);
    } else {
      search.failure = account.error();
      return search;
    }
  }
  return search;
}

Search search_for(Session& session, Worker& worker, const std::string& marker) {
  auto listed = worker.client.list_accounts();
  if (!listed && is_broken_listing(listed.error())) return probe_ids(session, worker, marker);
  Search search;
  if (!listed) {
    search.failure = listed.error();
    return search;
  }
  const auto found = std::find_if(listed->begin(), listed->end(), [&](const model::LiveAccount& account) {
    return account.marker == marker;
  });
  if (found != listed->end()) search.found = std::move(*found);
  return search;
}

/// The create may or may not have happened, and a look has not found the account.
Finding lost(const Session& session, const std::string& name, const std::string& marker,
             const chatwoot::CallError& error, const Search& search) {
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

Finding create_account(Session& session, Worker& worker, const plan::Action& action) {
  const auto& account = std::get<AccountAction>(action.object);
  state::Learnt learnt;
  learnt.nonce = make_nonce(session.environment.entropy);
  const std::string marker = session.marker(session.directory.key(account.account), learnt.nonce);
  const std::string name = account.settings.wanted.text(model::Field::kName);

  auto live = worker.client.create_account({name, marker});
  if (!live) {
    const chatwoot::CallError error = live.error();
    if (!error.unknown_outcome) return finding_of(error);
    Search search = search_for(session, worker, marker);
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
