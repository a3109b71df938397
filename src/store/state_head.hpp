#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rollcall::store {

/// What a database shows of a state beside its bytes; 0 and empty where they do not say it.
struct StateHead {
  std::int64_t serial = 0;
  std::string lineage{};

  bool operator==(const StateHead&) const = default;
};

/// Reads no further than it needs to.
StateHead read_head(std::string_view bytes);

}  // namespace rollcall::store
