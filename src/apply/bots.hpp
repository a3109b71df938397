#pragma once

#include <vector>

#include "apply/session.hpp"

namespace rollcall::apply {

/// Whether the bot shows the name, the description and the account: everything by which one bot is told from
/// another, for the server shows no outgoing_url, and bots carry no marker.
bool looks_like(const model::LiveBot& bot, const chatwoot::BotSettings& wanted);

/// The bots on the server that nobody knows and that look like `wanted`. Where the listing is broken, ids are
/// asked for upward from `first`.
chatwoot::Result<std::vector<model::LiveBot>> bots_that_look_like(const KnownIds& ids, Worker& worker,
                                                                  const chatwoot::BotSettings& wanted,
                                                                  model::ServerId first);

}  // namespace rollcall::apply
