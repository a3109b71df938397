#include "apply/account_search.hpp"

#include <algorithm>
#include <utility>

#include "observe/probe.hpp"

namespace rollcall::apply {
namespace {

AccountSearch probe_accounts(const KnownIds& ids, Worker& worker, const std::string& marker,
                             model::ServerId first) {
  AccountSearch search;
  observe::Probed probed = observe::probe_ids(
      {first, ids.first_unknown<model::Account>() - 1},
      [&](model::ServerId id) { return ids.has<model::Account>(id); },
      [&](model::ServerId id) { return worker.client.get_account(id); },
      [&](model::LiveAccount& account) {
        if (account.marker == marker) search.found = std::move(account);
        return search.found.has_value();
      });
  search.unseen = std::move(probed.unseen);
  search.failure = std::move(probed.failure);
  return search;
}

}  // namespace

AccountSearch search_account(const KnownIds& ids, Worker& worker, const std::string& marker,
                             model::ServerId first) {
  auto listed = observe::ask_three_times([&] { return worker.client.list_accounts(); });
  if (!listed && observe::is_broken_listing(listed.error()))
    return probe_accounts(ids, worker, marker, first);
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

}  // namespace rollcall::apply
