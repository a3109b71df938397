#pragma once

#include <optional>
#include <vector>

#include "apply/session.hpp"

namespace rollcall::apply {

/// What asking for ids upward has left open.
struct Probed {
  /// Ids that exist, but not for this token.
  std::vector<model::ServerId> unseen;
  /// Set where the server stopped answering: nobody knows of the rest.
  std::optional<chatwoot::CallError> failure;
};

/// Where a listing is broken: asks `get` for ids from `first` upward, but for those that `is_known`, and
/// shows what there is to `visit` until it says that this is enough. 401 and 404 tell. Ids have gaps (a
/// rejected insert uses one up), so the end is where many in a row are missing.
template <class IsKnown, class Get, class Visit>
Probed probe_ids(model::ServerId first, const IsKnown& is_known, const Get& get, const Visit& visit) {
  constexpr int kMissingInARow = 20;
  constexpr int kMost = 1000;
  Probed probed;
  int missing = 0;
  model::ServerId id = first;
  for (int probe = 0; probe < kMost && missing < kMissingInARow; ++id) {
    if (is_known(id)) continue;
    ++probe;
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

}  // namespace rollcall::apply
