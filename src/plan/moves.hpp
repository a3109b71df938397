#pragma once

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "base/source.hpp"
#include "model/desired.hpp"
#include "model/directory.hpp"
#include "model/kinds.hpp"
#include "model/recorded.hpp"

namespace rollcall::plan {

/// A recorded object that goes on under a new key, and the entry of `moved` that says so.
template <class Ref>
struct KeyChange {
  Ref from{};
  Ref to{};
  Origin origin;
};

template <class Kind>
using KeyChanges = std::vector<KeyChange<typename Kind::Ref>>;

/// What `moved` means for one record. Each list sorted by `to`, each `to` once.
using Moves = model::OneEach<KeyChanges>;

/// The entry whose target is `to`; nullptr where there is none.
template <class Ref>
const KeyChange<Ref>* change_to(const std::vector<KeyChange<Ref>>& changes, Ref to) {
  const auto at =
      std::lower_bound(changes.begin(), changes.end(), to,
                       [](const KeyChange<Ref>& change, Ref wanted) { return change.to < wanted; });
  return at != changes.end() && at->to == to ? &*at : nullptr;
}

template <class Ref>
std::optional<Ref> moved_from(const std::vector<KeyChange<Ref>>& changes, Ref to) {
  const KeyChange<Ref>* change = change_to(changes, to);
  return change == nullptr ? std::nullopt : std::optional<Ref>(change->from);
}

/// Where the objects recorded under their old keys go on, for the many look-ups of a whole record.
template <class Kind>
class Renaming {
 public:
  using Ref = typename Kind::Ref;

  Renaming() = default;
  explicit Renaming(const KeyChanges<Kind>& changes) {
    for (const KeyChange<Ref>& change : changes) to_.emplace(change.from, change.to);
  }
  /// `from` itself where nothing moves it.
  [[nodiscard]] Ref moved_to(Ref from) const {
    const auto at = to_.find(from);
    return at == to_.end() ? from : at->second;
  }
  [[nodiscard]] bool empty() const { return to_.empty(); }

 private:
  std::unordered_map<Ref, Ref> to_;
};

using Renamings = model::OneEach<Renaming>;
Renamings renamings_of(const Moves& moves);

/// Follows chains to the first key that the roster has. A move whose `from` is not recorded was made already
/// and is ignored. Fails where two recorded objects would end under one key.
Expected<Moves> effective_moves(const model::DesiredEstate& desired, const model::RecordedEstate& recorded,
                                const model::Directory& directory);

/// The record as it stands after the moves: objects, grants, and the account keys that bots are recorded
/// with, be it before a move that an earlier run has made.
model::RecordedEstate after_moves(model::RecordedEstate recorded, const Moves& moves,
                                  const model::DesiredEstate& desired, const model::Directory& directory);

/// The same: `recorded` itself where the roster moves nothing, and otherwise what it puts into `renamed`.
const model::RecordedEstate& after_moves(const model::RecordedEstate& recorded, const Moves& moves,
                                         const model::DesiredEstate& desired,
                                         const model::Directory& directory, model::RecordedEstate& renamed);

}  // namespace rollcall::plan
