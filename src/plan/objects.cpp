#include <fmt/format.h>

#include <algorithm>

#include "plan/draft.hpp"
#include "plan/warnings.hpp"

namespace rollcall::plan {
namespace {

using model::OnRemove;
using model::Provenance;

SettingsEffect effect_of_create(const model::SettingsPatch& wanted, OnRemove on_remove) {
  SettingsEffect effect{wanted, {}, OnRemove::kRetain, on_remove};
  // What is to be absent is absent from something new.
  for (const model::Setting& setting : wanted)
    if (!setting.value.is_null()) effect.changes.push_back({setting.name, std::nullopt, setting.value});
  return effect;
}

template <class Desired, class Recorded>
SettingsEffect effect_of_update(const Desired& wanted, const Recorded& recorded) {
  return {wanted.settings, differences(wanted.settings, recorded.settings), recorded.on_remove,
          wanted.on_remove};
}

template <class Desired, class Recorded>
SettingsEffect effect_of_bind(const Desired& wanted, const Recorded& recorded) {
  return {wanted.settings, {}, recorded.on_remove, wanted.on_remove};
}

template <class Recorded>
SettingsEffect effect_of_removal(const Recorded& recorded) {
  return {recorded.settings, {}, recorded.on_remove, recorded.on_remove};
}

/// The verb, reason and origin of what happens to an object that is recorded and in the roster.
template <class Ref>
Action update_action(const SettingsEffect& effect, bool came_back, const KeyChange<Ref>* move,
                     Origin origin) {
  Action action;
  action.verb = came_back ? Verb::kBind : Verb::kUpdate;
  action.origin = move != nullptr ? move->origin : origin;
  action.reason = came_back                 ? ReasonCode::kCameBack
                  : move != nullptr         ? ReasonCode::kMoved
                  : !effect.changes.empty() ? ReasonCode::kSettingsDiffer
                                            : ReasonCode::kOnRemoveChanged;
  return action;
}

bool differs(const SettingsEffect& effect) {
  return !effect.changes.empty() || effect.on_remove_before != effect.on_remove;
}

Action create_action(Origin origin) {
  Action action;
  action.origin = origin;
  return action;
}

/// What `on_remove` of the record asks for, as far as it is allowed: only what was created is ever deleted,
/// and what the server no longer has is only let go.
template <class Recorded>
Action removal_action(Draft& draft, const Recorded& recorded, const std::string& address, ReasonCode reason) {
  Action action;
  action.wave = Wave::kRemovals;
  action.reason = reason;
  action.verb = Verb::kRelease;
  if (recorded.missing_since) return action;
  if (recorded.on_remove == OnRemove::kSuspend) action.verb = Verb::kSuspend;
  if (recorded.on_remove == OnRemove::kDelete) {
    if (recorded.provenance == Provenance::kCreated)
      action.verb = Verb::kDelete;
    else
      draft.warnings.push_back(warn_not_deleted(address, recorded.provenance));
  }
  action.blocked = action.verb == Verb::kDelete && !draft.options.allow_deletes;
  return action;
}

std::string suspended() {
  return "suspended";
}

void check_bound_ids(Draft& draft) {
  std::vector<std::pair<model::ServerId, model::AccountRef>> recorded;
  for (const model::DesiredAccount& wanted : draft.desired.accounts) {
    if (!wanted.id) continue;
    if (recorded.empty()) {
      for (const model::RecordedAccount& account : draft.recorded.accounts)
        recorded.emplace_back(account.id, account.account);
      std::sort(recorded.begin(), recorded.end());
    }
    const auto at =
        std::lower_bound(recorded.begin(), recorded.end(), std::pair(*wanted.id, model::AccountRef{}));
    if (at == recorded.end() || at->first != *wanted.id || at->second == wanted.account) continue;
    const std::string address = model::account_address(draft.directory.key(wanted.account));
    const std::string other = model::account_address(draft.directory.key(at->second));
    draft.errors.emplace_back(
        address,
        Error{
            fmt::format("{} has `id: {}` ({}), but the state records that account as {}.", address,
                        *wanted.id, draft.files.describe(wanted.origin), other),
            fmt::format("Write `moved: [{{from: {}, to: {}}}]`, or forget the old key: rollcall state rm {}.",
                        other, address, other)});
  }
}

void check_same_id(Draft& draft, const model::DesiredAccount& wanted,
                   const model::RecordedAccount& recorded) {
  if (!wanted.id || *wanted.id == recorded.id) return;
  const std::string address = model::account_address(draft.directory.key(wanted.account));
  draft.errors.emplace_back(
      address,
      Error{fmt::format("{} has `id: {}` ({}), but the state records it with the id {}.", address, *wanted.id,
                        draft.files.describe(wanted.origin), recorded.id),
            fmt::format("Put the id {} back, or forget the recorded account first: rollcall state rm {}.",
                        recorded.id, address)});
}

}  // namespace

void plan_accounts(Draft& draft) {
  check_bound_ids(draft);
  const auto address = [&](model::AccountRef ref) {
    return model::account_address(draft.directory.key(ref));
  };
  const auto stand = [&](model::AccountRef ref, Standing standing) {
    draft.accounts[static_cast<std::size_t>(ref)] = standing;
  };
  const auto added = [&](const model::DesiredAccount& wanted) {
    stand(wanted.account, Standing::kDesired);
    Action action = create_action(wanted.origin);
    AccountAction object{wanted.account, {}, wanted.id, Provenance::kCreated, {}};
    if (wanted.id) {
      action.verb = Verb::kBind;
      action.reason = ReasonCode::kBindRequested;
      object.provenance = Provenance::kBound;
      object.settings = {wanted.settings, {}, OnRemove::kRetain, wanted.on_remove};
    } else {
      object.settings = effect_of_create(wanted.settings, wanted.on_remove);
    }
    action.object = std::move(object);
    draft.actions.push_back(std::move(action));
  };
  const auto kept = [&](const model::DesiredAccount& wanted, const model::RecordedAccount& recorded) {
    check_same_id(draft, wanted, recorded);
    const auto* move = change_to(draft.moves.accounts, wanted.account);
    if (recorded.missing_since) {
      stand(wanted.account, Standing::kMissing);
      draft.warnings.push_back(warn_missing(address(move != nullptr ? move->from : wanted.account),
                                            *recorded.missing_since, wanted.origin, draft.files));
      return;
    }
    stand(wanted.account, Standing::kDesired);
    AccountAction object{wanted.account,
                         moved_from(draft.moves.accounts, wanted.account),
                         recorded.id,
                         recorded.provenance,
                         {}};
    object.settings =
        recorded.released ? effect_of_bind(wanted, recorded) : effect_of_update(wanted, recorded);
    if (!recorded.released && move == nullptr && !differs(object.settings)) return;
    Action action = update_action(object.settings, recorded.released, move, wanted.origin);
    object.lift_suspension = recorded.released && recorded.suspended_by_removal &&
                             wanted.settings.text(model::Field::kStatus) != suspended();
    action.object = std::move(object);
    draft.actions.push_back(std::move(action));
  };
  const auto gone = [&](const model::RecordedAccount& recorded) {
    stand(recorded.account, recorded.released ? Standing::kReleased : Standing::kLeaving);
    if (recorded.released) return;
    Action action = removal_action(draft, recorded, address(recorded.account), ReasonCode::kAccountLeft);
    AccountAction object{recorded.account, {}, recorded.id, recorded.provenance, effect_of_removal(recorded)};
    if (action.verb == Verb::kSuspend) {
      const model::Value* status = recorded.settings.find(model::Field::kStatus);
      object.settings.changes.push_back(
          {{model::Field::kStatus, {}},
           status == nullptr ? std::nullopt : std::optional<model::Value>(*status),
           suspended()});
    }
    if (action.verb == Verb::kRelease)
      object.grants_left =
          static_cast<std::uint32_t>(model::grants_of(draft.recorded, recorded.account).size());
    action.object = std::move(object);
    draft.actions.push_back(std::move(action));
  };
  merge_sorted(
      draft.desired.accounts, [](const auto& wanted) { return wanted.account; }, draft.recorded.accounts,
      [](const auto& recorded) { return recorded.account; }, added, kept, gone);
}

void plan_users(Draft& draft) {
  const auto address = [&](model::UserRef ref) { return model::user_address(draft.directory.key(ref)); };
  const auto stand = [&](model::UserRef ref, Standing standing) {
    draft.users[static_cast<std::size_t>(ref)] = standing;
  };
  const auto added = [&](const model::DesiredUser& wanted) {
    stand(wanted.user, Standing::kDesired);
    Action action = create_action(wanted.origin);
    action.object =
        UserAction{wanted.user,          {},           {},
                   Provenance::kCreated, wanted.adopt, effect_of_create(wanted.settings, wanted.on_remove)};
    draft.actions.push_back(std::move(action));
  };
  const auto kept = [&](const model::DesiredUser& wanted, const model::RecordedUser& recorded) {
    const auto* move = change_to(draft.moves.users, wanted.user);
    if (recorded.missing_since) {
      stand(wanted.user, Standing::kMissing);
      draft.warnings.push_back(warn_missing(address(move != nullptr ? move->from : wanted.user),
                                            *recorded.missing_since, wanted.origin, draft.files));
      return;
    }
    stand(wanted.user, Standing::kDesired);
    UserAction object{wanted.user,  moved_from(draft.moves.users, wanted.user),
                      recorded.id,  recorded.provenance,
                      wanted.adopt, {}};
    object.settings =
        recorded.released ? effect_of_bind(wanted, recorded) : effect_of_update(wanted, recorded);
    if (!recorded.released && move == nullptr && !differs(object.settings)) return;
    Action action = update_action(object.settings, recorded.released, move, wanted.origin);
    action.object = std::move(object);
    draft.actions.push_back(std::move(action));
  };
  const auto gone = [&](const model::RecordedUser& recorded) {
    stand(recorded.user, recorded.released ? Standing::kReleased : Standing::kLeaving);
    if (recorded.released) return;
    Action action = removal_action(draft, recorded, address(recorded.user), ReasonCode::kUserLeft);
    action.object =
        UserAction{recorded.user, {}, recorded.id, recorded.provenance, false, effect_of_removal(recorded)};
    draft.actions.push_back(std::move(action));
  };
  merge_sorted(
      draft.desired.users, [](const auto& wanted) { return wanted.user; }, draft.recorded.users,
      [](const auto& recorded) { return recorded.user; }, added, kept, gone);
}

void plan_bots(Draft& draft) {
  const auto address = [&](model::BotRef ref) { return model::bot_address(draft.directory.key(ref)); };
  // A bot cannot come to an account that the server no longer has; the account's own warning says what to do.
  const auto waits = [&](const model::DesiredBot& wanted) {
    const auto account = draft.directory.accounts.find(wanted.settings.text(model::Field::kAccount));
    return account && standing_of(draft.accounts, *account) == Standing::kMissing;
  };
  const auto added = [&](const model::DesiredBot& wanted) {
    if (waits(wanted)) return;
    Action action = create_action(wanted.origin);
    action.object = BotAction{wanted.bot, {}, {}, effect_of_create(wanted.settings, wanted.on_remove)};
    draft.actions.push_back(std::move(action));
  };
  const auto kept = [&](const model::DesiredBot& wanted, const model::RecordedBot& recorded) {
    const auto* move = change_to(draft.moves.bots, wanted.bot);
    if (recorded.missing_since) {
      draft.warnings.push_back(warn_missing(address(move != nullptr ? move->from : wanted.bot),
                                            *recorded.missing_since, wanted.origin, draft.files));
      return;
    }
    if (waits(wanted)) return;
    BotAction object{wanted.bot, moved_from(draft.moves.bots, wanted.bot), recorded.id, {}};
    object.settings =
        recorded.released ? effect_of_bind(wanted, recorded) : effect_of_update(wanted, recorded);
    if (!recorded.released && move == nullptr && !differs(object.settings)) return;
    Action action = update_action(object.settings, recorded.released, move, wanted.origin);
    action.object = std::move(object);
    draft.actions.push_back(std::move(action));
  };
  const auto gone = [&](const model::RecordedBot& recorded) {
    if (recorded.released) return;
    Action action = removal_action(draft, recorded, address(recorded.bot), ReasonCode::kBotLeft);
    action.object = BotAction{recorded.bot, {}, recorded.id, effect_of_removal(recorded)};
    draft.actions.push_back(std::move(action));
  };
  merge_sorted(
      draft.desired.bots, [](const auto& wanted) { return wanted.bot; }, draft.recorded.bots,
      [](const auto& recorded) { return recorded.bot; }, added, kept, gone);
}

}  // namespace rollcall::plan
