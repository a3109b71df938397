#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "data.hpp"
#include "faults.hpp"
#include "message.hpp"
#include "settings.hpp"

namespace sandbox {

// Everything that requests, jobs and tests share. The mutex guards data, settings, apps and changes.
struct World {
  std::mutex mutex;
  std::condition_variable jobs_changed;
  Data data;
  Settings settings;
  std::vector<std::string> apps;  // tokens of platform apps
  std::uint64_t changes = 0;      // counts what may have changed the data
  Faults faults;
  std::atomic<int> connections = 0;  // open ones; what a dead client has sent may still be unread in one
};

using Lock = std::unique_lock<std::mutex>;

// One request to the Platform API, past its token.
struct Call {
  World& world;
  const Message& message;
  std::string app;
  Json params;
  std::optional<int> fault;

  Lock lock() const { return Lock(world.mutex); }
  // A point of the work where a fault may hold or end the request; not under the lock.
  void at(const std::string& point) const { world.faults.reach(fault, point); }
  Permissions& permissions() const { return world.data.permissions[app]; }
};

}  // namespace sandbox
