#pragma once

#include <cstddef>
#include <string_view>

namespace rollcall::yaml {

/// Where the `&name` or `!tag` that starts at `at` ends, as yaml-cpp reads it.
std::size_t end_of_property(std::string_view text, std::size_t at);

}  // namespace rollcall::yaml
