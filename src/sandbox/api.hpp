#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>

#include "journal.hpp"
#include "world.hpp"

namespace sandbox {

// Answers requests as the server does: throttle, route, token, body, id, permission, endpoint; with the
// faults that were asked for around it. Any thread may call.
class Api {
 public:
  Api(World& world, Journal& journal, std::uint64_t seed);
  Reply handle(const Message& received);

 private:
  World& world_;
  Journal& journal_;
  std::mutex mutex_;  // of what follows
  std::mt19937_64 random_;
  std::int64_t window_ = -1;
  std::map<std::string, int> seen_in_window_;

  bool chance(double probability);
  bool throttled(const Message& message, const Settings& settings);
  Reply answer(const Message& message, const std::string& path, const Settings& settings);
};

}  // namespace sandbox
