#pragma once

#include <string>
#include <vector>

#include "apply/recorder.hpp"
#include "apply/session.hpp"

namespace rollcall::apply {

/// What the actions of the session's plan may do. `nonces` has one for each action, empty where it needs
/// none.
Announcement announcement_of(const Session& session, const std::vector<std::string>& nonces);

}  // namespace rollcall::apply
