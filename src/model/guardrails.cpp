#include "model/guardrails.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

namespace rollcall::model {

std::optional<MaxRemovals> parse_max_removals(std::string_view text) {
  const bool share = !text.empty() && text.back() == '%';
  if (share) text.remove_suffix(1);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool padded = text.size() > 1 && text.front() == '0';
  if (text.empty() || padded || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!share) return RemovalCount{number};
  if (number > 100) return std::nullopt;
  return RemovalPercent{number};
}

std::string to_string(const MaxRemovals& max_removals) {
  if (const auto* share = std::get_if<RemovalPercent>(&max_removals))
    return fmt::format("{}%", share->percent);
  return std::to_string(std::get<RemovalCount>(max_removals).count);
}

}  // namespace rollcall::model
