#include "plan/result.hpp"

#include <array>

namespace rollcall::plan {

std::string_view to_string(Outcome outcome) {
  constexpr std::array<std::string_view, 7> kWords = {"done",    "unchanged", "failed",     "unknown",
                                                      "skipped", "blocked",   "not_started"};
  return kWords.at(static_cast<std::size_t>(outcome));
}

}  // namespace rollcall::plan
