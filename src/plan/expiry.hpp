#pragma once

#include <optional>

#include "base/clock.hpp"
#include "model/desired.hpp"

namespace rollcall::plan {

/// The last day of an access that has ended: that of the rules that gave it, or of the user where that came
/// first. Nothing where one of the rules goes on and the user's day is not known.
std::optional<Date> last_day(const model::DesiredEstate& desired, const model::DesiredGrant& expired);

}  // namespace rollcall::plan
