#include "apply/strangers.hpp"

#include <fmt/format.h>

#include <set>
#include <variant>

#include "apply/bots.hpp"
#include "apply/probe.hpp"

namespace rollcall::apply {
namespace {

using plan::AccountAction;

/// The key in LINEAGE/KEY/NONCE.
std::string_view key_of_marker(std::string_view marker) {
  const std::size_t first = marker.find('/');
  const std::size_t last = marker.rfind('/');
  return first == std::string_view::npos || first == last ? std::string_view()
                                                          : marker.substr(first + 1, last - first - 1);
}

/// By the marker.
Expected<void> look_for_accounts(Session& session, Worker& worker) {
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

/// The bots that are to be created in accounts that have an id, each with its address. One in an account that
/// is to be created, too, cannot be there yet.
std::vector<std::pair<std::string, chatwoot::BotSettings>> new_bots(const Session& session) {
  std::vector<std::pair<std::string, chatwoot::BotSettings>> bots;
  for (const plan::Action& action : session.plan.actions) {
    const auto* bot = std::get_if<plan::BotAction>(&action.object);
    if (bot == nullptr || action.verb != plan::Verb::kCreate) continue;
    chatwoot::BotSettings wanted{bot->settings.wanted, std::nullopt};
    if (const std::string key = wanted.settings.text(model::Field::kAccount); !key.empty()) {
      const auto account = session.directory.accounts.find(key);
      wanted.account_id = account ? session.ids.find(*account) : std::nullopt;
      if (!wanted.account_id) continue;
    }
    bots.emplace_back(model::bot_address(session.directory.key(bot->bot)), std::move(wanted));
  }
  return bots;
}

/// By what they show, for bots carry no marker.
Expected<void> look_for_bots(Session& session, Worker& worker) {
  const auto wanted = new_bots(session);
  if (wanted.empty()) return {};
  const auto listed = worker.client.list_bots();
  if (!listed && is_broken_listing(listed.error())) {
    session.note(
        "The server does not list agent bots (it stops doing so for a token that has deleted one), so nobody "
        "looked whether a bot of a lost state exists already.");
    return {};
  }
  if (!listed) return tl::unexpected(chatwoot::to_error(listed.error()));
  for (const auto& [address, settings] : wanted)
    for (const model::LiveBot& bot : *listed)
      if (!session.ids.has_bot(bot.id) && looks_like(bot, settings))
        return fail(
            fmt::format("The server has bot {} already, which has the name, description and account of {}, "
                        "but the recorded state does not know it. The state was lost, or there is a second "
                        "one. Nothing was sent.",
                        bot.id, address),
            "Bring the right state back; or delete the bot in the super-admin console; or, where it is "
            "somebody else's, give yours another name or description in the roster.");
  return {};
}

}  // namespace

Expected<void> look_for_strangers(Session& session, Worker& worker) {
  if (auto looked = look_for_accounts(session, worker); !looked) return looked;
  return look_for_bots(session, worker);
}

}  // namespace rollcall::apply
