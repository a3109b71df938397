#include "http/throttle.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "base/clock.hpp"
#include "support/fake_clock.hpp"
#include "support/worker_clock.hpp"

namespace rollcall::http {
namespace {

using std::chrono::milliseconds;

TEST_CASE("requests are spread over the minute after a second's worth of them") {
  testing::FakeClock clock;
  Throttle throttle(clock, 610);  // one every 100 ms
  clock.sleep_for(milliseconds{10'000});
  const milliseconds start = clock.ticks();
  for (int i = 0; i < 11; ++i) REQUIRE(throttle.wait_turn({}));
  CHECK(clock.ticks() == start);
  REQUIRE(throttle.wait_turn({}));
  CHECK(clock.ticks() == start + milliseconds{100});
  for (int i = 0; i < 600; ++i) REQUIRE(throttle.wait_turn({}));
  CHECK(clock.ticks() == start + milliseconds{60'100});
}

/// When each of `count` turns came that `workers` threads took in turn with others, in order.
std::vector<milliseconds> turns_of(unsigned requests_per_minute, int workers, int count) {
  testing::WorkerClock clock(workers);
  Throttle throttle(clock, requests_per_minute);
  std::mutex mutex;
  std::vector<milliseconds> turns;
  {
    std::vector<std::jthread> threads;
    for (int worker = 0; worker < workers; ++worker)
      threads.emplace_back([&, mine = count / workers] {
        for (int i = 0; i < mine; ++i) {
          throttle.wait_turn({});
          const std::lock_guard lock(mutex);
          turns.push_back(clock.ticks());
        }
        clock.leave();
      });
  }
  std::sort(turns.begin(), turns.end());
  return turns;
}

TEST_CASE("several workers share one pace: even, and in no 60 seconds more than allowed") {
  for (const unsigned limit : {1U, 7U, 60U, 2400U, 3000U}) {
    CAPTURE(limit);
    const int workers = 4;
    const auto turns = turns_of(limit, workers, static_cast<int>(limit) * 2 + workers);
    const milliseconds interval{61'000 / limit};
    std::size_t first = 0;
    for (std::size_t i = 0; i < turns.size(); ++i) {
      while (turns[first] <= turns[i] - milliseconds{60'000}) ++first;
      REQUIRE(i - first + 1 <= limit);
      // Behind the second that is made up for, nobody waits much longer than for one turn.
      if (i > limit / 60 + 1) REQUIRE(turns[i] - turns[i - 1] <= interval + milliseconds{50});
    }
    REQUIRE(turns.back() <= milliseconds{61'000} * static_cast<int>(turns.size()) / static_cast<int>(limit));
  }
}

// The clock of the others has a lock, which orders what the workers do between its calls and hides a missing
// one.
TEST_CASE("workers take turns at once without a race") {
  SystemClock clock;
  // As many as the second that is made up for has, so that none waits.
  Throttle throttle(clock, 60'000);
  std::atomic<int> taken{0};
  {
    std::vector<std::jthread> threads;
    for (int worker = 0; worker < 4; ++worker)
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i)
          if (throttle.wait_turn({})) ++taken;
      });
  }
  CHECK(taken == 800);
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
