#include "store/lock_wait.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "http/throttle.hpp"

namespace rollcall::store {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kFirstPause{1};
constexpr seconds kLongestPause{16};

/// "5 min", "3 h".
std::string age_of(seconds age) {
  using std::chrono::hours;
  using std::chrono::minutes;
  if (age < minutes{2}) return fmt::format("{} s", age.count());
  if (age < hours{2}) return fmt::format("{} min", age / minutes{1});
  if (age < hours{48}) return fmt::format("{} h", age / hours{1});
  return fmt::format("{} days", age / hours{24});
}

std::string fate_of_the_dead(std::optional<milliseconds> lease, const std::string& id) {
  if (!lease)
    return fmt::format(
        "The lock of a run that died stays: once you are certain of that, `rollcall unlock {}` removes it.",
        quoted(id));
  return fmt::format(
      "The lock of a run that died expires within {} s; once you are certain of that, "
      "`rollcall unlock {}` removes it at once.",
      std::chrono::ceil<seconds>(*lease).count(), quoted(id));
}

Error held_by(const std::string& state, const std::optional<LockInfo>& holder,
              std::optional<milliseconds> lease, const LockWait& wait, Time now) {
  const std::string after =
      wait.timeout.count() == 0
          ? ""
          : fmt::format(" after waiting {} s", std::chrono::ceil<seconds>(wait.timeout).count());
  constexpr const char* kAdvice = "Wait until that run is over, or let this one wait with --lock-timeout.";
  if (!holder)
    return {fmt::format("{} is locked{}, and the server does not say by whom.", state, after), kAdvice};
  std::string age;
  if (const auto since = parse_time(holder->when); since && *since <= now)
    age = fmt::format(", for {} now", age_of(std::chrono::duration_cast<seconds>(now - *since)));
  return {fmt::format("{} is locked by {}{}{}.", state, describe(*holder), age, after),
          fmt::format("{} {}", kAdvice, fate_of_the_dead(lease, holder->id))};
}

}  // namespace

Expected<void> wait_for_lock(const std::string& state, std::optional<milliseconds> lease,
                             const LockWait& wait, Clock& clock,
                             const std::function<Expected<LockAttempt>()>& attempt) {
  const milliseconds start = clock.ticks();
  milliseconds pause = kFirstPause;
  for (bool is_told = !wait.on_wait;;) {
    const auto made = attempt();
    if (!made) return tl::unexpected<Error>(made.error());
    if (made->held_by_us) return {};
    const milliseconds waited = clock.ticks() - start;
    if (waited >= wait.timeout)
      return tl::unexpected<Error>(held_by(state, made->holder, lease, wait, clock.now()));
    if (!std::exchange(is_told, true)) wait.on_wait(made->holder);
    if (!http::wait_for(clock, std::min(pause, wait.timeout - waited), wait.stop))
      return fail(fmt::format("The run was stopped while it waited for the lock of {}.", state),
                  "Nothing was changed.");
    pause = std::min<milliseconds>(2 * pause, kLongestPause);
  }
}

Error other_lock(const std::string& state, const std::optional<LockInfo>& holder) {
  if (!holder)
    return {fmt::format("{} has no lock with this ID.", state),
            "`rollcall unlock` shows who holds the lock."};
  return {fmt::format("{} is locked by {}, whose lock has another ID.", state, describe(*holder)),
          fmt::format("`rollcall unlock {}` removes that one.", quoted(holder->id))};
}

}  // namespace rollcall::store
