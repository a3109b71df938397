#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <vector>

#include "apply/session.hpp"
#include "base/error.hpp"
#include "plan/plan.hpp"

namespace rollcall::apply {

/// Whether the server shows, whenever it is asked, what became of the action: creations may have been carried
/// out where this token does not see them, deletions wait for the server's jobs, and a bot's outgoing_url is
/// never shown.
bool shows_its_end(const plan::Action& action);

/// The intents of the actions of one phase that show their end: they go to disk many at a time, ahead of the
/// workers, who then wait for no disk. Safe to use from any thread.
class IntentsAhead {
 public:
  /// `phase` has the actions in the plan's order.
  IntentsAhead(Session& session, const std::vector<plan::ActionIndex>& phase);

  /// Until the intent of this action, which is one of the phase's that show their end, is on disk.
  Expected<void> reach(plan::ActionIndex action);

 private:
  Expected<void> write_slice();

  Session& session_;
  /// Sorted.
  std::vector<plan::ActionIndex> actions_;
  std::mutex writing_;
  /// How many of them are on disk.
  std::atomic<std::size_t> written_{0};
};

}  // namespace rollcall::apply
