#include "apply/unrecorded_objects.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <variant>

#include "apply/bots.hpp"
#include "base/text.hpp"
#include "model/marker.hpp"
#include "observe/accounts.hpp"

namespace rollcall::apply {
namespace {

using plan::AccountAction;

/// An account that carries a marker, under an id that the record does not know.
struct Unrecorded {
  model::ServerId id = 0;
  model::Marker marker;
};

/// Of the objects that this state began to create without learning what became of it.
std::set<std::string_view> open_nonces(const Session& session) {
  std::set<std::string_view> nonces;
  for (const state::Intent& intent : session.settings.unresolved) nonces.insert(intent.nonce);
  return nonces;
}

tl::unexpected<Error> came_late(std::string_view address, model::ServerId id) {
  return fail(fmt::format("{} (id {}) has just appeared on the server: an interrupted run had asked for it. "
                          "Nothing was sent.",
                          address, id),
              "Apply again: it records it.");
}

/// "42 (accounts.desk), 43 (accounts.lab), and 7 more".
std::string list_of(const std::vector<Unrecorded>& accounts) {
  std::vector<std::string> names;
  for (const Unrecorded& account : accounts)
    names.push_back(
        fmt::format("{} ({})", account.id, model::object_address<model::Account>(account.marker.key)));
  return first_and_more(std::move(names));
}

tl::unexpected<Error> state_is_old(const std::vector<Unrecorded>& ours, std::string_view consequence) {
  return fail(
      fmt::format("The server has {} that this state created but does not know: {}. The state is old, "
                  "a second copy of it is in use, or a request of an interrupted run arrived late. {}",
                  ours.size() == 1 ? "an account" : pluralize(ours.size(), "account", "accounts"),
                  list_of(ours), consequence),
      fmt::format("Restore the newest state. Where it is lost, bind what you want to keep "
                  "(`id: {}` at {} in the roster), and delete the rest in the super-admin console.",
                  ours.front().id, model::object_address<model::Account>(ours.front().marker.key)));
}

tl::unexpected<Error> another_state(const std::vector<Unrecorded>& theirs, std::string_view consequence) {
  return fail(
      fmt::format("Another recorded state (lineage {}) has created what this plan is about to create: {}. "
                  "The state was lost, or there are two. {}",
                  theirs.front().marker.lineage, list_of(theirs), consequence),
      fmt::format("Restore the right state; or bind the account with `id: {}` at {} in the roster; "
                  "or, where another team manages it, use another key.",
                  theirs.front().id, model::object_address<model::Account>(theirs.front().marker.key)));
}

/// The keys of the accounts that the plan is about to create.
std::set<std::string, std::less<>> new_accounts(const Session& session) {
  std::set<std::string, std::less<>> keys;
  for (const plan::Action& action : session.plan.actions)
    if (const auto* account = std::get_if<AccountAction>(&action.object);
        account != nullptr && action.verb == plan::Verb::kCreate)
      keys.insert(session.directory.key(account->ref));
  return keys;
}

/// What `id:` binds is known, `state rm` has forgotten on purpose, and what an open intent explains the next
/// look takes in.
Expected<void> judge(const Session& session, const std::vector<model::LiveAccount>& accounts,
                     std::string_view consequence) {
  const auto wanted = new_accounts(session);
  const auto open = open_nonces(session);
  std::vector<Unrecorded> ours, theirs;
  for (const model::LiveAccount& account : accounts) {
    const auto marker = account.marker ? model::parse_marker(*account.marker) : std::nullopt;
    if (!marker || session.ids.has<model::Account>(account.id) ||
        model::is_forgotten(session.estate(), model::ObjectKind::kAccount, account.id, marker->nonce))
      continue;
    if (marker->lineage != session.settings.lineage) {
      if (wanted.contains(marker->key)) theirs.push_back({account.id, *marker});
    } else if (!open.contains(marker->nonce)) {
      ours.push_back({account.id, *marker});
    } else if (wanted.contains(marker->key)) {
      return came_late(model::object_address<model::Account>(marker->key), account.id);
    }
  }
  if (!ours.empty()) return state_is_old(ours, consequence);
  if (!theirs.empty()) return another_state(theirs, consequence);
  return {};
}

/// By the marker.
Expected<void> look_for_accounts(Session& session, Worker& worker) {
  if (new_accounts(session).empty()) return {};
  const observe::SeenAccounts seen = observe::see_accounts(
      worker.client,
      {session.estate().accounts_seen_to, session.ids.first_unknown<model::Account>() - 1,
       [&](model::ServerId id) { return session.ids.has<model::Account>(id); }},
      session.environment.on_account_asked);
  if (seen.failure) return tl::unexpected(chatwoot::to_error(*seen.failure));
  if (auto judged = judge(session, seen.accounts, "Nothing was sent."); !judged) return judged;
  session.accounts_seen(seen);
  return {};
}

/// Nothing where the listing is broken, as it is for a token that has deleted something. Where it is not
/// there at all, something else than Chatwoot may answer.
Expected<void> is_only_broken(Worker& worker, const chatwoot::CallError& error) {
  if (!observe::is_broken_listing(error)) return tl::unexpected(chatwoot::to_error(error));
  if (error.kind != chatwoot::ErrorKind::kNotFound) return {};
  const auto server = worker.client.server_info();
  if (!server) return tl::unexpected(chatwoot::to_error(server.error()));
  return {};
}

/// The bots that are to be created in accounts that have an id, each with its address. One in an account that
/// is to be created, too, cannot be there yet.
std::vector<std::pair<std::string, chatwoot::BotSettings>> new_bots(const Session& session) {
  std::vector<std::pair<std::string, chatwoot::BotSettings>> bots;
  for (const plan::Action& action : session.plan.actions) {
    const auto* bot = std::get_if<plan::BotAction>(&action.object);
    if (bot == nullptr || action.verb != plan::Verb::kCreate) continue;
    chatwoot::BotSettings wanted{bot->settings.wanted,
                                 session.ids.account_of(bot->settings.wanted, session.directory)};
    if (!wanted.account_id && !wanted.settings.text(model::Field::kAccount).empty()) continue;
    bots.emplace_back(model::address_of(bot->ref, session.directory), std::move(wanted));
  }
  return bots;
}

bool is_open_at(const Session& session, const std::string& address) {
  return std::any_of(
      session.settings.unresolved.begin(), session.settings.unresolved.end(),
      [&](const state::Intent& intent) { return state::address_of(intent, session.directory) == address; });
}

/// By what they show, for bots carry no marker.
Expected<void> look_for_bots(Session& session, Worker& worker) {
  const auto wanted = new_bots(session);
  if (wanted.empty()) return {};
  const auto listed = observe::ask_three_times([&] { return worker.client.list_bots(); });
  if (!listed) {
    if (auto broken = is_only_broken(worker, listed.error()); !broken) return broken;
    session.note(
        "The server does not list agent bots (it stops doing so for a token that has deleted one), "
        "so it is unknown whether a bot of a lost state exists already.");
    return {};
  }
  for (const auto& [address, settings] : wanted)
    for (const model::LiveBot& bot : *listed)
      if (looks_like(bot, settings) && !session.ids.has<model::Bot>(bot.id)) {
        if (is_open_at(session, address)) return came_late(address, bot.id);
        return fail(
            fmt::format("The server has bot {} already, which has the name, description and account of {}, "
                        "but the recorded state does not know it. "
                        "The state was lost, or there is a second one. Nothing was sent.",
                        bot.id, address),
            "Restore the right state; or delete the bot in the super-admin console; "
            "or, where it is another team's, give yours another name or description in the roster.");
      }
  return {};
}

}  // namespace

Expected<void> detect_unrecorded_objects(Session& session, Worker& worker) {
  if (auto looked = look_for_accounts(session, worker); !looked) return looked;
  return look_for_bots(session, worker);
}

Expected<void> detect_unrecorded_accounts_below(Session& session, Worker& worker, model::ServerId created) {
  std::vector<model::LiveAccount> found;
  for (model::ServerId id = session.accounts_seen_to() + 1; id < created; ++id) {
    if (session.ids.has<model::Account>(id)) continue;
    if (session.environment.on_account_asked) session.environment.on_account_asked(id);
    auto account = observe::ask_three_times([&] { return worker.client.get_account(id); });
    if (account)
      found.push_back(std::move(*account));
    else if (!is_missing(account) && account.error().kind != chatwoot::ErrorKind::kNotPermitted)
      return tl::unexpected(chatwoot::to_error(account.error()));
  }
  return judge(session, found, "No other account was created.");
}

}  // namespace rollcall::apply
