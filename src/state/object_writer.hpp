#pragma once

#include <string>
#include <string_view>

#include "model/recorded.hpp"

namespace rollcall::state {

/// A JSON string. A byte that is no UTF-8 would make the file unreadable as a whole, so it is replaced.
void append_text(std::string& out, std::string_view text);

/// The members of a recorded object from `id` to `settings`, sorted by their keys, without braces. An id that
/// is not known yet (0) is left out.
void append_facts(std::string& out, const model::RecordedAccount& account);
void append_facts(std::string& out, const model::RecordedUser& user);
void append_facts(std::string& out, const model::RecordedBot& bot);

/// {"email": …, "id": …, "role": …}
void append_unlisted(std::string& out, const model::UnlistedMember& member);

}  // namespace rollcall::state
