#include "plan/expiry.hpp"

namespace rollcall::plan {

std::optional<Date> last_day(const model::DesiredEstate& desired, const model::DesiredGrant& expired) {
  std::optional<Date> last;
  for (const std::uint32_t rule : desired.causes.sets[expired.cause]) {
    const std::optional<Date>& until = desired.causes.rules[rule].until;
    if (until && last.value_or(*until) <= *until) last = until;
    if (until) continue;
    last.reset();
    break;
  }
  const model::DesiredUser* user = model::find(desired, expired.grant.user);
  return user != nullptr && user->until && (!last || *user->until < *last) ? user->until : last;
}

}  // namespace rollcall::plan
