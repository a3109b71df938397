#pragma once

#include <vector>

#include "apply/session.hpp"

namespace rollcall::apply {

/// Whether the bot shows the name, the description and the account: everything by which one bot is told from
/// another, for the server shows no outgoing_url, and bots carry no marker.
bool looks_like(const model::LiveBot& bot, const chatwoot::BotSettings& wanted);

/// What a search for a bot brought.
struct BotSearch {
  /// The bots that are unknown and that look like the wanted one.
  std::vector<model::LiveBot> candidates;
  /// Where ids were asked for: those that exist, but not for this token.
  std::vector<model::ServerId> unseen;
};

/// Looks for the bot in the listing, or where that is broken by asking for ids upward from `first`.
chatwoot::Result<BotSearch> search_bot(const KnownIds& ids, Worker& worker,
                                       const chatwoot::BotSettings& wanted, model::ServerId first);

}  // namespace rollcall::apply
