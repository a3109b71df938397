#pragma once

#include <string>

#include "model/recorded.hpp"

namespace rollcall::state {

/// The members of a recorded object from `id` to `settings`, sorted by their keys, without braces. An id that
/// is not known yet (0) is left out.
void append_facts(std::string& out, const model::RecordedFacts& object);

/// {"email": …, "id": …, "role": …}
void append_unlisted(std::string& out, const model::UnlistedMember& member);

}  // namespace rollcall::state
