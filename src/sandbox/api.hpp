#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>

#include "journal.hpp"
#include "threads.hpp"
#include "timer.hpp"
#include "world.hpp"

namespace sandbox {

// Answers requests as the server does: throttle, route, token, body, id, permission, endpoint; with the
// faults that were asked for around it. Any thread may call.
class Api {
 public:
  Api(World& world, Journal& journal, std::uint64_t seed);
  // Responds before it returns, or later where the response is delayed or held.
  void handle(Message message, std::function<void(Reply)> respond);

 private:
  World& world_;
  Journal& journal_;
  std::mutex mutex_;  // of what follows
  std::mt19937_64 random_;
  std::int64_t window_ = -1;
  std::map<std::string, int> seen_in_window_;

  struct Request {
    Message message;
    std::string path;
    Settings settings;
    std::uint64_t number = 0;  // in the journal
    std::function<void(Reply)> respond;
  };

  // Last, so that they end before what their work uses.
  Timer timer_;
  Threads threads_;

  bool chance(double probability);
  bool throttled(const Message& message, const Settings& settings);
  void begin(const std::shared_ptr<Request>& request);
  void finish(Request& request, Reply reply);
  Reply answer(const Request& request, std::optional<int> fault);
  Reply answer_at_points(const Request& request, std::optional<int> fault);
};

}  // namespace sandbox
