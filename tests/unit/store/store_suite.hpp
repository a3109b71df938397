#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/lease.hpp"
#include "store/backend.hpp"
#include "store/store.hpp"
#include "support/fake_clock.hpp"

namespace rollcall::testing {

/// One place of a state as two processes see it, by a store each.
struct StorePlace {
  std::function<std::unique_ptr<store::Store>()> open;
};

/// The same where locks have an end of their own.
struct LeasedPlace {
  std::function<std::unique_ptr<store::Store>(const store::LeaseUse& run)> open;
  /// Lets the time of the lock pass that is held now, on the clock that the store goes by.
  std::function<void()> let_lock_end;
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
    CHECK((*read)->bytes == R"({"serial": 1})");
    CHECK((*read)->version == *version);
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

/// One run of the suite below, with a store of its own.
class LeasedRun {
 public:
  LeasedRun(const LeasedPlace& place, Clock& clock) : clock_(clock), lease(std::make_shared<Lease>(clock)) {
    store::LeaseUse run;
    run.lease = lease;
    run.on_takeover = [this](const std::string&, const store::LockInfo& holder) {
      taken_from.push_back(holder.command);
    };
    store = place.open(run);
  }
  Expected<std::unique_ptr<store::Lock>> lock(const std::string& command) {
    return store->lock(locker(command), {}, clock_);
  }

 private:
  Clock& clock_;

 public:
  std::shared_ptr<Lease> lease;
  std::vector<std::string> taken_from;
  std::unique_ptr<store::Store> store;
};

/// What every store promises besides whose locks have an end of their own. Makes the state and leaves it
/// there.
inline void check_leases(const LeasedPlace& place) {
  using Kind = store::LockSight::Kind;
  FakeClock clock;
  LeasedRun one(place, clock);
  LeasedRun other(place, clock);

  INFO("a lease begins with its lock, and ends with it");
  auto held = one.lock("apply");
  REQUIRE(held);
  CHECK(one.lease->length() > std::chrono::milliseconds{0});
  CHECK(one.lease->may_send());
  const auto first = one.store->write(R"({"serial": 1})", std::nullopt);
  REQUIRE(first);
  const auto sight = other.store->look_at_lock();
  CHECK(sight.kind == Kind::kHeld);
  REQUIRE(sight.holder);
  CHECK(sight.holder->command == "apply");
  CHECK((*held)->release());
  CHECK(one.lease->length() == std::chrono::milliseconds{0});
  CHECK(other.store->look_at_lock().kind == Kind::kFree);

  INFO("a lock that ended is nobody's, and its run overwrites nothing");
  held = one.lock("apply");
  REQUIRE(held);
  CHECK_FALSE(other.lock("refresh"));
  place.let_lock_end();
  CHECK(other.store->look_at_lock().kind == Kind::kFree);
  const auto nobody = other.store->find_holder(locker("unlock"));
  REQUIRE(nobody);
  CHECK_FALSE(*nobody);
  CHECK_FALSE(one.store->write(R"({"serial": 2})", *first));
  CHECK(other.store->read()->value().bytes == R"({"serial": 1})");

  INFO("the next run takes it over and is told whose it was");
  auto taken = other.lock("refresh");
  REQUIRE(taken);
  CHECK(other.taken_from == std::vector<std::string>{"apply"});
  CHECK(other.lease->may_send());
  CHECK_FALSE(one.store->write(R"({"serial": 2})", *first));
  const auto second = other.store->write(R"({"serial": 2})", *first);
  REQUIRE(second);

  INFO("who lets go of a lock that was taken over leaves the other one's alone");
  CHECK((*held)->release());
  CHECK(one.store->look_at_lock().holder->command == "refresh");
  CHECK_FALSE(one.lock("apply"));
  CHECK(one.taken_from.empty());

  INFO("a lock is removed by its ID, and no other");
  const auto holder = one.store->find_holder(locker("unlock"));
  REQUIRE(holder);
  REQUIRE(*holder);
  const auto refused = one.store->remove_lock("another-id");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("ana@runner-3 (refresh, process 4711") != std::string::npos);
  REQUIRE(one.store->remove_lock((*holder)->id));
  CHECK_FALSE(one.store->remove_lock((*holder)->id));
  CHECK_FALSE(other.store->write(R"({"serial": 3})", *second));
  CHECK((*taken)->release());

  INFO("a lock that was let go is nobody's to be taken from");
  held = one.lock("apply");
  REQUIRE(held);
  CHECK(one.taken_from.empty());
  CHECK(one.store->write(R"({"serial": 3})", *second));
  CHECK((*held)->release());
}

}  // namespace rollcall::testing
