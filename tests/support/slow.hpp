#pragma once

namespace rollcall::testing {

/// Whether this build is a slow one, without optimisation or with a sanitizer, as those of all presets but
/// release are: then random rounds are fewer and large inputs smaller.
#ifdef NDEBUG
constexpr bool kSlow = false;
#else
constexpr bool kSlow = true;
#endif

}  // namespace rollcall::testing
