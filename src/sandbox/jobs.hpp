#pragma once

#include <string>
#include <thread>

#include "world.hpp"

namespace sandbox {

// All functions but JobRunner's expect the caller to hold the world's lock.

// Queues a job; false when Redis is down.
bool enqueue(World& world, Job job);
// Runs what is pending in the queues that are worked on, due or not, follow-ups included; the number run.
int run_pending_jobs(World& world);
// What a community installation does every day: switches paid features off on every account.
void run_daily_job(World& world);

// Runs jobs when they are due, on a thread of its own.
class JobRunner {
 public:
  explicit JobRunner(World& world);
  ~JobRunner();
  JobRunner(const JobRunner&) = delete;
  JobRunner& operator=(const JobRunner&) = delete;

 private:
  World& world_;
  bool stopped_ = false;
  std::thread thread_;

  void run();
};

}  // namespace sandbox
