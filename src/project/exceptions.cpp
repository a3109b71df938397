#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "project/project.hpp"

namespace rollcall::project {
namespace {

/// What is told of the entries under one key.
struct ExceptionWords {
  std::string_view key;
  std::int32_t most_days = 0;
  /// After "and no longer".
  std::string_view effect;
};

Diagnostics review_entries(const std::vector<model::Exception>& entries, const ExceptionWords& words,
                           const SourceFiles& files, Date today) {
  Diagnostics found;
  for (const model::Exception& entry : entries) {
    const std::string until = to_string(entry.until);
    if (entry.until > Date{today.days + words.most_days})
      found.push_back(diagnose(files, Severity::kError, "P011", entry.origin,
                               fmt::format("this entry of `{}` holds until {}, more than {} days ahead",
                                           words.key, until, words.most_days),
                               "choose an earlier date; extend it later if the entry is still needed"));
    else if (entry.until < today)
      found.push_back(diagnose(
          files, Severity::kWarning, "P012", entry.origin,
          fmt::format("this entry of `{}` expired on {} and no longer {}", words.key, until, words.effect),
          "remove it"));
  }
  return found;
}

}  // namespace

Diagnostics review_exceptions(const Settings& settings, const SourceFiles& files, Date today) {
  Diagnostics found = review_entries(settings.guardrails.allow,
                                     {"allow", model::kMaxAllowedDays, "allows anything"}, files, today);
  for (Diagnostic& more :
       review_entries(settings.drift.acknowledged,
                      {"acknowledged", model::kMaxAcknowledgedDays, "declines anything"}, files, today))
    found.push_back(std::move(more));
  sort_diagnostics(found);
  return found;
}

}  // namespace rollcall::project
