#pragma once

#include <vector>

#include "report/report.hpp"
#include "report/view.hpp"

namespace rollcall::report {

/// The sections of accounts, users and agent bots, each row with the settings that change under it. None for
/// a kind that the plan does not touch.
std::vector<Section> object_sections(const plan::Plan& plan, const model::RecordedEstate& recorded,
                                     const Context& context, bool full);

}  // namespace rollcall::report
