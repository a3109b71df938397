#include "threads.hpp"

#include <thread>
#include <utility>

namespace sandbox {

Threads::~Threads() {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return running_ == 0; });
}

void Threads::start(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    ++running_;
  }
  std::thread([this, work = std::move(work)]() mutable {
    work();
    work = nullptr;  // What it holds goes before the destructor may go on.
    const std::lock_guard lock(mutex_);
    --running_;
    ended_.notify_all();
  }).detach();
}

}  // namespace sandbox
