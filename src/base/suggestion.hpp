#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall {

/// The candidate closest to `word`, if it is close enough to be a slip of the finger. Ties: the first one.
std::optional<std::string> closest(std::string_view word, const std::vector<std::string>& candidates);

/// The same for keys with hyphens: what both begin or end with says nothing, so `sales-it` is no slip for
/// `sales-de`.
std::optional<std::string> closest_key(std::string_view word, const std::vector<std::string>& candidates);

/// The same for e-mail addresses: the name and the domain have to be close each by itself, so a shared domain
/// makes no two users alike.
std::optional<std::string> closest_email(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace rollcall
