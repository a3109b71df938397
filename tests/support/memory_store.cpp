#include "support/memory_store.hpp"

#include <fmt/format.h>

#include <utility>

namespace rollcall::testing {

using store::JournalFile;
using store::Lock;
using store::LockInfo;
using store::LockWait;
using store::Stored;

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
  if (unconfirmed_) return tl::unexpected<Error>(*unconfirmed_);
  return stored_->version;
}

Expected<std::unique_ptr<Lock>> MemoryStore::lock(const LockInfo& info, const LockWait& wait, Clock& clock) {
  if (holder_ && wait.timeout.count() > 0) {
    if (wait.on_wait) wait.on_wait(holder_);
    clock.sleep_for(wait.timeout);
  }
  if (holder_) {
    events_.emplace_back("lock refused");
    return fail(fmt::format("memory is locked by {}.", describe(*holder_)));
  }
  holder_ = info;
  events_.push_back(fmt::format("lock {}", info.command));
  return std::make_unique<MemoryLock>(*this);
}

store::LockSight MemoryStore::look_at_lock() {
  using Kind = store::LockSight::Kind;
  if (shown_lock_) return *shown_lock_;
  return {holder_ ? Kind::kHeld : Kind::kFree, holder_};
}

Expected<std::optional<LockInfo>> MemoryStore::find_holder(const LockInfo& /*asking*/) {
  return holder_;
}

Expected<void> MemoryStore::remove_lock(const std::string& id) {
  if (!holder_ || holder_->id != id) return fail("memory has no lock with this ID.");
  holder_.reset();
  return {};
}

class MemoryJournals::File final : public JournalFile {
 public:
  File(MemoryJournals& journals, std::string run) : journals_(journals), run_(std::move(run)) {}
  Expected<void> append(std::string_view bytes) override {
    const std::scoped_lock lock(journals_.mutex_);
    if (journals_.full_) return tl::unexpected<Error>(*journals_.full_);
    journals_.files_[run_] += bytes;
    return {};
  }
  Expected<void> sync() override {
    const std::scoped_lock lock(journals_.mutex_);
    journals_.on_disk_[run_] = journals_.files_[run_];
    ++journals_.syncs_;
    return {};
  }

 private:
  MemoryJournals& journals_;
  std::string run_;
};

Expected<std::vector<std::string>> MemoryJournals::runs() {
  std::vector<std::string> runs;
  for (const auto& [run, bytes] : files_) runs.push_back(run);
  return runs;
}

Expected<std::optional<std::string>> MemoryJournals::read(const std::string& run) {
  const auto found = files_.find(run);
  return found == files_.end() ? std::nullopt : std::optional<std::string>(found->second);
}

Expected<std::unique_ptr<JournalFile>> MemoryJournals::create(const std::string& run) {
  if (full_) return tl::unexpected<Error>(*full_);
  if (!files_.try_emplace(run).second) return fail("The journal is there already.");
  return std::unique_ptr<JournalFile>(std::make_unique<File>(*this, run));
}

std::string MemoryJournals::on_disk(const std::string& run) const {
  const std::scoped_lock lock(mutex_);
  const auto found = on_disk_.find(run);
  return found == on_disk_.end() ? std::string() : found->second;
}

Expected<void> MemoryJournals::remove(const std::string& run) {
  files_.erase(run);
  return {};
}

}  // namespace rollcall::testing
