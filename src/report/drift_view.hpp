#pragma once

#include "report/report.hpp"
#include "report/view.hpp"

namespace rollcall::report {

/// What a drift says: what deserves a second look, the items of each verdict under a heading that says what
/// to do, what the project file acknowledges, what was not read, the total. Items of the same setting with
/// the same sides are one row, unless the view is a `full` one.
View drift_view(const plan::Drift& drift, const SourceFiles& files, bool full);

/// The same with the server, the state and the day as its title, for readers who did not run it themselves.
View drift_review(const plan::Drift& drift, const SourceFiles& files, const Meta& meta);

/// What a refresh took into the record, and what it only reports.
View refresh_view(const plan::Refreshed& refreshed);

}  // namespace rollcall::report
