#pragma once

#include <cstdint>

#include "report/report.hpp"
#include "report/view.hpp"

namespace rollcall::report {

/// How items of the same setting with the same sides are told.
enum class Alike : std::uint8_t {
  kEach,    // each is a row
  kNamed,   // one row with their count and the first addresses
  kListed,  // one row with their count, and a row for each under it
};

/// What a drift says: what deserves a second look, the items of each verdict under a heading that says what
/// to do, what the project file acknowledges, what was not read, the total.
View drift_view(const plan::Drift& drift, const SourceFiles& files, Alike alike);

/// The same with the server, the state and the day as its title, for readers who did not run it themselves:
/// what is alike is listed.
View drift_review(const plan::Drift& drift, const SourceFiles& files, const Meta& meta);

/// What a refresh took into the record, and what it only reports.
View refresh_view(const plan::Refreshed& refreshed);

}  // namespace rollcall::report
