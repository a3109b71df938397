#pragma once

#include <functional>
#include <vector>

#include "base/error.hpp"
#include "model/address.hpp"
#include "plan/plan.hpp"
#include "state/journal.hpp"
#include "state/state_change.hpp"

namespace rollcall::apply {

/// What a run may do, known before it sends anything.
struct Announcement {
  /// What it may create, with the nonces that it will use, and what it may grant: without them no later run
  /// could tell that these are its own.
  std::vector<state::Intent> creations;
  /// The objects that it may change, and the accounts whose grants it may. Sorted, each once.
  std::vector<model::Address> touched;

  bool operator==(const Announcement&) const = default;
};

/// Where a run writes down what it is about to do and what it has done. Any call that fails ends the run:
/// what cannot be recorded is not done. All but start and finish may be called from any thread.
class Recorder {
 public:
  virtual ~Recorder() = default;
  /// Before the first request, so that a full disk or a read-only folder is told while nothing has happened
  /// yet.
  /// `announce` is asked where others have to know beforehand what the run may do.
  virtual Expected<void> start(const std::function<Announcement()>& announce) = 0;
  /// Before an action is sent; what is intended is on disk when this returns. Once more where more is known
  /// of an action that stays open.
  virtual Expected<void> begin(plan::ActionIndex action, state::Intent intent) = 0;
  /// Before any of these is sent: what they are about to do is on disk when this returns. Only actions whose
  /// end the server shows whenever it is asked, for a later run may find nothing more of them. One that is
  /// never sent leaves nothing behind.
  virtual Expected<void> intend(std::vector<state::Intended> actions) = 0;
  /// Before an action is sent that was intended. Waits for no disk.
  virtual Expected<void> send(plan::ActionIndex action) = 0;
  /// Once it is known what became of an action: what is true now, or nothing where it failed. An action that
  /// was begun or sent and never settled is unresolved: a later run looks.
  virtual Expected<void> settle(plan::ActionIndex action, std::vector<state::StateChange> facts) = 0;
  /// Facts beside the outcome of an action.
  virtual Expected<void> note(std::vector<state::StateChange> facts) = 0;
  /// Before the end of a run that has done everything in its plan that is not blocked.
  virtual void complete() {}
  /// Once after the last action, whatever became of the run.
  virtual Expected<void> finish() = 0;
};

}  // namespace rollcall::apply
