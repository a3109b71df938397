#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "plan/plan.hpp"

namespace rollcall::apply {

/// The actions of one phase, handed to workers in the plan's order, each after those of the phase that have
/// to be over before it. Safe to use from any thread.
class PhaseQueue {
 public:
  /// `later` has to wait until `earlier` is over, however it ended. Edges to actions outside the phase are
  /// ignored.
  struct Edge {
    plan::ActionIndex earlier = 0;
    plan::ActionIndex later = 0;
  };

  PhaseQueue(const std::vector<plan::ActionIndex>& actions, std::span<const Edge> edges);

  /// The next action that may run; waits while others may still free one. Nothing: the phase is over,
  /// stopped, or what is left waits for itself.
  std::optional<plan::ActionIndex> take();
  void done(plan::ActionIndex action);
  /// No more actions are handed out.
  void stop();

 private:
  struct Node {
    std::size_t waits_for = 0;
    std::vector<plan::ActionIndex> frees;
  };

  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<plan::ActionIndex, Node> nodes_;
  std::deque<plan::ActionIndex> ready_;
  std::size_t running_ = 0;
  bool stopped_ = false;
};

}  // namespace rollcall::apply
