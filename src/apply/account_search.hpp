#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "apply/session.hpp"
#include "observe/probe.hpp"

namespace rollcall::apply {

/// What a search for a marker brought.
struct AccountSearch {
  std::optional<model::LiveAccount> found;
  /// Ids from the first one asked for that exist, but not for this token.
  std::vector<model::ServerId> unseen;
  /// Whether everything could be read that there was to read.
  std::optional<chatwoot::CallError> failure;
};

/// Looks for accounts by their markers: in the listing, or where that is broken by asking for ids upward.
/// Asks the server once for all searches, so each look that has to be a new one needs a finder of its own.
class AccountFinder {
 public:
  AccountFinder(const KnownIds& ids, Worker& worker) : ids_(ids), worker_(worker) {}
  /// `first` is where ids are asked for, if they are.
  AccountSearch find(const std::string& marker, model::ServerId first);

 private:
  AccountSearch probe(const std::string& marker, model::ServerId first);
  void list();

  const KnownIds& ids_;
  Worker& worker_;
  observe::Remembered<model::LiveAccount> by_id_;
  bool is_listed_ = false;
  std::optional<chatwoot::CallError> listing_error_;
  std::unordered_map<std::string, model::LiveAccount> by_marker_;
};

}  // namespace rollcall::apply
