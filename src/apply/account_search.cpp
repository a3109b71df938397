#include "apply/account_search.hpp"

#include <utility>

namespace rollcall::apply {

AccountSearch AccountFinder::find(const std::string& marker, model::ServerId first) {
  if (!std::exchange(is_listed_, true)) list();
  AccountSearch search;
  if (listing_error_) {
    if (observe::is_broken_listing(*listing_error_)) return probe(marker, first);
    search.failure = listing_error_;
  } else if (const auto found = by_marker_.find(marker); found != by_marker_.end()) {
    search.found = found->second;
  }
  return search;
}

void AccountFinder::list() {
  auto listed = observe::ask_three_times([&] { return worker_.client.list_accounts(); });
  if (!listed) {
    listing_error_ = std::move(listed.error());
    return;
  }
  for (model::LiveAccount& account : *listed)
    if (account.marker) by_marker_.emplace(*account.marker, std::move(account));
}

AccountSearch AccountFinder::probe(const std::string& marker, model::ServerId first) {
  AccountSearch search;
  observe::Probed probed = observe::probe_ids(
      {first, ids_.first_unknown<model::Account>() - 1},
      [&](model::ServerId id) { return ids_.has<model::Account>(id); },
      by_id_.over([&](model::ServerId id) { return worker_.client.get_account(id); }),
      [&](model::LiveAccount& account) {
        if (account.marker == marker) search.found = std::move(account);
        return search.found.has_value();
      });
  search.unseen = std::move(probed.unseen);
  search.failure = std::move(probed.failure);
  return search;
}

}  // namespace rollcall::apply
