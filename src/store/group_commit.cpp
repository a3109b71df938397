#include "store/group_commit.hpp"

#include <utility>

namespace rollcall::store {

std::uint64_t GroupCommit::add(std::string_view lines) {
  const std::scoped_lock lock(mutex_);
  queue_ += lines;
  added_ += lines.size();
  return added_;
}

Expected<void> GroupCommit::wait(std::uint64_t ticket) {
  std::unique_lock lock(mutex_);
  while (!failure_ && synced_ < ticket) {
    if (busy_)
      written_.wait(lock);
    else
      drain(lock, true);
  }
  if (failure_) return tl::unexpected<Error>(*failure_);
  return {};
}

Expected<void> GroupCommit::push() {
  std::unique_lock lock(mutex_);
  // A thread that is busy takes along what came while it was.
  if (!failure_ && !busy_) drain(lock, false);
  if (failure_) return tl::unexpected<Error>(*failure_);
  return {};
}

void GroupCommit::drain(std::unique_lock<std::mutex>& lock, bool sync) {
  busy_ = true;
  do {
    const std::string lines = std::exchange(queue_, {});
    const std::uint64_t upto = added_;
    lock.unlock();
    Expected<void> done = file_.append(lines);
    if (done && sync) done = file_.sync();
    lock.lock();
    if (!done)
      failure_ = done.error();
    else if (sync)
      synced_ = upto;
    // Who has waited for this round need not wait for the next.
    written_.notify_all();
  } while (!failure_ && !queue_.empty());
  busy_ = false;
}

}  // namespace rollcall::store
