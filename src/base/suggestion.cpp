#include "base/suggestion.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>
#include <utility>

namespace rollcall {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> previous(b.size() + 1), current(b.size() + 1), before(b.size() + 1);
  std::iota(previous.begin(), previous.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + cost});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        current[j] = std::min(current[j], before[j - 2] + 1);
    }
    before.swap(previous);
    previous.swap(current);
  }
  return previous[b.size()];
}

/// How many slips of the finger a word may have.
std::size_t allowance(std::string_view word) {
  return std::max<std::size_t>(1, word.size() / 3);
}

/// The distance, where it is at most `most` and leaves something of the candidate.
std::optional<std::size_t> slip(std::string_view word, std::string_view candidate, std::size_t most) {
  const std::size_t difference =
      candidate.size() > word.size() ? candidate.size() - word.size() : word.size() - candidate.size();
  if (difference > most) return std::nullopt;
  if (word == candidate) return 0;
  const std::size_t distance = edit_distance(word, candidate);
  if (distance > most || distance >= candidate.size()) return std::nullopt;
  return distance;
}

/// The candidate for which `measure(candidate, most)` answers least; `most` is what is still worth a look.
template <class Measure>
std::optional<std::string> least_slip(const std::vector<std::string>& candidates, const Measure& measure) {
  const std::string* best = nullptr;
  std::size_t most = std::numeric_limits<std::size_t>::max();
  for (const std::string& candidate : candidates) {
    const auto distance = measure(std::string_view(candidate), most);
    if (!distance) continue;
    best = &candidate;
    if (*distance == 0) break;
    most = *distance - 1;
  }
  if (best == nullptr) return std::nullopt;
  return *best;
}

/// What is left of two keys without the hyphenated words that both begin and end with.
std::pair<std::string_view, std::string_view> differing_parts(std::string_view a, std::string_view b) {
  const auto mismatch = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const auto same = static_cast<std::size_t>(mismatch.first - a.begin());
  if (const std::size_t hyphen = a.substr(0, same).rfind('-'); hyphen != std::string_view::npos) {
    a.remove_prefix(hyphen + 1);
    b.remove_prefix(hyphen + 1);
  }
  std::size_t suffix = 0;
  while (suffix < std::min(a.size(), b.size()) && a[a.size() - 1 - suffix] == b[b.size() - 1 - suffix])
    ++suffix;
  if (const std::size_t hyphen = a.substr(a.size() - suffix).find('-'); hyphen != std::string_view::npos) {
    a.remove_suffix(suffix - hyphen);
    b.remove_suffix(suffix - hyphen);
  }
  return {a, b};
}

}  // namespace

std::optional<std::string> closest(std::string_view word, const std::vector<std::string>& candidates) {
  return least_slip(candidates, [&](std::string_view candidate, std::size_t most) {
    return slip(word, candidate, std::min(most, allowance(word)));
  });
}

std::optional<std::string> closest_key(std::string_view word, const std::vector<std::string>& candidates) {
  return least_slip(candidates,
                    [&](std::string_view candidate, std::size_t most) -> std::optional<std::size_t> {
                      const auto [mine, theirs] = differing_parts(word, candidate);
                      if (word == candidate) return 0;
                      const bool whole = mine.size() == word.size();
                      if (!whole && std::max(mine.size(), theirs.size()) < 3) return std::nullopt;
                      return slip(mine, theirs, std::min(most, allowance(mine)));
                    });
}

std::optional<std::string> closest_email(std::string_view word, const std::vector<std::string>& candidates) {
  const auto split = [](std::string_view email) {
    const std::size_t at = std::min(email.rfind('@'), email.size());
    return std::pair(email.substr(0, at), email.substr(std::min(at + 1, email.size())));
  };
  const auto [name, domain] = split(word);
  const std::size_t name_allowance = allowance(name), domain_allowance = allowance(domain);
  return least_slip(candidates,
                    [&, name = name, domain = domain](std::string_view candidate,
                                                      std::size_t most) -> std::optional<std::size_t> {
                      const auto [their_name, their_domain] = split(candidate);
                      const auto of_domain = slip(domain, their_domain, std::min(most, domain_allowance));
                      if (!of_domain) return std::nullopt;
                      const auto of_name =
                          slip(name, their_name, std::min(most - *of_domain, name_allowance));
                      if (!of_name) return std::nullopt;
                      return *of_name + *of_domain;
                    });
}

}  // namespace rollcall
