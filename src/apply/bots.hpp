#pragma once

#include <optional>
#include <vector>

#include "apply/session.hpp"
#include "observe/probe.hpp"

namespace rollcall::apply {

/// Whether the bot shows the name, the description and the account: everything by which one bot is told from
/// another, for the server shows no outgoing_url, and bots carry no marker.
bool looks_like(const model::LiveBot& bot, const chatwoot::BotSettings& wanted);

/// The settings that the action may write, whatever the server has of them already. outgoing_url is compared
/// with the record only, because the server shows the bot's name in its place.
model::SettingsPatch bot_settings_to_write(plan::Verb verb, const plan::BotAction& bot,
                                           const model::RecordedBot* recorded);

/// Whether a deletion of the bot sends something; otherwise the server deletes it with its account.
bool is_deleted_itself(const model::RecordedBot& recorded);

/// What a search for a bot brought.
struct BotSearch {
  /// The bots that are unknown and that look like the wanted one.
  std::vector<model::LiveBot> candidates;
  /// Where ids were asked for: those that exist, but not for this token.
  std::vector<model::ServerId> unseen;
};

/// Looks for bots in the listing, or where that is broken by asking for ids upward. Asks the server once for
/// all searches, so each look that has to be a new one needs a finder of its own.
class BotFinder {
 public:
  BotFinder(const KnownIds& ids, Worker& worker) : ids_(ids), worker_(worker) {}
  /// `first` is where ids are asked for, if they are.
  chatwoot::Result<BotSearch> find(const chatwoot::BotSettings& wanted, model::ServerId first);

 private:
  const KnownIds& ids_;
  Worker& worker_;
  observe::Remembered<model::LiveBot> by_id_;
  std::optional<chatwoot::Result<std::vector<model::LiveBot>>> listed_;
};

}  // namespace rollcall::apply
