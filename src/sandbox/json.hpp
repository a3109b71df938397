#pragma once

#include <nlohmann/json.hpp>

namespace sandbox {

// Keeps the order of keys, so that answers look like the server's own.
using Json = nlohmann::ordered_json;

}  // namespace sandbox
