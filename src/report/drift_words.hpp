#pragma once

#include <string>

#include "plan/drift.hpp"

namespace rollcall::report {

/// One side of a comparison as a text: JSON for a setting, "no role" for a membership without
/// one. Not made safe to print.
std::string fact_text(const plan::Fact& fact);

/// What a reader should know of an item besides; empty for nothing. Not made safe to print.
std::string note_text(const plan::Note& note);

}  // namespace rollcall::report
