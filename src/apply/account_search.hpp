#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apply/session.hpp"

namespace rollcall::apply {

/// What a search for a marker brought.
struct AccountSearch {
  std::optional<model::LiveAccount> found;
  /// Ids from the first one asked for that exist, but not for this token.
  std::vector<model::ServerId> unseen;
  /// Whether everything could be read that there was to read.
  std::optional<chatwoot::CallError> failure;
};

/// Looks for the account that carries this marker: in the listing, or where that is broken by asking for ids
/// upward from `first`.
AccountSearch search_account(const KnownIds& ids, Worker& worker, const std::string& marker,
                             model::ServerId first);

}  // namespace rollcall::apply
