#pragma once

#include <cstdint>

namespace rollcall::testing {

/// Whether this build is a slow one, without optimisation or with a sanitizer, as those of all presets but
/// release are: then random rounds are fewer and large inputs smaller.
#ifdef NDEBUG
constexpr bool kSlow = false;
#else
constexpr bool kSlow = true;
#endif

/// So many random rounds; a sixth of them in a slow build.
constexpr std::uint32_t rounds(std::uint32_t in_a_fast_build) {
  return kSlow ? in_a_fast_build / 6 : in_a_fast_build;
}

}  // namespace rollcall::testing
