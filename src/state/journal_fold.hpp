#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/directory.hpp"
#include "state/journal.hpp"
#include "state/state.hpp"
#include "state/state_change.hpp"

namespace rollcall::state {

/// Takes the entries of a run into the state that it began with.
class JournalFold {
 public:
  JournalFold(State base, const model::Directory& directory);
  /// `known`: the state that it began with holds what the entry says, for a checkpoint came after it.
  void add(JournalEntry entry, bool known = false);
  /// The state with what has been added so far; what is under way is not in it.
  [[nodiscard]] State so_far() const;
  /// The run is over and knows what it has sent: what it only intended was not.
  void drop_unsent();
  /// Actions settled so far.
  [[nodiscard]] std::size_t settled() const { return settled_; }
  /// The state with `run` as its last one: everything recorded is in it, and what was begun but never settled
  /// is unresolved. An older unresolved action of the same address is over once the new one has succeeded. A
  /// failure says nothing of it, for its request may have been carried out, or may yet be. `plan`: the saved
  /// plan that the run applied.
  State finish(std::string run, std::optional<AppliedPlan> plan = std::nullopt) &&;

 private:
  void begin(std::uint32_t action, Intent intent);
  void settle(Settled settled, bool known);
  void take(std::vector<StateChange> facts);
  void fold_pending();
  void add_unresolved(Intent intent);
  void put_back(std::vector<Intent> older);
  /// Takes those of an address out.
  std::vector<Intent> take_unresolved(const std::string& address);

  /// Without its unresolved actions, which are below.
  State state_;
  const model::Directory& directory_;
  std::vector<StateChange> pending_;
  /// In their order; nothing where one was taken out.
  std::vector<std::optional<Intent>> unresolved_;
  /// Where those of an address are.
  std::unordered_map<std::string, std::vector<std::size_t>> unresolved_at_;
  /// An action without an outcome so far, with the older unresolved ones of its address.
  struct Open {
    Intent intent;
    std::vector<Intent> older;
  };
  /// By the number of the action.
  std::map<std::uint32_t, Open> open_;
  std::size_t settled_ = 0;
};

}  // namespace rollcall::state
