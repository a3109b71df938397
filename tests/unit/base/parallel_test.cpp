#include "base/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <vector>

#include <catch2/catch.hpp>

namespace rollcall {
namespace {

TEST_CASE("every index is worked on once, by a worker below their number") {
  for (const std::size_t workers : {0U, 1U, 4U, 100U}) {
    std::vector<std::atomic<int>> calls(50);
    std::atomic<bool> valid = true;
    run_parallel(calls.size(), workers, {}, [&](std::size_t worker, std::size_t index) {
      if (worker >= std::max<std::size_t>(workers, 1)) valid = false;
      ++calls[index];
    });
    CHECK(valid);
    for (const auto& count : calls) CHECK(count == 1);
  }
}

TEST_CASE("after a stop no call starts") {
  std::stop_source stop;
  std::atomic<int> calls = 0;
  run_parallel(1000, 1, stop.get_token(), [&](std::size_t, std::size_t index) {
    ++calls;
    if (index == 2) stop.request_stop();
  });
  CHECK(calls == 3);
}

TEST_CASE("an exception of the work ends it and comes out") {
  std::atomic<int> calls = 0;
  CHECK_THROWS_AS(run_parallel(1'000'000, 2, {},
                               [&](std::size_t, std::size_t) {
                                 ++calls;
                                 throw std::runtime_error("no");
                               }),
                  std::runtime_error);
  CHECK(calls <= 2);
}

}  // namespace
}  // namespace rollcall
