#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>

#include "base/error.hpp"

namespace rollcall {

/// What a file, a pipe or a terminal gives until its end; nothing where there is none. Waits for a writer
/// until a stop is requested, which is an error, as is more than `limit` bytes.
Expected<std::optional<std::string>> read_stream(const std::filesystem::path& path, std::uint64_t limit,
                                                 const std::stop_token& stop);

}  // namespace rollcall
