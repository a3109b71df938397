#pragma once

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <regex>
#include <string>

#include "json.hpp"
#include "message.hpp"

namespace sandbox {

// What is thrown at a point of a request that a fault ends there.
struct Interrupted {
  Reply reply;
};

// Faults that tests order: the nth request that matches is held, answered with a status, or dropped at a
// point of its work. All functions may be called from any thread.
class Faults {
 public:
  // Null when the order is understood; otherwise what is wrong with it.
  std::optional<std::string> add(const Json& order, int& id);
  bool remove(int id);
  void clear();
  // Lets a held request go on, or ends it: then is "continue", "drop" or a status. Returns once the request
  // has taken it. False when none is held.
  bool release(int id, const Json& then);
  std::optional<Json> describe(int id) const;
  Json describe() const;
  // Returns when the fault was reached (or met its request without reaching the point), or after the time.
  void await(int id, std::chrono::milliseconds longest);
  int held() const;

  // A fault that a request meets, and whether it may block the request's thread.
  struct Met {
    int id = 0;
    bool may_hold = false;
  };
  // The fault that this request meets, if any; counts the request for all.
  std::optional<Met> match(const Message& message, const std::string& path);
  // Called at each point of a request: blocks while held, throws Interrupted.
  void reach(std::optional<int> id, const std::string& point);
  // The request that met the fault is over.
  void finish(std::optional<int> id);
  // Ends all holds, for good.
  void stop();

 private:
  struct Fault {
    int id = 0;
    Json order;
    std::string method;
    std::regex path;
    std::string body;
    std::string point;
    std::string action;
    int status = 500;
    int nth = 1;
    int count = 1;
    int seen = 0;
    int met = 0;
    std::string state = "waiting";  // waiting, met, held, done, missed
    Json then;                      // of a release, null before and once it is taken
  };

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Fault> faults_;
  int last_id_ = 0;
  bool stopped_ = false;

  Fault* find(int id);
  const Fault* find(int id) const;
  static Json describe(const Fault& fault);
};

}  // namespace sandbox
