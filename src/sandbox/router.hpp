#pragma once

#include <string>

#include "world.hpp"

namespace sandbox {

// The path with double and final slashes taken out.
std::string normalized(const std::string& path);
// The token a request was sent with, or empty. The dashed header wins over the underscored.
std::string token_of(const Message& message);
// The answer to a request whose method and normalized path are given, from the route on.
Reply route(World& world, const Message& message, const std::string& path, std::optional<int> fault);

}  // namespace sandbox
