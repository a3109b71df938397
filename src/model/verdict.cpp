#include "model/verdict.hpp"

#include <array>

namespace rollcall::model {
namespace {

constexpr std::array<std::string_view, 8> kVerdicts = {"changed",  "gone",    "conflict",    "expired",
                                                       "unlisted", "pending", "stale_state", "converged"};

}  // namespace

std::span<const std::string_view> verdict_words() {
  return kVerdicts;
}

std::span<const std::string_view> fail_on_words() {
  return verdict_words().first(static_cast<std::size_t>(Verdict::kPending) + 1);
}

std::string_view to_string(Verdict verdict) {
  return kVerdicts.at(static_cast<std::size_t>(verdict));
}

}  // namespace rollcall::model
