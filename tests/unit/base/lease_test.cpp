#include "base/lease.hpp"

#include <catch2/catch.hpp>

#include "support/fake_clock.hpp"

namespace rollcall {
namespace {

using std::chrono::seconds;
using testing::FakeClock;

constexpr auto kNever = [] { return false; };
constexpr auto kAtOnce = [] { return true; };

TEST_CASE("a lease limits nothing before it begins and after it ends") {
  FakeClock clock;
  Lease lease(clock);
  CHECK(lease.may_send());
  CHECK(lease.wait(kNever));
  CHECK_FALSE(lease.lost());
  lease.begin("the state", clock.ticks(), seconds{60});
  CHECK(lease.length() == seconds{60});
  clock.sleep_for(seconds{55});
  CHECK_FALSE(lease.may_send());
  lease.end();
  clock.sleep_for(seconds{3600});
  CHECK(lease.may_send());
  CHECK_FALSE(lease.lost());
}

TEST_CASE("nothing is sent in the last sixth of a lease until it is renewed") {
  FakeClock clock;
  Lease lease(clock);
  lease.begin("the state", clock.ticks(), seconds{60});
  clock.sleep_for(seconds{50});
  CHECK(lease.may_send());
  clock.sleep_for(seconds{1});
  CHECK_FALSE(lease.may_send());
  CHECK_FALSE(lease.wait(kAtOnce));
  CHECK_FALSE(lease.lost());
  lease.renew(clock.ticks());
  CHECK(lease.may_send());
  CHECK(lease.wait(kAtOnce));
}

TEST_CASE("a renewal counts from the moment at which it was asked for") {
  FakeClock clock;
  Lease lease(clock);
  lease.begin("the state", clock.ticks(), seconds{60});
  const auto asked = clock.ticks();
  clock.sleep_for(seconds{55});
  lease.renew(asked);
  CHECK_FALSE(lease.may_send());
}

TEST_CASE("a lease whose time is over is lost, and no renewal brings it back") {
  FakeClock clock;
  Lease lease(clock);
  lease.begin("the state", clock.ticks(), seconds{60});
  lease.note_trouble("the server is gone");
  clock.sleep_for(seconds{60});
  const auto lost = lease.lost();
  REQUIRE(lost);
  CHECK(lost->message ==
        "The lock of the state was not renewed within 60 seconds, so another run may have taken it: the "
        "server is "
        "gone");
  lease.renew(clock.ticks());
  CHECK_FALSE(lease.may_send());
  CHECK_FALSE(lease.wait(kNever));
  CHECK(lease.lost()->message == lost->message);
}

TEST_CASE("who has taken the lock is why a lease is lost") {
  FakeClock clock;
  Lease lease(clock);
  lease.begin("the state", clock.ticks(), seconds{60});
  lease.lose({"Another run has it.", ""});
  CHECK_FALSE(lease.may_send());
  CHECK_FALSE(lease.wait(kNever));
  CHECK(lease.lost()->message == "Another run has it.");
}

TEST_CASE("a wait ends with the renewal") {
  FakeClock clock;
  Lease lease(clock);
  lease.begin("the state", clock.ticks(), seconds{60});
  clock.sleep_for(seconds{55});
  int asked = 0;
  CHECK(lease.wait([&] {
    if (++asked == 2) lease.renew(clock.ticks());
    return false;
  }));
  CHECK(asked == 2);
}

}  // namespace
}  // namespace rollcall
