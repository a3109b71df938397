#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/journals.hpp"
#include "store/store.hpp"

namespace rollcall::store {

/// A state and its journals as they stood at one moment.
struct Snapshot {
  std::optional<Stored> stored;
  /// Run and bytes. The last line may be cut off where a run is writing it.
  std::vector<std::pair<std::string, std::string>> journals;
};

/// Reads both without the lock, although a run may be at work: a state that is the same before and after the
/// journals were read belongs to them. Reads again where it is not; an error where it never is.
Expected<Snapshot> read_snapshot(Store& store, Journals& journals);

}  // namespace rollcall::store
