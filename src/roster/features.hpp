#pragma once

#include <span>
#include <string_view>

namespace rollcall::roster {

/// The feature flags of Chatwoot 4.10: those of the recordings, and its own list as far as it is known.
std::span<const std::string_view> known_features();

}  // namespace rollcall::roster
