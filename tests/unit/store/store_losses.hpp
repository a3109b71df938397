#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <catch2/catch.hpp>

#include "store/store.hpp"
#include "support/fake_clock.hpp"
#include "unit/store/store_suite.hpp"

namespace rollcall::testing {

/// The message to an engine that is lost: its way there, or the way of the answer.
struct Loss {
  int nth = 0;
  bool after_its_effect = false;
};

/// A place of one state behind a connection that can break.
struct LossyPlace {
  /// Leaves nothing there.
  std::function<void()> reset;
  std::function<std::unique_ptr<store::Store>()> open;
  /// One message of this store is lost.
  std::function<std::unique_ptr<store::Store>(Loss loss)> open_losing;
  /// Of the store that `open_losing` has made last.
  std::function<int()> messages;
};

/// A run over a connection that loses one message: whatever it says, the state is what it was or what was
/// written, nobody is kept out by a lock that nobody knows of, and the next run goes on.
inline void run_with_loss(const LossyPlace& place, Loss loss) {
  const std::string before = R"({"serial": 1})";
  const std::string after = R"({"serial": 2})";
  FakeClock clock;
  place.reset();
  const auto steady = place.open();
  {
    const auto held = steady->lock(locker("first"), {}, clock);
    REQUIRE(held);
    REQUIRE(steady->write(before, std::nullopt));
  }
  {
    const auto losing = place.open_losing(loss);
    const auto held = losing->lock(locker("apply"), {}, clock);
    if (held) {
      const auto read = losing->read();
      if (read) {
        REQUIRE(*read);
        CHECK((*read)->bytes == before);
        const auto written = losing->write(after, (*read)->version);
        const auto stands = steady->read();
        REQUIRE(stands);
        REQUIRE(*stands);
        CHECK((*stands)->bytes == (written ? after : before));
      }
      if (!(*held)->release()) {
        const auto holder = steady->find_holder(locker("unlock"));
        REQUIRE(holder);
        if (*holder) CHECK(steady->remove_lock((*holder)->id));
      }
    }
  }
  const auto holder = steady->find_holder(locker("unlock"));
  REQUIRE(holder);
  CHECK_FALSE(*holder);
  const auto next = place.open();
  const auto held = next->lock(locker("next"), {}, clock);
  REQUIRE(held);
  const auto read = next->read();
  REQUIRE(read);
  REQUIRE(*read);
  CHECK(next->write(R"({"serial": 3})", (*read)->version));
}

/// Each message of a run is lost once on its way there and once on its way back.
inline void check_losses(const LossyPlace& place) {
  for (const bool after_its_effect : {false, true}) {
    int nth = 0;
    do {
      ++nth;
      INFO("message " << nth << (after_its_effect ? ", after its effect" : ", before its effect"));
      run_with_loss(place, {nth, after_its_effect});
    } while (place.messages() >= nth);
    // To lock, to read, to write and to unlock are four at least.
    CHECK(nth > 4);
  }
}

}  // namespace rollcall::testing
