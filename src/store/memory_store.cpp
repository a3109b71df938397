#include "store/memory_store.hpp"

#include <fmt/format.h>

#include <utility>

namespace rollcall::store {

class MemoryStore::MemoryLock final : public Lock {
 public:
  explicit MemoryLock(MemoryStore& store) : store_(&store) {}
  MemoryLock(const MemoryLock&) = delete;
  MemoryLock& operator=(const MemoryLock&) = delete;
  ~MemoryLock() override { let_go(); }
  Expected<void> release() override {
    let_go();
    return {};
  }

 private:
  void let_go() {
    MemoryStore* store = std::exchange(store_, nullptr);
    if (store == nullptr) return;
    store->holder_.reset();
    store->events_.emplace_back("unlock");
  }

  MemoryStore* store_;
};

Expected<std::optional<Stored>> MemoryStore::read() {
  events_.emplace_back("read");
  return stored_;
}

Expected<std::string> MemoryStore::write(std::string_view bytes, const std::optional<std::string>& expected) {
  const std::optional<std::string> version =
      stored_ ? std::optional<std::string>(stored_->version) : std::nullopt;
  if (write_error_ || version != expected) {
    events_.emplace_back("write refused");
    if (write_error_) return tl::unexpected<Error>(*write_error_);
    return fail("memory has changed since this command read it; it was not written.");
  }
  events_.emplace_back("write");
  stored_ = Stored{std::string(bytes), std::to_string(version ? std::stoll(*version) + 1 : 1)};
  return stored_->version;
}

Expected<std::unique_ptr<Lock>> MemoryStore::lock(const LockInfo& info, std::chrono::milliseconds timeout,
                                                  Clock& clock) {
  if (holder_) {
    clock.sleep_for(timeout);
    events_.emplace_back("lock refused");
    return fail(fmt::format("memory is locked by {}.", describe(*holder_)));
  }
  holder_ = info;
  events_.push_back(fmt::format("lock {}", info.command));
  return std::make_unique<MemoryLock>(*this);
}

}  // namespace rollcall::store
