#include "http/throttle.hpp"

#include <catch2/catch.hpp>

#include "support/fake_clock.hpp"

namespace rollcall::http {
namespace {

using std::chrono::milliseconds;

TEST_CASE("requests are spread over the minute after a second's worth of them") {
  testing::FakeClock clock;
  Throttle throttle(clock, 600);  // one every 100 ms
  clock.sleep_for(milliseconds{10'000});
  const milliseconds start = clock.ticks();
  for (int i = 0; i < 11; ++i) REQUIRE(throttle.wait_turn({}));
  CHECK(clock.ticks() == start);
  REQUIRE(throttle.wait_turn({}));
  CHECK(clock.ticks() == start + milliseconds{100});
  for (int i = 0; i < 600; ++i) REQUIRE(throttle.wait_turn({}));
  CHECK(clock.ticks() == start + milliseconds{60'100});
}

TEST_CASE("a limit of 0 is none") {
  testing::FakeClock clock;
  Throttle throttle(clock, 0);
  for (int i = 0; i < 1000; ++i) REQUIRE(throttle.wait_turn({}));
  CHECK(clock.ticks() == milliseconds{0});
}

TEST_CASE("a pause holds everybody, and a shorter one does not end it") {
  testing::FakeClock clock;
  Throttle throttle(clock, 0);
  throttle.pause_for(milliseconds{5000});
  throttle.pause_for(milliseconds{1000});
  REQUIRE(throttle.wait_turn({}));
  CHECK(clock.ticks() == milliseconds{5000});
}

TEST_CASE("a stop ends the wait for a turn, and is no obstacle where nobody has to wait") {
  testing::FakeClock clock;
  Throttle throttle(clock, 0);
  std::stop_source stop;
  stop.request_stop();
  CHECK(throttle.wait_turn(stop.get_token()));
  throttle.pause_for(milliseconds{5000});
  CHECK_FALSE(throttle.wait_turn(stop.get_token()));
  CHECK(clock.ticks() == milliseconds{0});
}

}  // namespace
}  // namespace rollcall::http
