#include "apply/phase_queue.hpp"

namespace rollcall::apply {

PhaseQueue::PhaseQueue(const std::vector<plan::ActionIndex>& actions, std::span<const Edge> edges) {
  for (const plan::ActionIndex action : actions) nodes_.emplace(action, Node{});
  for (const Edge& edge : edges) {
    const auto earlier = nodes_.find(edge.earlier);
    const auto later = nodes_.find(edge.later);
    if (earlier == nodes_.end() || later == nodes_.end()) continue;
    earlier->second.frees.push_back(edge.later);
    ++later->second.waits_for;
  }
  for (const plan::ActionIndex action : actions)
    if (nodes_.at(action).waits_for == 0) ready_.push_back(action);
}

std::optional<plan::ActionIndex> PhaseQueue::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stopped_ || !ready_.empty() || running_ == 0; });
  if (stopped_ || ready_.empty()) return std::nullopt;
  const plan::ActionIndex action = ready_.front();
  ready_.pop_front();
  ++running_;
  return action;
}

void PhaseQueue::done(plan::ActionIndex action) {
  const std::scoped_lock lock(mutex_);
  --running_;
  for (const plan::ActionIndex freed : nodes_.at(action).frees)
    if (--nodes_.at(freed).waits_for == 0) ready_.push_back(freed);
  changed_.notify_all();
}

void PhaseQueue::stop() {
  const std::scoped_lock lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace rollcall::apply
