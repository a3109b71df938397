#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/source.hpp"
#include "plan/drift.hpp"
#include "report/drift_view.hpp"
#include "report/view.hpp"

/// The items of a drift or a refresh, as rows.
namespace rollcall::report {

/// Items that are told under one heading.
struct DriftGroup {
  plan::Verdict verdict;
  char sign;
  std::string_view rule;
  std::string_view heading;
  /// What a reader does about it; empty where each item says it.
  std::string_view advice;
  enum class Part : std::uint8_t {
    kRest,
    /// Sign-in addresses: what is done about all else does not help with them.
    kAddresses,
    /// What no apply does at once.
    kWaiting,
  };
  Part part = Part::kRest;
};

/// In the order of a report: each item belongs to one of them.
std::span<const DriftGroup> drift_groups();
bool belongs(const plan::DriftItem& item, const DriftGroup& group);

/// Rows of these items, in their order; what is one row stands where the first of its items would. Without
/// `files` no row says where the roster wants it.
std::vector<Row> drift_rows(const std::vector<const plan::DriftItem*>& items, const SourceFiles* files,
                            Alike alike);

}  // namespace rollcall::report
