#include "store/lease_keeper.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

namespace rollcall::store {
namespace {

Error taken_over(const std::string& state, const std::optional<LockInfo>& holder) {
  return {fmt::format("The lock of {} is no longer this run's: {}.", state,
                      holder ? "it is held by " + describe(*holder) : "somebody removed it"),
          "Nothing more is sent. Run the command again once nobody else is at work."};
}

}  // namespace

Expected<std::unique_ptr<LeaseKeeper>> LeaseKeeper::start(std::shared_ptr<Lease> lease, std::string state,
                                                          const Clock& clock, Renew renew) {
  std::unique_ptr<LeaseKeeper> keeper(
      new LeaseKeeper(std::move(lease), std::move(state), clock, std::move(renew)));
  try {
    keeper->thread_ = std::jthread([&kept = *keeper](const std::stop_token& stop) { kept.keep(stop); });
  } catch (const std::system_error& failure) {
    return fail(fmt::format("The lock of {} cannot be renewed: no thread can be started ({}).",
                            keeper->state_, failure.what()),
                "Check how many processes this machine lets a user have.");
  }
  return keeper;
}

LeaseKeeper::LeaseKeeper(std::shared_ptr<Lease> lease, std::string state, const Clock& clock, Renew renew)
    : lease_(std::move(lease)), state_(std::move(state)), clock_(clock), renew_(std::move(renew)) {}

void LeaseKeeper::keep(const std::stop_token& stop) {
  constexpr int kRenewals = 4;
  constexpr int kRetries = 12;
  const std::chrono::milliseconds length = lease_->length();
  std::chrono::milliseconds pause = length / kRenewals;
  std::unique_lock lock(mutex_);
  while (true) {
    timer_.wait_for(lock, stop, pause, [] { return false; });
    if (stop.stop_requested() || lease_->lost()) return;
    const std::chrono::milliseconds since = clock_.ticks();
    const Expected<Renewal> renewal = renew_();
    if (!renewal) {
      lease_->note_trouble(renewal.error().message);
      pause = length / kRetries;
    } else if (renewal->ours) {
      lease_->renew(since);
      pause = length / kRenewals;
    } else {
      lease_->lose(taken_over(state_, renewal->holder));
      return;
    }
  }
}

}  // namespace rollcall::store
