#pragma once

#include <string>

#include "apply/session.hpp"

namespace rollcall::apply {

/// Creates the account with name and marker (the last part of which is `nonce`), looks it up where the
/// response was lost, then sends the rest.
ActionOutcome create_account(Session& session, Worker& worker, const plan::Action& action,
                             const std::string& nonce);

}  // namespace rollcall::apply
