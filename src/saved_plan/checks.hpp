#pragma once

#include <optional>
#include <string>

#include "saved_plan/saved_plan.hpp"

namespace rollcall::saved_plan {

/// What no plan says: a number of an action or of a rule that is not there, a verb that does not fit its
/// object. Nothing where all is well.
std::optional<std::string> find_inconsistency(const SavedPlan& saved, const model::Directory& directory);

/// In the order of an estate.
model::RecordedEstate sorted(model::RecordedEstate recorded);

}  // namespace rollcall::saved_plan
