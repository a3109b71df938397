#include "plan/object_walk.hpp"

namespace rollcall::plan {

using model::OnRemove;

SettingsEffect effect_of_create(const model::DesiredFacts& wanted) {
  SettingsEffect effect{wanted.settings, {}, OnRemove::kRetain, wanted.on_remove, wanted.defaulted};
  // What is to be absent is absent from something new.
  for (const model::Setting& setting : wanted.settings)
    if (!setting.value.is_null()) effect.changes.push_back({setting.name, std::nullopt, setting.value});
  return effect;
}

SettingsEffect effect_of_update(const model::DesiredFacts& wanted, const model::RecordedFacts& recorded) {
  return {wanted.settings, differences(wanted.settings, recorded.settings), recorded.on_remove,
          wanted.on_remove, wanted.defaulted};
}

SettingsEffect effect_of_bind(const model::DesiredFacts& wanted, const model::RecordedFacts& recorded) {
  return {wanted.settings, {}, recorded.on_remove, wanted.on_remove, wanted.defaulted};
}

SettingsEffect effect_of_removal(const model::RecordedFacts& recorded) {
  return {recorded.settings, {}, recorded.on_remove, recorded.on_remove, {}};
}

void compare(SettingsEffect& effect, const model::SettingsPatch* found) {
  if (found == nullptr) return;
  effect.changes = model::differences_from_live(effect.wanted, *found);
  effect.compared = true;
}

Action update_action(const SettingsEffect& effect, bool came_back, Origin moved_at, Origin origin) {
  const bool moved = moved_at.line != 0;
  Action action;
  action.verb = came_back ? Verb::kBind : Verb::kUpdate;
  action.origin = moved ? moved_at : origin;
  action.reason = came_back                 ? ReasonCode::kCameBack
                  : moved                   ? ReasonCode::kMoved
                  : !effect.changes.empty() ? ReasonCode::kSettingsDiffer
                                            : ReasonCode::kOnRemoveChanged;
  return action;
}

Action removal_action(PlanBuilder& draft, const model::RecordedFacts& recorded, const std::string& address,
                      ReasonCode reason) {
  Action action;
  action.phase = Phase::kRemovals;
  action.reason = recorded.missing_since ? ReasonCode::kLeftAndGone : reason;
  action.verb = Verb::kRelease;
  if (recorded.missing_since) return action;
  if (recorded.on_remove == OnRemove::kSuspend) action.verb = Verb::kSuspend;
  if (model::deletes_on_removal(recorded))
    action.verb = Verb::kDelete;
  else if (recorded.on_remove == OnRemove::kDelete)
    draft.warnings.push_back(warn_not_deleted(address, recorded.provenance));
  action.blocked =
      action.verb == Verb::kDelete && !draft.options.allow_deletes && !is_excepted(draft, {address});
  return action;
}

}  // namespace rollcall::plan
