#include "support/memory_store.hpp"

#include <catch2/catch.hpp>

namespace rollcall::store {
namespace {

TEST_CASE("the store of the tests fences, locks and writes down what happened") {
  testing::MemoryStore store;
  SystemClock clock;
  CHECK_FALSE(*store.read());
  const auto one = store.write("one", std::nullopt);
  REQUIRE(one);
  CHECK_FALSE(store.write("two", std::nullopt));
  CHECK((**store.read()).bytes == "one");
  {
    const auto lock = store.lock({"ana", "h", "t", 1, "apply"}, {std::chrono::milliseconds{0}}, clock);
    REQUIRE(lock);
    CHECK(store.look_at_lock() == LockSight{LockSight::Kind::kHeld, LockInfo{"ana", "h", "t", 1, "apply"}});
    CHECK_FALSE(store.lock({"kim", "h", "t", 2, "apply"}, {std::chrono::milliseconds{0}}, clock));
  }
  store.fail_writes(Error{"disk full", ""});
  CHECK(store.write("two", *one).error().message == "disk full");
  store.fail_writes(std::nullopt);
  CHECK(store.write("two", *one));
  CHECK(store.events() == std::vector<std::string>{"read", "write", "write refused", "read", "lock apply",
                                                   "lock refused", "unlock", "write refused", "write"});
}

}  // namespace
}  // namespace rollcall::store
