#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <catch2/catch.hpp>

#include "store/store.hpp"
#include "support/fake_clock.hpp"

namespace rollcall::testing {

/// One place of a state as two processes see it, by a store each.
struct StorePlace {
  std::function<std::unique_ptr<store::Store>()> open;
};

inline store::LockInfo locker(const std::string& command) {
  return {"ana", "runner-3", "2026-01-31T23:59:59Z", 4711, command, {}, "id-of-" + command};
}

/// What every store promises, whatever is behind it. Makes the state and leaves it there.
inline void check_store(const StorePlace& place) {
  FakeClock clock;
  const auto one = place.open();
  const auto other = place.open();
  const auto lock = [&](store::Store& store, const std::string& command, store::LockWait wait = {}) {
    return store.lock(locker(command), wait, clock);
  };

  INFO("absent is a value");
  auto read = one->read();
  REQUIRE(read);
  CHECK_FALSE(*read);

  INFO("what was written is read, by everybody");
  auto held = lock(*one, "apply");
  REQUIRE(held);
  auto version = one->write(R"({"serial": 1})", std::nullopt);
  REQUIRE(version);
  for (store::Store* store : {one.get(), other.get()}) {
    read = store->read();
    REQUIRE(read);
    REQUIRE(*read);
    CHECK(**read == store::Stored{R"({"serial": 1})", *version});
  }

  INFO("a write replaces only what was read");
  CHECK_FALSE(one->write(R"({"serial": 2})", std::nullopt));
  CHECK_FALSE(one->write(R"({"serial": 2})", "another version"));
  CHECK(one->read()->value().bytes == R"({"serial": 1})");
  const auto second = one->write(R"({"serial": 2})", *version);
  REQUIRE(second);
  CHECK(*second != *version);

  INFO("the lock keeps the other one out, and names its holder");
  const auto refused = lock(*other, "refresh");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("is locked by ana@runner-3 (apply, process 4711") != std::string::npos);
  const auto holder = other->find_holder(locker("unlock"));
  REQUIRE(holder);
  REQUIRE(*holder);
  CHECK((*holder)->who == "ana");
  CHECK((*holder)->command == "apply");

  INFO("who waits is told for whom, and gets the lock");
  std::optional<store::LockInfo> awaited;
  const auto waiting = lock(*other, "refresh", {std::chrono::seconds{3}, {}, [&](const auto& who) {
                                                  awaited = who;
                                                  CHECK((*held)->release());
                                                }});
  REQUIRE(waiting);
  REQUIRE(awaited);
  CHECK(awaited->command == "apply");
  CHECK((*held)->release());

  INFO("an older writer does not overwrite a newer one");
  CHECK(other->write(R"({"serial": 3})", *second));
  CHECK((*waiting)->release());
  held = lock(*one, "apply");
  REQUIRE(held);
  CHECK_FALSE(one->write(R"({"serial": 4})", *second));
  CHECK(one->read()->value().bytes == R"({"serial": 3})");

  INFO("a stop ends the wait");
  std::stop_source stop;
  stop.request_stop();
  CHECK_FALSE(lock(*other, "refresh", {std::chrono::hours{1}, stop.get_token(), nullptr}));
  CHECK((*held)->release());

  INFO("two writers for 50 rounds");
  int serial = 3;
  for (int round = 0; round < 50; ++round) {
    store::Store& writer = round % 2 == 0 ? *one : *other;
    store::Store& loser = round % 2 == 0 ? *other : *one;
    const auto turn = lock(writer, "apply");
    REQUIRE(turn);
    CHECK_FALSE(lock(loser, "apply too"));
    const auto before = writer.read();
    REQUIRE(before);
    CHECK((*before)->bytes == "{\"serial\": " + std::to_string(serial) + "}");
    REQUIRE(writer.write("{\"serial\": " + std::to_string(++serial) + "}", (*before)->version));
    CHECK((*turn)->release());
  }
  const auto nobody = one->find_holder(locker("unlock"));
  REQUIRE(nobody);
  CHECK_FALSE(*nobody);
}

}  // namespace rollcall::testing
