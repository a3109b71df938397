#include "base/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace rollcall {

void run_parallel(std::size_t count, std::size_t workers, const std::stop_token& stop,
                  const std::function<void(std::size_t worker, std::size_t index)>& work) {
  std::atomic<std::size_t> next{0};
  std::mutex failure_mutex;
  std::exception_ptr failure;
  const auto run = [&](std::size_t worker) {
    try {
      while (!stop.stop_requested()) {
        const std::size_t index = next.fetch_add(1);
        if (index >= count) return;
        work(worker, index);
      }
    } catch (...) {
      next = count;
      const std::lock_guard lock(failure_mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> threads;
    const std::size_t others = std::min(std::max<std::size_t>(workers, 1), count);
    threads.reserve(others);
    try {
      for (std::size_t worker = 1; worker < others; ++worker) threads.emplace_back(run, worker);
    } catch (const std::system_error&) {
      // The system gives no more threads: those that there are do all of it.
    }
    run(0);
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace rollcall
