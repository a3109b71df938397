#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "store/store.hpp"

namespace rollcall::store {

/// Journals for tests: keeps the bytes of each run, counts the syncs, and can be told to be full.
class MemoryJournals final : public Journals {
 public:
  Expected<std::vector<std::string>> runs() override;
  Expected<std::optional<std::string>> read(const std::string& run) override;
  Expected<std::unique_ptr<JournalFile>> create(const std::string& run) override;
  Expected<void> remove(const std::string& run) override;
  [[nodiscard]] std::string name(const std::string& run) const override { return "journal " + run; }

  /// From now on nothing can be created or appended.
  void fill(Error error) { full_ = std::move(error); }
  [[nodiscard]] std::size_t syncs() const { return syncs_; }
  std::map<std::string, std::string>& files() { return files_; }

 private:
  class File;

  std::map<std::string, std::string> files_;
  std::optional<Error> full_;
  std::size_t syncs_ = 0;
};

/// A store for tests: keeps the bytes in memory, fences and locks like a real one, and writes down what
/// happened.
class MemoryStore final : public Store {
 public:
  MemoryStore() = default;
  explicit MemoryStore(std::string bytes) : stored_(Stored{std::move(bytes), "1"}) {}

  [[nodiscard]] std::string name() const override { return "memory"; }
  Expected<std::optional<Stored>> read() override;
  Expected<std::string> write(std::string_view bytes, const std::optional<std::string>& expected) override;
  MemoryJournals& journals() override { return journals_; }
  Expected<std::unique_ptr<Lock>> lock(const LockInfo& info, const LockWait& wait, Clock& clock) override;

  /// "read", "write", "lock apply" and "unlock", refused attempts as "write refused" and "lock refused".
  [[nodiscard]] const std::vector<std::string>& events() const { return events_; }
  [[nodiscard]] const std::optional<Stored>& stored() const { return stored_; }
  /// Every write from now on fails with this; nothing: they work again.
  void fail_writes(std::optional<Error> error) { write_error_ = std::move(error); }

 private:
  class MemoryLock;

  std::optional<Stored> stored_;
  std::optional<LockInfo> holder_;
  std::optional<Error> write_error_;
  std::vector<std::string> events_;
  MemoryJournals journals_;
};

}  // namespace rollcall::store
