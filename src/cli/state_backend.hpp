#pragma once

#include <string>

#include "base/error.hpp"
#include "cli/session.hpp"
#include "store/backend.hpp"

namespace rollcall::cli {

/// The backend of the settings' state, with the credentials of the environment where it lives on a server.
Expected<store::Backend> open_backend(Session& session);

/// The same for another state, which the command line names.
Expected<store::Backend> open_backend(Session& session, const store::Location& location);

/// This process, as the lock of a state tells others who holds it.
store::LockInfo lock_info(const Session& session, const std::string& command);

}  // namespace rollcall::cli
