#pragma once

#include <string_view>

namespace rollcall {

/// The version of CMakeLists.txt, such as "0.1.0".
std::string_view version();

}  // namespace rollcall
