#pragma once

#include <optional>
#include <string_view>

#include "base/source.hpp"
#include "yaml/problems.hpp"
#include "yaml/tree.hpp"

namespace rollcall::yaml {

/// The rules for a file that says no version first, and for one of another version than 1.
struct VersionRules {
  std::string_view missing;
  std::string_view other;
};

/// Parses a file that has to start with `version: 1`. One that does not may be any file of this machine that
/// a link or a path leads to, so nothing of it is shown: neither its lines nor its keys.
std::optional<Document> parse_versioned(std::string_view text, FileIndex file, const VersionRules& rules,
                                        Problems& problems);

}  // namespace rollcall::yaml
