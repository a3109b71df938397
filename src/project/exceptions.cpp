#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "project/project.hpp"

namespace rollcall::project {
namespace {

Diagnostics review_entries(const std::vector<model::Exception>& entries, std::string_view key,
                           std::int32_t most_days, const SourceFiles& files, Date today) {
  Diagnostics found;
  for (const model::Exception& entry : entries) {
    if (entry.until > Date{today.days + most_days})
      found.push_back(diagnose(files, Severity::kError, "P011", entry.origin,
                               fmt::format("this entry of `{}` holds until {}, more than {} days ahead", key,
                                           to_string(entry.until), most_days),
                               "choose an earlier date; extend it later if the entry is still needed"));
    else if (entry.until < today)
      found.push_back(diagnose(files, Severity::kWarning, "P012", entry.origin,
                               model::expiry_text(entry, key), "remove it, or choose a later date"));
  }
  return found;
}

}  // namespace

Diagnostics review_exceptions(const Settings& settings, const SourceFiles& files, Date today) {
  Diagnostics found =
      review_entries(settings.guardrails.allow, "allow", model::kMaxAllowedDays, files, today);
  for (Diagnostic& more :
       review_entries(settings.drift.acknowledged, "acknowledged", model::kMaxAcknowledgedDays, files, today))
    found.push_back(std::move(more));
  sort_diagnostics(found);
  return found;
}

}  // namespace rollcall::project
