#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/live.hpp"
#include "model/recorded.hpp"
#include "plan/drift.hpp"

namespace rollcall::plan {

/// What `refresh` did to the record, a line each for the report.
struct Refreshed {
  model::RecordedEstate recorded;
  /// In the same words as drift: changed, gone, unlisted; sorted likewise.
  std::vector<DriftItem> changes;
  /// What differs and stays as it is in the record, such as an address that somebody changed by hand.
  std::vector<DriftItem> told;
  /// What could not be read, so that the record of it stays as it was. Sorted by address.
  std::vector<ReadFailure> failures;
  /// False: the listing is broken, and no search by id replaced it; `accounts_failure` says why.
  bool accounts_listed = true;
  std::string accounts_failure;
  /// The listing is broken, and a search by id has replaced it.
  bool accounts_searched = false;
  /// False: the listing is broken, so each recorded bot was asked for.
  bool bots_listed = true;
  /// What the server told of, be it that there is no such thing.
  std::size_t accounts_checked = 0;
  std::size_t users_checked = 0;
  std::size_t grants_checked = 0;
};

/// Takes what the server says into the record. Never forgets an object: what the server does not have is
/// marked missing with the time `now`. A managed grant that is gone leaves the record. Failed reads leave
/// things as they are.
Refreshed refresh(const model::RecordedEstate& recorded, const model::LiveEstate& live,
                  const model::Directory& directory, Time now);

/// Whether everything was read, so that nothing of the record may be behind.
bool is_complete(const Refreshed& refreshed);

}  // namespace rollcall::plan
