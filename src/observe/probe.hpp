#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "chatwoot/call_error.hpp"
#include "model/directory.hpp"

namespace rollcall::observe {

/// Where to ask for ids upward, and how far at least.
struct IdRange {
  model::ServerId first = 1;
  /// An id that the server is known to have given out: the search does not end before it. 0: none.
  model::ServerId known_to = 0;
};

/// What asking for ids upward has brought.
struct Probed {
  /// Ids that exist, but not for this token.
  std::vector<model::ServerId> unseen;
  /// The highest id that exists, known ones included; 0: none.
  model::ServerId seen_to = 0;
  /// Set where the search did not come to its end: of what is above nothing is known.
  std::optional<chatwoot::CallError> failure;
};

/// "3, 5 to 9, 12": ids in rising order.
std::string ranges_of(const std::vector<model::ServerId>& ids);

/// 500 for ever once the token's app has seen a deletion; accounts also 404 before Chatwoot 4.5.
inline bool is_broken_listing(const chatwoot::CallError& error) {
  return error.status == 500 || error.kind == chatwoot::ErrorKind::kNotFound;
}

/// Asks; only what has answered 500 three times counts as broken: a server may fail once for reasons of its
/// own.
template <class Ask>
auto ask_three_times(const Ask& ask) {
  constexpr int kMore = 2;
  auto answer = ask();
  for (int more = 0; more < kMore && !answer && answer.error().status == 500; ++more) answer = ask();
  return answer;
}

/// What was answered for an id, so that several searches ask for it once. A 500 is no answer.
template <class Object>
class Remembered {
 public:
  /// A `get` for `probe_ids`.
  template <class Get>
  auto over(Get get) {
    return [this, get](model::ServerId id) -> chatwoot::Result<Object> {
      if (const auto known = answers_.find(id); known != answers_.end()) return known->second;
      auto answer = get(id);
      if (answer || answer.error().status != 500) answers_.emplace(id, answer);
      return answer;
    };
  }

 private:
  std::unordered_map<model::ServerId, chatwoot::Result<Object>> answers_;
};

/// Where a listing is broken: asks `get` for ids upward, but for those that `is_known`, and shows what there
/// is to `visit` until it says that this is enough. 401 and 404 are passed over. Ids have gaps (a rejected
/// insert uses one up, deleted objects leave theirs, a crash of the database skips up to 32), so the end is
/// where very many in a row are missing. `tell` is told each id before it is asked for.
template <class IsKnown, class Get, class Visit>
Probed probe_ids(const IdRange& range, const IsKnown& is_known, const Get& get, const Visit& visit,
                 const std::function<void(model::ServerId id)>& tell = nullptr) {
  constexpr int kMissingInARow = 200;
  Probed probed;
  int missing = 0;
  for (model::ServerId id = range.first; missing < kMissingInARow || id <= range.known_to; ++id) {
    if (is_known(id)) {
      missing = 0;
      probed.seen_to = id;
      continue;
    }
    if (tell) tell(id);
    auto object = ask_three_times([&] { return get(id); });
    if (is_missing(object)) {
      ++missing;
      continue;
    }
    missing = 0;
    if (!object && object.error().kind != chatwoot::ErrorKind::kNotPermitted) {
      probed.failure = object.error();
      return probed;
    }
    probed.seen_to = id;
    if (!object)
      probed.unseen.push_back(id);
    else if (visit(*object))
      return probed;
  }
  return probed;
}

}  // namespace rollcall::observe
