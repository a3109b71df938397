#pragma once

#include "report/report.hpp"
#include "report/view.hpp"

namespace rollcall::report {

/// What a plan says: what deserves a second look, objects, access, the total. `full` folds nothing and leaves
/// nothing out. `recorded` is the estate that the plan was made from.
View plan_view(const plan::Plan& plan, const model::RecordedEstate& recorded, const Context& context,
               bool full);

/// The same for reviewers on a page: access by user comes before objects, and nothing of it and of the second
/// look is folded. `full` has every object and every rule of a grant, too.
View plan_review(const plan::Plan& plan, const model::RecordedEstate& recorded, const Context& context,
                 bool full);

}  // namespace rollcall::report
