#pragma once

#include "report/report.hpp"
#include "report/view.hpp"

namespace rollcall::report {

/// Who may do what after the plan that they may not do before: a section for each user, whose heading names
/// the user, whose summary says what changes («becomes administrator of 3 accounts»), and whose rows are the
/// accounts. By address in byte order. Empty without grants. `full` names every rule of a grant.
Section access_by_user(const plan::Plan& plan, const model::RecordedEstate& recorded, const Context& context,
                       bool full);

}  // namespace rollcall::report
