#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <tl/expected.hpp>

#include "model/directory.hpp"
#include "roster/roster.hpp"

namespace rollcall::policy {

/// Whom one rule reaches, and where. Both sorted, each once.
struct Reach {
  std::vector<model::AccountRef> accounts;
  std::vector<model::UserRef> users;
};

/// Which limit a roster passes, and the index of the rule that does.
struct TooMuch {
  /// kMaxGrants, kMaxSteps.
  enum class Of : std::uint8_t { kGrants, kSteps };
  Of of = Of::kGrants;
  std::size_t rule = 0;
};

/// In the order of Roster::rules.
using Reaches = tl::expected<std::vector<Reach>, TooMuch>;

/// The reach of every rule: groups are flattened, patterns matched, `except` taken away.
Reaches reach_of_rules(const roster::Roster& roster, const model::Directory& directory);

/// One rule that gives one user a role in one account.
struct Entry {
  model::AccountRef account{};
  model::UserRef user{};
  std::uint32_t rule = 0;

  auto operator<=>(const Entry&) const = default;
};

/// Accounts x users of every reach, sorted by account, user and rule.
std::vector<Entry> entries_of(const std::vector<Reach>& reaches, std::size_t account_count);

}  // namespace rollcall::policy
