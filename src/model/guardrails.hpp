#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/source.hpp"
#include "model/access.hpp"
#include "model/exception.hpp"

namespace rollcall::model {

/// A share of the managed grants before the plan, over all and in each account; 5 are always allowed.
struct RemovalPercent {
  std::uint32_t percent = 25;
  bool operator==(const RemovalPercent&) const = default;
};

/// That many over all.
struct RemovalCount {
  std::uint32_t count = 0;
  bool operator==(const RemovalCount&) const = default;
};

using MaxRemovals = std::variant<RemovalPercent, RemovalCount>;

/// "25%" or "10"; nothing for any other text. More than 100% is no share.
std::optional<MaxRemovals> parse_max_removals(std::string_view text);
std::string to_string(const MaxRemovals& max_removals);

/// What no plan may do, from the project file.
struct Guardrails {
  std::uint32_t min_administrators = 1;
  MaxRemovals max_removals = RemovalPercent{};
  /// Addresses in lower case and account keys, as written: they need not be in the roster.
  std::vector<std::string> protected_users;
  std::vector<std::string> protected_accounts;
  /// The position of each; empty where the caller does not need it.
  std::vector<Origin> protected_users_at;
  std::vector<Origin> protected_accounts_at;
  std::vector<Role> require_reason_for;
  /// In lower case; empty: every domain. A domain matches exactly, no sub-domains.
  std::vector<std::string> allowed_email_domains;
  /// Removals at these addresses do not count, and deletions among them run.
  std::vector<Exception> allow;

  bool operator==(const Guardrails&) const = default;
};

}  // namespace rollcall::model
