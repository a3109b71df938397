#include "support/memory_store.hpp"

#include <catch2/catch.hpp>

#include "unit/store/store_suite.hpp"

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

/// One of several stores over the same memory.
class Window final : public Store {
 public:
  explicit Window(std::shared_ptr<testing::MemoryStore> store) : store_(std::move(store)) {}
  [[nodiscard]] std::string name() const override { return store_->name(); }
  Expected<std::optional<Stored>> read() override { return store_->read(); }
  Expected<std::string> write(std::string_view bytes, const std::optional<std::string>& expected) override {
    return store_->write(bytes, expected);
  }
  Expected<std::unique_ptr<Lock>> lock(const LockInfo& info, const LockWait& wait, Clock& clock) override {
    return store_->lock(info, wait, clock);
  }
  LockSight look_at_lock() override { return store_->look_at_lock(); }
  Expected<std::optional<LockInfo>> find_holder(const LockInfo& asking) override {
    return store_->find_holder(asking);
  }
  Expected<void> remove_lock(const std::string& id) override { return store_->remove_lock(id); }

 private:
  std::shared_ptr<testing::MemoryStore> store_;
};

TEST_CASE("the store of the tests keeps what every store promises") {
  const auto memory = std::make_shared<testing::MemoryStore>();
  testing::check_store({[&] { return std::make_unique<Window>(memory); }});
}

}  // namespace
}  // namespace rollcall::store
