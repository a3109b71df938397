#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apply/session.hpp"

namespace rollcall::apply {

/// What a search for a marker brought.
struct AccountSearch {
  std::optional<model::LiveAccount> found;
  /// Ids above those known before the run that exist, but not for this token.
  std::vector<model::ServerId> unseen;
  /// Whether everything could be read that there was to read.
  std::optional<chatwoot::CallError> failure;
};

/// Looks for the account that carries this marker: in the listing, or where that is broken by asking for ids
/// upward from the highest known one.
AccountSearch search_account(const KnownIds& ids, Worker& worker, const std::string& marker);

/// 500 for ever once the token's app has seen a deletion; 404 before Chatwoot 4.5.
bool is_broken_listing(const chatwoot::CallError& error);

}  // namespace rollcall::apply
