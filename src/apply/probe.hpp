#pragma once

#include <optional>
#include <string>
#include <vector>

#include "chatwoot/call_error.hpp"
#include "model/directory.hpp"

namespace rollcall::apply {

/// What asking for ids upward has left open.
struct Probed {
  /// Ids that exist, but not for this token.
  std::vector<model::ServerId> unseen;
  /// Set where the search did not come to the end of the ids: nobody knows of the rest.
  std::optional<chatwoot::CallError> failure;
};

/// The failure of a search that would not end.
chatwoot::CallError too_many_ids(model::ServerId first, model::ServerId last);

/// "3, 5 to 9, 12": ids in rising order.
std::string ranges_of(const std::vector<model::ServerId>& ids);

/// Where a listing is broken: asks `get` for ids from `first` upward, but for those that `is_known`, and
/// shows what there is to `visit` until it says that this is enough. 401 and 404 tell. Ids have gaps (a
/// rejected insert uses one up, deleted objects leave theirs, a crash of the database skips up to 32), so the
/// end is where very many in a row are missing.
template <class IsKnown, class Get, class Visit>
Probed probe_ids(model::ServerId first, const IsKnown& is_known, const Get& get, const Visit& visit) {
  constexpr int kMissingInARow = 200;
  constexpr int kMost = 5000;
  Probed probed;
  int missing = 0;
  int probes = 0;
  for (model::ServerId id = first; missing < kMissingInARow; ++id) {
    if (is_known(id)) continue;
    if (++probes > kMost) {
      probed.failure = too_many_ids(first, id);
      return probed;
    }
    auto object = get(id);
    const bool is_missing = !object && object.error().kind == chatwoot::ErrorKind::kNotFound;
    missing = is_missing ? missing + 1 : 0;
    if (is_missing) continue;
    if (object) {
      if (visit(*object)) return probed;
    } else if (object.error().kind == chatwoot::ErrorKind::kNotPermitted) {
      probed.unseen.push_back(id);
    } else {
      probed.failure = object.error();
      return probed;
    }
  }
  return probed;
}

/// 500 for ever once the token's app has seen a deletion; accounts also 404 before Chatwoot 4.5.
inline bool is_broken_listing(const chatwoot::CallError& error) {
  return error.status == 500 || error.kind == chatwoot::ErrorKind::kNotFound;
}

/// Asks for a listing, and a second and third time where it looks broken: a server may fail once for other
/// reasons.
template <class List>
auto ask_for_listing(const List& list) {
  constexpr int kMore = 2;
  auto listed = list();
  for (int more = 0; more < kMore && !listed && is_broken_listing(listed.error()); ++more) listed = list();
  return listed;
}

}  // namespace rollcall::apply
