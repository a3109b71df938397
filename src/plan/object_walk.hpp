#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/kinds.hpp"
#include "model/sorted.hpp"
#include "plan/plan_builder.hpp"
#include "plan/warnings.hpp"

/// How objects are planned: the walk over roster and record is alike for every kind; what is not stands in
/// accounts.cpp, users.cpp and bots.cpp.
namespace rollcall::plan {

SettingsEffect effect_of_create(const model::DesiredFacts& wanted);
SettingsEffect effect_of_update(const model::DesiredFacts& wanted, const model::RecordedFacts& recorded);
/// Without changes: what differs is known only after a look at the server.
SettingsEffect effect_of_bind(const model::DesiredFacts& wanted, const model::RecordedFacts& recorded);
SettingsEffect effect_of_removal(const model::RecordedFacts& recorded);
/// Takes what differs from what the server was found to have; nullptr: it was not read.
void compare(SettingsEffect& effect, const model::SettingsPatch* found);

/// The action, but for its object, of what is recorded and in the roster. `moved_at` is where `moved` gives
/// it a new key; line 0 where nothing does.
Action update_action(const SettingsEffect& effect, bool came_back, Origin moved_at, Origin origin);
/// What `on_remove` of the record asks for, as far as it is allowed: only what was created is ever deleted,
/// and what the server no longer has is only let go.
Action removal_action(PlanBuilder& draft, const model::RecordedFacts& recorded, const std::string& address,
                      ReasonCode reason);

/// Plans one kind of object. What a kind does in its own way hides what stands here.
template <class ObjectKind>
struct ObjectPlanner {
  using Kind = ObjectKind;
  using Desired = model::Desired<Kind>;
  using Recorded = model::Recorded<Kind>;

  PlanBuilder& draft;

  /// What cannot be planned yet, and why is told elsewhere.
  [[nodiscard]] bool waits(const Desired& /*wanted*/) const { return false; }
  /// What was released earlier, and is to be removed all the same.
  [[nodiscard]] bool still_leaves(const Recorded& /*recorded*/) const { return false; }
  /// What no plan can do becomes an error of the draft.
  void check(const Desired& /*wanted*/, const Recorded& /*recorded*/) const {}

  void add(const Desired& wanted, Action& action) const { action.object = created(wanted); }
  void keep(const Desired& wanted, const Recorded& recorded, SettingsEffect effect, Action& action) const {
    action.object = kept(wanted, recorded, std::move(effect));
  }
  void remove(const Recorded& recorded, Action& action) const { action.object = removed(recorded); }

 protected:
  [[nodiscard]] ObjectAction<Kind> created(const Desired& wanted) const {
    return {
        {}, wanted.ref, std::nullopt, std::nullopt, model::Provenance::kCreated, effect_of_create(wanted)};
  }
  [[nodiscard]] ObjectAction<Kind> kept(const Desired& wanted, const Recorded& recorded,
                                        SettingsEffect effect) const {
    return {{},          wanted.ref,          moved_from(draft.moves.of<Kind>(), wanted.ref),
            recorded.id, recorded.provenance, std::move(effect)};
  }
  [[nodiscard]] ObjectAction<Kind> removed(const Recorded& recorded) const {
    return {{}, recorded.ref, std::nullopt, recorded.id, recorded.provenance, effect_of_removal(recorded)};
  }
};

template <class Planner>
void plan_objects(Planner planner) {
  using Kind = typename Planner::Kind;
  using Desired = model::Desired<Kind>;
  using Recorded = model::Recorded<Kind>;
  PlanBuilder& draft = planner.draft;
  const auto added = [&](const Desired& wanted) {
    if (planner.waits(wanted)) return;
    draft.stand(wanted.ref, Lifecycle::kDesired);
    Action action;
    action.origin = wanted.origin;
    const auto& recreated = draft.options.recreated.of<Kind>();
    if (std::binary_search(recreated.begin(), recreated.end(), wanted.ref))
      action.reason = ReasonCode::kRecreated;
    planner.add(wanted, action);
    draft.actions.push_back(std::move(action));
  };
  const auto kept = [&](const Desired& wanted, const Recorded& recorded) {
    const auto* move = change_to(draft.moves.of<Kind>(), wanted.ref);
    planner.check(wanted, recorded);
    const std::string address = model::address_of(move != nullptr ? move->from : wanted.ref, draft.directory);
    if (recorded.missing_since || is_open_deletion(draft, address)) {
      draft.stand(wanted.ref, Lifecycle::kMissing);
      draft.missing.push_back({address, recorded.missing_since, wanted.origin});
      draft.warnings.push_back(warn_missing(draft.missing.back(), draft.files));
      return;
    }
    if (planner.waits(wanted)) return;
    draft.stand(wanted.ref, Lifecycle::kDesired);
    SettingsEffect effect =
        recorded.released ? effect_of_bind(wanted, recorded) : effect_of_update(wanted, recorded);
    const bool differs = !effect.changes.empty() || effect.on_remove_before != effect.on_remove;
    if (!recorded.released && move == nullptr && !differs) return;
    Action action =
        update_action(effect, recorded.released, move == nullptr ? Origin{} : move->origin, wanted.origin);
    planner.keep(wanted, recorded, std::move(effect), action);
    draft.actions.push_back(std::move(action));
  };
  const auto gone = [&](const Recorded& recorded) {
    const bool is_over = recorded.released && !planner.still_leaves(recorded);
    draft.stand(recorded.ref, is_over ? Lifecycle::kReleased : Lifecycle::kLeaving);
    if (is_over) return;
    Action action =
        removal_action(draft, recorded, model::address_of(recorded.ref, draft.directory), Planner::kLeft);
    planner.remove(recorded, action);
    draft.actions.push_back(std::move(action));
  };
  const auto ref = [](const auto& object) { return object.ref; };
  model::merge_sorted(draft.desired.of<Kind>(), ref, draft.recorded.of<Kind>(), ref, added, kept, gone);
}

}  // namespace rollcall::plan
