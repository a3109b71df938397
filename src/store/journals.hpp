#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace rollcall::store {

/// A journal that is being written.
class JournalFile {
 public:
  JournalFile() = default;
  JournalFile(const JournalFile&) = delete;
  JournalFile& operator=(const JournalFile&) = delete;
  virtual ~JournalFile() = default;
  /// Survives the end of the process from then on.
  virtual Expected<void> append(std::string_view bytes) = 0;
  /// Everything appended survives a power cut from then on.
  virtual Expected<void> sync() = 0;
};

/// The journals of one state, by the names of their runs (letters, digits, dashes). They are kept on this
/// machine wherever the state lives. Knows nothing of what is in them.
class Journals {
 public:
  Journals() = default;
  Journals(const Journals&) = delete;
  Journals& operator=(const Journals&) = delete;
  virtual ~Journals() = default;
  /// The runs that have one, sorted.
  virtual Expected<std::vector<std::string>> runs() = 0;
  /// Nothing where there is none (any more).
  virtual Expected<std::optional<std::string>> read(const std::string& run) = 0;
  /// An error where there is one of this run.
  virtual Expected<std::unique_ptr<JournalFile>> create(const std::string& run) = 0;
  /// What is gone already is no error.
  virtual Expected<void> remove(const std::string& run) = 0;
  /// As messages name it.
  [[nodiscard]] virtual std::string name(const std::string& run) const = 0;
};

/// Group commit: of many threads that wait for their lines to be on disk, one syncs for all. The first
/// failure is the response to every later call.
class GroupCommit {
 public:
  explicit GroupCommit(JournalFile& file) : file_(file) {}

  /// Puts lines in the queue, in the order of the calls; they are written soon, but may not be on disk yet.
  /// Gives the ticket for `wait`.
  std::uint64_t add(std::string_view lines);
  /// Until everything up to the ticket is on disk.
  Expected<void> wait(std::uint64_t ticket);
  /// Writes what is queued without waiting for the disk, unless another thread is about to.
  Expected<void> push();

 private:
  /// Writes the queue until it is empty, syncing each time where `sync` says so. Called and left with the
  /// lock held.
  void drain(std::unique_lock<std::mutex>& lock, bool sync);

  JournalFile& file_;
  std::mutex mutex_;
  std::condition_variable written_;
  std::string queue_;
  /// Bytes added and bytes on disk so far.
  std::uint64_t added_ = 0;
  std::uint64_t synced_ = 0;
  bool busy_ = false;
  std::optional<Error> failure_;
};

}  // namespace rollcall::store
