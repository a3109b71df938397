#include "apply/account_search.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::apply {
namespace {

using chatwoot::ErrorKind;

/// Where the listing is broken: ids upward, 401 and 404 tell. Ids have gaps (a rejected insert uses one up),
/// so the end is where many in a row are missing.
AccountSearch probe_ids(const KnownIds& ids, Worker& worker, const std::string& marker) {
  constexpr int kMissingInARow = 20;
  constexpr int kMost = 1000;
  AccountSearch search;
  int missing = 0;
  model::ServerId id = ids.first_unknown_account();
  for (int probe = 0; probe < kMost && missing < kMissingInARow; ++probe, ++id) {
    if (ids.has_account(id)) continue;
    auto account = worker.client.get_account(id);
    if (account && account->marker == marker) {
      search.found = std::move(*account);
      return search;
    }
    const bool is_missing = !account && account.error().kind == ErrorKind::kNotFound;
    missing = is_missing ? missing + 1 : 0;
    if (account || is_missing) continue;
    if (account.error().kind == ErrorKind::kNotPermitted) {
      search.unseen.push_back(id);
    } else {
      search.failure = account.error();
      return search;
    }
  }
  return search;
}

}  // namespace

AccountSearch search_account(const KnownIds& ids, Worker& worker, const std::string& marker) {
  auto listed = worker.client.list_accounts();
  if (!listed && is_broken_listing(listed.error())) return probe_ids(ids, worker, marker);
  AccountSearch search;
  if (!listed) {
    search.failure = listed.error();
    return search;
  }
  const auto found = std::find_if(listed->begin(), listed->end(), [&](const model::LiveAccount& account) {
    return account.marker == marker;
  });
  if (found != listed->end()) search.found = std::move(*found);
  return search;
}

bool is_broken_listing(const chatwoot::CallError& error) {
  return error.status == 500 || error.kind == ErrorKind::kNotFound;
}

}  // namespace rollcall::apply
