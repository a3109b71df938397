#pragma once

#include "report/report.hpp"
#include "report/view.hpp"

namespace rollcall::report {

/// What of a plan deserves a second look: refusals, changed sign-in addresses, new administrators, access
/// that is taken away, what is suspended or deleted and what goes with it, warnings. Empty where there is
/// nothing.
Section second_look(const plan::Plan& plan, const model::RecordedEstate& recorded, const Context& context,
                    bool full);

/// A row for each: its place, what is wrong and what to do about it.
std::vector<Row> diagnostic_rows(const Diagnostics& diagnostics);

}  // namespace rollcall::report
