#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apply/session.hpp"

namespace rollcall::apply {

/// Whether the action gives the account another marker.
bool moves_marker(const plan::AccountAction& account, const model::RecordedAccount* recorded);

/// Sends what differs, and reads the account again where the response leaves a doubt. `live` is the account
/// as just read. A marker is sent where there is one.
ActionOutcome send_account(Worker& worker, const model::LiveAccount& live,
                           const std::vector<model::SettingChange>& changes,
                           const std::optional<std::string>& marker);

}  // namespace rollcall::apply
