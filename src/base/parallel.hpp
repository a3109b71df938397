#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>

namespace rollcall {

/// Calls work(worker, index) once for every index below `count`, in order of index, on up to `workers`
/// threads, or on as many as the system gives (worker is their number, below `workers`). Returns when all
/// have ended. Once a stop is requested no call starts. An exception of `work` starts no further calls and is
/// thrown again here.
void run_parallel(std::size_t count, std::size_t workers, const std::stop_token& stop,
                  const std::function<void(std::size_t worker, std::size_t index)>& work);

}  // namespace rollcall
