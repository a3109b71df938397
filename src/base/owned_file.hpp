#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace rollcall {

/// Whether a file that starts so (with its first kStartOfFile bytes, or fewer where it was cut off) is one of
/// ours.
using IsOurs = std::function<bool(std::string_view start)>;
constexpr std::size_t kStartOfFile = 256;

/// Refuses an open file that another user may have put there: one that is not a regular file, that belongs to
/// neither this user nor root, or that has another name (a hard link) besides those in `other_names`.
Expected<void> require_own(int fd, const std::filesystem::path& path,
                           const std::vector<std::filesystem::path>& other_names = {});

/// The whole file where `require_own` allows it; nothing where there is none. Never follows a link, never
/// waits.
Expected<std::optional<std::string>> read_own_file(
    const std::filesystem::path& path, std::uint64_t limit,
    const std::vector<std::filesystem::path>& other_names = {});

/// Refuses a file at `path` that `require_own` or `is_ours` refuses. One that is not there is no error.
Expected<void> require_ours(const std::filesystem::path& path, const IsOurs& is_ours,
                            const std::vector<std::filesystem::path>& other_names = {});

}  // namespace rollcall
