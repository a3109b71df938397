#include "jobs.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

#include "text.hpp"

namespace sandbox {
namespace {

// Deleting an account or user queues the removal of what hangs on it, so for a moment memberships
// without account or user are seen (142 ms and 164 ms in the recordings).
void follow_up(World& world, JobKind kind, Id account_id, Id user_id) {
  world.data.jobs.push_back(
      {kind, account_id, user_id, "default", now_ms() + world.settings.job_delay_ms / 10});
}

void drop_memberships(Data& data, const std::vector<Id>& ids) {
  for (const Id id : ids) {
    const Membership row = data.memberships.at(id);
    data.notification_settings.erase({row.account_id, row.user_id});
    data.erase_membership(id);
  }
}

void drop_bots(Data& data, Id account_id) {
  std::erase_if(data.agent_bots, [&](const auto& entry) { return entry.second.account_id == account_id; });
}

void run(World& world, const Job& job) {
  Data& data = world.data;
  switch (job.kind) {
    case JobKind::kDeleteAccount:
      if (data.accounts.erase(job.account_id) > 0)
        follow_up(world, JobKind::kDropOfAccount, job.account_id, 0);
      break;
    case JobKind::kDeleteUser:
      data.erase_user(job.user_id);
      follow_up(world, JobKind::kDropOfUser, 0, job.user_id);
      break;
    case JobKind::kDropOfAccount:
      drop_memberships(data, data.memberships_of_account(job.account_id));
      drop_bots(data, job.account_id);
      break;
    case JobKind::kDropOfUser:
      drop_memberships(data, data.memberships_of_user(job.user_id));
      break;
    case JobKind::kClearNotifications:
      data.notification_settings.erase({job.account_id, job.user_id});
      break;
  }
  ++world.changes;
}

// Runs the first job that may run and is due by then.
bool run_one(World& world, std::int64_t until) {
  std::deque<Job>& jobs = world.data.jobs;
  const auto it = std::find_if(jobs.begin(), jobs.end(), [&](const Job& job) {
    return job.due <= until && world.settings.queues.count(job.queue) > 0;
  });
  if (it == jobs.end() || !world.settings.redis || !world.settings.database) return false;
  const Job job = *it;
  jobs.erase(it);
  run(world, job);
  return true;
}

}  // namespace

bool enqueue(World& world, Job job) {
  if (!world.settings.redis) return false;
  job.due = now_ms() + world.settings.job_delay_ms;
  world.data.jobs.push_back(std::move(job));
  world.jobs_changed.notify_all();
  return true;
}

int run_pending_jobs(World& world) {
  int count = 0;
  while (run_one(world, std::numeric_limits<std::int64_t>::max())) ++count;
  return count;
}

void run_daily_job(World& world) {
  for (auto& [id, account] : world.data.accounts) {
    for (const char* flag : {"disable_branding", "audit_logs", "response_bot", "sla", "captain_integration",
                             "custom_roles", "csat_review_notes"}) {
      account.features.erase(flag);
    }
  }
  ++world.changes;
}

JobRunner::JobRunner(World& world) : world_(world), thread_([this] { run(); }) {}

JobRunner::~JobRunner() {
  {
    const Lock lock(world_.mutex);
    stopped_ = true;
    world_.jobs_changed.notify_all();
  }
  thread_.join();
}

void JobRunner::run() {
  Lock lock(world_.mutex);
  while (!stopped_) {
    while (run_one(world_, now_ms())) {
    }
    std::int64_t next = now_ms() + 60'000;
    const bool working = world_.settings.redis && world_.settings.database;
    for (const Job& job : world_.data.jobs) {
      if (working && world_.settings.queues.count(job.queue) > 0) next = std::min(next, job.due);
    }
    const auto pause = std::chrono::milliseconds(std::max<std::int64_t>(next - now_ms(), 1));
    world_.jobs_changed.wait_for(lock, pause);
  }
}

}  // namespace sandbox
