#include "observe/accounts.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::observe {
namespace {

/// Where something else than Chatwoot answers 404 to everything, no account must be taken for missing.
std::optional<chatwoot::CallError> no_chatwoot(chatwoot::Client& client, const chatwoot::CallError& listing) {
  if (listing.kind != chatwoot::ErrorKind::kNotFound) return std::nullopt;
  const auto server = client.server_info();
  return server ? std::nullopt : std::optional(server.error());
}

}  // namespace

SeenAccounts see_accounts(chatwoot::Client& client, const AccountsKnown& known,
                          const std::function<void(model::ServerId id)>& tell) {
  SeenAccounts seen;
  auto listed = ask_three_times([&] { return client.list_accounts(); });
  if (listed) {
    seen.listing = model::AccountListing::kListed;
    seen.accounts = std::move(*listed);
    if (!seen.accounts.empty()) seen.seen_to = seen.accounts.back().id;
    return seen;
  }
  if (!is_broken_listing(listed.error())) {
    seen.failure = listed.error();
    return seen;
  }
  seen.failure = no_chatwoot(client, listed.error());
  if (seen.failure) return seen;
  Probed probed = probe_ids(
      {known.seen_to + 1, known.highest}, known.is_known,
      [&](model::ServerId id) { return client.get_account(id); },
      [&](model::LiveAccount& account) {
        seen.accounts.push_back(std::move(account));
        return false;
      },
      tell);
  seen.failure = std::move(probed.failure);
  seen.search_failed = seen.failure.has_value();
  if (seen.failure) return seen;
  seen.listing = model::AccountListing::kSearched;
  seen.seen_to = std::max(known.seen_to, probed.seen_to);
  return seen;
}

}  // namespace rollcall::observe
