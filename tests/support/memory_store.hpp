#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "store/journals.hpp"
#include "store/store.hpp"

namespace rollcall::testing {

/// Keeps the bytes of each run, counts the syncs, and can be told to be full. Runs may write from many
/// threads.
class MemoryJournals final : public store::Journals {
 public:
  Expected<std::vector<std::string>> runs() override;
  Expected<std::optional<std::string>> read(const std::string& run) override;
  Expected<std::unique_ptr<store::JournalFile>> create(const std::string& run) override;
  Expected<void> remove(const std::string& run) override;
  [[nodiscard]] std::string name(const std::string& run) const override { return "journal " + run; }

  /// From now on nothing can be created or appended.
  void fill(Error error) { full_ = std::move(error); }
  [[nodiscard]] std::size_t syncs() const { return syncs_; }
  /// What a power cut would leave of a run's bytes.
  [[nodiscard]] std::string on_disk(const std::string& run) const;
  std::map<std::string, std::string>& files() { return files_; }

 private:
  class File;

  mutable std::mutex mutex_;
  std::map<std::string, std::string> files_;
  std::map<std::string, std::string> on_disk_;
  std::optional<Error> full_;
  std::size_t syncs_ = 0;
};

/// Keeps the bytes in memory, fences and locks like a real one, and writes down what
/// happened.
class MemoryStore final : public store::Store {
 public:
  MemoryStore() = default;
  explicit MemoryStore(std::string bytes) : stored_(store::Stored{std::move(bytes), "1"}) {}

  [[nodiscard]] std::string name() const override { return "memory"; }
  Expected<std::optional<store::Stored>> read() override;
  Expected<std::string> write(std::string_view bytes, const std::optional<std::string>& expected) override;
  Expected<std::unique_ptr<store::Lock>> lock(const store::LockInfo& info, const store::LockWait& wait,
                                              Clock& clock) override;
  store::LockSight look_at_lock() override;
  Expected<std::optional<store::LockInfo>> find_holder(const store::LockInfo& asking) override;
  Expected<void> remove_lock(const std::string& id) override;

  /// "read", "write", "lock apply" and "unlock", refused attempts as "write refused" and "lock refused".
  [[nodiscard]] const std::vector<std::string>& events() const { return events_; }
  [[nodiscard]] const std::optional<store::Stored>& stored() const { return stored_; }
  /// Every write from now on fails with this; nothing: they work again.
  void fail_writes(std::optional<Error> error) { write_error_ = std::move(error); }
  /// Every write from now on takes place and fails with this, as where a disk cannot confirm it.
  void fail_after_writes(Error error) { unconfirmed_ = std::move(error); }
  /// What a reader sees of the lock from now on, whoever holds it.
  void show_lock(store::LockSight sight) { shown_lock_ = std::move(sight); }

 private:
  class MemoryLock;

  std::optional<store::Stored> stored_;
  std::optional<store::LockInfo> holder_;
  std::optional<Error> write_error_;
  std::optional<Error> unconfirmed_;
  std::optional<store::LockSight> shown_lock_;
  std::vector<std::string> events_;
};

}  // namespace rollcall::testing
