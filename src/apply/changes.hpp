#pragma once

#include <vector>

#include "apply/action_outcome.hpp"
#include "base/error.hpp"
#include "model/settings.hpp"
#include "plan/plan.hpp"

namespace rollcall::apply {

/// What of the planned changes is still to be sent, given what the server says now. Refuses where the server
/// holds neither what was recorded nor what is wanted: another client changed it, and both values are named.
Expected<std::vector<model::SettingChange>> still_to_send(const std::vector<model::SettingChange>& planned,
                                                          const model::SettingsPatch& live);

/// The settings that the action may write, whatever the server has of them already: a run sends those that
/// differ. Not for agent bots, of whose settings one cannot be read.
model::SettingsPatch settings_to_write(const plan::Action& action);

/// The part of `wanted` that the server shows: what may be recorded of an object that is not as it should be
/// yet.
model::SettingsPatch shown_of(const model::SettingsPatch& wanted, const model::SettingsPatch& live);

/// The changes that a response does not show.
std::vector<model::SettingChange> not_made(const std::vector<model::SettingChange>& changes,
                                           const model::SettingsPatch& live);

/// Names the settings that the server did not take, with both values.
Error not_taken(const std::vector<model::SettingChange>& missing);

/// What an object shows of a write whose response left a doubt.
struct Shown {
  std::vector<model::SettingChange> missing;
  /// Whether it shows all that is no setting, such as the marker or the address.
  bool rest = true;
};

/// Sends a write, and reads the object where the response leaves a doubt: a 500 on a write proves nothing,
/// and a response may be older than what is stored. `send` and `read` are calls of the client, `judge` says
/// what the object that was read shows.
template <class Send, class Read, class GuardrailChecker>
ActionOutcome send_or_look(const Send& send, const Read& read, const GuardrailChecker& judge) {
  const auto sent = send();
  if (sent) return done();
  const chatwoot::CallError& error = sent.error();
  if (!error.unknown_outcome || error.kind == chatwoot::ErrorKind::kTransport) return finding_of(error);
  const auto now = read();
  if (!now) return finding_of(error);
  const Shown shown = judge(*now);
  if (shown.missing.empty() && shown.rest) return done();
  if (error.status == 200 && !shown.missing.empty()) return failed(not_taken(shown.missing));
  Error refused = chatwoot::to_error(error);
  if (error.status == 500)
    refused.hint =
        "A second read shows that the server does not have all of it. "
        "Most often it does not know one of the values, and then changes nothing.";
  return failed(std::move(refused));
}

}  // namespace rollcall::apply
