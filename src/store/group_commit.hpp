#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "store/journals.hpp"

namespace rollcall::store {

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
