#pragma once

#include "model/directory.hpp"
#include "model/recorded.hpp"
#include "plan/plan.hpp"

namespace rollcall::apply {

/// Fills in for every action of the plan the writes that `run` may send for it, made by the functions that
/// make those of a run. `before` is the recorded estate that the plan was made from.
void add_requests(plan::Plan& plan, const model::RecordedEstate& before, const model::Directory& directory);

}  // namespace rollcall::apply
