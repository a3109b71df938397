#pragma once

#include "model/access.hpp"

namespace rollcall::test {

inline constexpr model::Role kAgent = model::Role::kAgent;
inline constexpr model::Role kAdmin = model::Role::kAdministrator;

}  // namespace rollcall::test
