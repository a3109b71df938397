#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "json.hpp"
#include "message.hpp"

namespace sandbox {

// What was asked and answered, for tests. Any thread may call. Keeps the last 100,000 requests; passwords
// are masked.
class Journal {
 public:
  // Enters a request that has begun; app is the index of its token.
  std::uint64_t begin(const Message& message, std::optional<std::size_t> app);
  // Enters its end: the status, or 0 for a connection closed without an answer.
  void finish(std::uint64_t number, int status);
  Json entries(std::uint64_t after) const;
  Json counters() const;
  void clear();

 private:
  struct Entry {
    std::uint64_t number = 0;
    std::int64_t at = 0;
    std::optional<std::size_t> app;
    std::string method;
    std::string path;
    Json body;
    std::optional<int> status;
  };

  mutable std::mutex mutex_;
  std::deque<Entry> entries_;
  std::uint64_t last_ = 0;
  std::uint64_t requests_ = 0;
  int in_flight_ = 0;
  int most_in_flight_ = 0;
  std::map<int, std::uint64_t> by_status_;
  std::map<std::string, std::uint64_t> by_endpoint_;
};

}  // namespace sandbox
