#include "apply/strangers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <variant>

#include "apply/bots.hpp"
#include "apply/probe.hpp"
#include "model/marker.hpp"

namespace rollcall::apply {
namespace {

using plan::AccountAction;

/// Nothing where the listing is broken, as it is for a token that has deleted something. Where it is not
/// there at all, something else than Chatwoot may answer.
Expected<void> is_only_broken(Worker& worker, const chatwoot::CallError& error) {
  if (!is_broken_listing(error)) return tl::unexpected(chatwoot::to_error(error));
  if (error.kind != chatwoot::ErrorKind::kNotFound) return {};
  const auto server = worker.client.server_info();
  if (!server) return tl::unexpected(chatwoot::to_error(server.error()));
  return {};
}

/// Whether this state began to create an object with this marker and nobody has learnt what became of it.
bool is_ours_and_open(const Session& session, const model::Marker& marker) {
  return marker.lineage == session.settings.lineage &&
         std::any_of(session.settings.unresolved.begin(), session.settings.unresolved.end(),
                     [&](const state::Intent& intent) { return intent.nonce == marker.nonce; });
}

tl::unexpected<Error> came_late(std::string_view address, model::ServerId id) {
  return fail(fmt::format("{} (id {}) has just appeared on the server: an interrupted run had asked for it. "
                          "Nothing was sent.",
                          address, id),
              "Apply again: it takes it into the record.");
}

/// By the marker.
Expected<void> look_for_accounts(Session& session, Worker& worker) {
  std::set<std::string_view, std::less<>> wanted;
  for (const plan::Action& action : session.plan.actions)
    if (const auto* account = std::get_if<AccountAction>(&action.object);
        account != nullptr && action.verb == plan::Verb::kCreate)
      wanted.insert(session.directory.key(account->account));
  if (wanted.empty()) return {};
  const auto listed = ask_for_listing([&] { return worker.client.list_accounts(); });
  if (!listed) {
    if (auto broken = is_only_broken(worker, listed.error()); !broken) return broken;
    session.note(
        "The server does not list accounts (it stops doing so for a token that has deleted something), so "
        "nobody "
        "looked whether an account of a lost state exists already.");
    return {};
  }
  for (const model::LiveAccount& account : *listed) {
    const auto marker = account.marker ? model::parse_marker(*account.marker) : std::nullopt;
    if (!marker || session.ids.has_account(account.id) || !wanted.contains(marker->key)) continue;
    const std::string& key = marker->key;
    if (is_ours_and_open(session, *marker)) return came_late(model::account_address(key), account.id);
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
    bots.emplace_back(model::bot_address(session.directory.key(bot->bot)), std::move(wanted));
  }
  return bots;
}

bool is_open(const Session& session, const std::string& address) {
  return std::any_of(
      session.settings.unresolved.begin(), session.settings.unresolved.end(),
      [&](const state::Intent& intent) { return state::address_of(intent, session.directory) == address; });
}

/// By what they show, for bots carry no marker.
Expected<void> look_for_bots(Session& session, Worker& worker) {
  const auto wanted = new_bots(session);
  if (wanted.empty()) return {};
  const auto listed = ask_for_listing([&] { return worker.client.list_bots(); });
  if (!listed) {
    if (auto broken = is_only_broken(worker, listed.error()); !broken) return broken;
    session.note(
        "The server does not list agent bots (it stops doing so for a token that has deleted one), so nobody "
        "looked whether a bot of a lost state exists already.");
    return {};
  }
  for (const auto& [address, settings] : wanted)
    for (const model::LiveBot& bot : *listed)
      if (!session.ids.has_bot(bot.id) && looks_like(bot, settings)) {
        if (is_open(session, address)) return came_late(address, bot.id);
        return fail(
            fmt::format("The server has bot {} already, which has the name, description and account of {}, "
                        "but the recorded state does not know it. The state was lost, or there is a second "
                        "one. Nothing was sent.",
                        bot.id, address),
            "Bring the right state back; or delete the bot in the super-admin console; or, where it is "
            "somebody else's, give yours another name or description in the roster.");
      }
  return {};
}

}  // namespace

Expected<void> look_for_strangers(Session& session, Worker& worker) {
  if (auto looked = look_for_accounts(session, worker); !looked) return looked;
  return look_for_bots(session, worker);
}

}  // namespace rollcall::apply
