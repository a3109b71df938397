#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace rollcall {

/// The whole file; nothing where there is none; an error where it cannot be read or is larger than `limit`
/// bytes.
Expected<std::optional<std::string>> read_file(const std::filesystem::path& path, std::uint64_t limit);

/// Replaces a file in one step: the bytes go to a temporary file of mode 0600 in the same folder, are synced,
/// renamed over `path`, and the folder is synced. On any error `path` is as it was and the temporary is gone.
/// With `backup`, what stood at `path` is kept there (by a hard link made before the rename).
Expected<void> write_file_atomically(const std::filesystem::path& path, std::string_view bytes,
                                     const std::optional<std::filesystem::path>& backup = std::nullopt);

/// Writes a file that is not there yet, with the usual rights; an error where it is, or where it cannot be
/// written whole (what was begun is removed).
Expected<void> create_file(const std::filesystem::path& path, std::string_view bytes);

/// The system's words for errno, such as "No space left on device".
std::string system_message(int error_number);

}  // namespace rollcall
