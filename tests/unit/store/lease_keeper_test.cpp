#include "store/lease_keeper.hpp"

#include <atomic>
#include <memory>
#include <semaphore>
#include <thread>

#include <catch2/catch.hpp>

#include "support/fake_clock.hpp"

namespace rollcall::store {
namespace {

using std::chrono::milliseconds;
using testing::FakeClock;

/// Its time passes only where a test says so, and the keeper waits for 2 ms between two renewals.
std::shared_ptr<Lease> short_lease(const FakeClock& clock) {
  auto lease = std::make_shared<Lease>(clock);
  lease->begin("the state", clock.ticks(), milliseconds{8});
  return lease;
}

TEST_CASE("a keeper renews a lease again and again, after a failure too") {
  FakeClock clock;
  const auto lease = short_lease(clock);
  constexpr int kRenewals = 6;
  std::counting_semaphore<kRenewals> renewed{0};
  std::atomic<int> asked = 0;
  const auto keeper = LeaseKeeper::start(lease, "the state", clock, [&]() -> Expected<Renewal> {
    const int now = ++asked;
    // Without the renewals it would be over at the third one.
    clock.sleep_for(milliseconds{3});
    if (now <= kRenewals) renewed.release();
    if (now == 1) return fail("The server is gone.");
    return Renewal{};
  });
  REQUIRE(keeper);
  for (int i = 0; i < kRenewals; ++i) renewed.acquire();
  CHECK_FALSE(lease->lost());
}

TEST_CASE("a keeper whose lock has gone to another run says whose it is, and asks no more") {
  FakeClock clock;
  const auto lease = short_lease(clock);
  std::atomic<int> asked = 0;
  std::string why;
  {
    const auto keeper = LeaseKeeper::start(lease, "the state", clock, [&]() -> Expected<Renewal> {
      ++asked;
      return Renewal{false, LockInfo{"ben", "runner-4", "2026-01-31T23:59:59Z", 4712, "apply"}};
    });
    REQUIRE(keeper);
    while (!lease->lost()) std::this_thread::yield();
    why = lease->lost()->message;
  }
  CHECK(asked == 1);
  CHECK(
      why ==
      "The lock of the state is no longer this run's: it is held by ben@runner-4 (apply, process 4712, since "
      "2026-01-31T23:59:59Z).");
}

TEST_CASE("a lease that nobody could renew in time is lost, with the last failure as the reason") {
  FakeClock clock;
  const auto lease = short_lease(clock);
  const auto keeper = LeaseKeeper::start(lease, "the state", clock, [&]() -> Expected<Renewal> {
    clock.sleep_for(milliseconds{3});
    return fail("The server is gone.");
  });
  REQUIRE(keeper);
  std::optional<Error> lost;
  while (!(lost = lease->lost())) std::this_thread::yield();
  CHECK(lost->message.ends_with("so another run may have taken it: The server is gone."));
}

}  // namespace
}  // namespace rollcall::store
