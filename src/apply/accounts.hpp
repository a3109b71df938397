#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apply/session.hpp"

namespace rollcall::apply {

/// Reads the listing of accounts once, before a run that creates any. An account that carries the marker of a
/// key which is to be created, under an id that the record does not know, is an error: the record was lost,
/// or there are two. Where the listing is broken that is noted, and the run goes on without.
Expected<void> look_for_strangers(Session& session, Worker& worker);

/// Creates the account with name and marker (the last part of which is `nonce`), looks it up where the answer
/// was lost, then sends the rest.
Finding create_account(Session& session, Worker& worker, const plan::Action& action,
                       const std::string& nonce);

/// Sends what differs, and reads the account again where the answer leaves a doubt. `live` is the account as
/// just read. A marker is sent where there is one.
Finding send_account(Worker& worker, const model::LiveAccount& live,
                     const std::vector<model::SettingChange>& changes,
                     const std::optional<std::string>& marker);

}  // namespace rollcall::apply
