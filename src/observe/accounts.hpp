#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "chatwoot/client.hpp"
#include "model/live.hpp"
#include "observe/probe.hpp"

namespace rollcall::observe {

/// What the server's accounts looked like to this token.
struct SeenAccounts {
  model::AccountListing listing = model::AccountListing::kNone;
  /// Every account of the listing; where it is broken, what the search by id has found beside the known ones.
  /// Sorted by id.
  std::vector<model::LiveAccount> accounts;
  /// The highest id that exists, as far as was looked.
  model::ServerId seen_to = 0;
  /// Set with kNone: why there was neither.
  std::optional<chatwoot::CallError> failure;
  /// The failure is that of one account, which ended the search by id.
  bool search_failed = false;
};

/// Where a search by id begins and what it passes over.
struct AccountsKnown {
  /// Every account up to this id has been listed or asked for before.
  model::ServerId seen_to = 0;
  /// The highest id that `is_known` knows.
  model::ServerId highest = 0;
  std::function<bool(model::ServerId id)> is_known;
};

/// Lists the accounts; where the listing is broken for this token, asks for ids upward from what has been
/// seen to the end. `tell` is told each id before it is asked for.
SeenAccounts see_accounts(chatwoot::Client& client, const AccountsKnown& known,
                          const std::function<void(model::ServerId id)>& tell = nullptr);

}  // namespace rollcall::observe
