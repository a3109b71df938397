#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"
#include "cli/connection.hpp"
#include "cli/session.hpp"
#include "model/recorded.hpp"
#include "plan/plan.hpp"

namespace rollcall::cli {

/// What `--recreate` names. Asks the server once more for what is marked as missing: only what it does not
/// have is created again. Fails where a pattern matches nothing that is marked, and where an object is there
/// or cannot be read.
Expected<plan::MissingRefs> confirm_missing(Session& session, const Connection& connection,
                                            const model::RecordedEstate& recorded,
                                            const std::vector<std::string>& patterns);

}  // namespace rollcall::cli
