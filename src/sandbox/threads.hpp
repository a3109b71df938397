#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

namespace sandbox {

// Work that may wait for others, on a thread of its own each. The destructor waits for all of it.
class Threads {
 public:
  Threads() = default;
  ~Threads();
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  void start(std::function<void()> work);

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  int running_ = 0;
};

}  // namespace sandbox
