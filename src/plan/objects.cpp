#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "model/sorted.hpp"
#include "plan/plan_builder.hpp"
#include "plan/warnings.hpp"

namespace rollcall::plan {
namespace {

using model::OnRemove;
using model::Provenance;

template <class Desired>
SettingsEffect effect_of_create(const Desired& wanted) {
  SettingsEffect effect{wanted.settings, {}, OnRemove::kRetain, wanted.on_remove, wanted.defaulted};
  // What is to be absent is absent from something new.
  for (const model::Setting& setting : wanted.settings)
    if (!setting.value.is_null()) effect.changes.push_back({setting.name, std::nullopt, setting.value});
  return effect;
}

/// Takes what differs from what the server was found to have; nullptr: nobody has looked.
template <class Found>
void compare(SettingsEffect& effect, const Found* found) {
  if (found == nullptr) return;
  effect.changes = model::differences_from_live(effect.wanted, found->settings);
  effect.compared = true;
}

template <class Desired, class Recorded>
SettingsEffect effect_of_update(const Desired& wanted, const Recorded& recorded) {
  return {wanted.settings, differences(wanted.settings, recorded.settings), recorded.on_remove,
          wanted.on_remove, wanted.defaulted};
}

template <class Desired, class Recorded>
SettingsEffect effect_of_bind(const Desired& wanted, const Recorded& recorded) {
  return {wanted.settings, {}, recorded.on_remove, wanted.on_remove, wanted.defaulted};
}

template <class Recorded>
SettingsEffect effect_of_removal(const Recorded& recorded) {
  return {recorded.settings, {}, recorded.on_remove, recorded.on_remove, {}};
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

template <class Ref>
bool contains(const std::vector<Ref>& sorted, Ref ref) {
  return std::binary_search(sorted.begin(), sorted.end(), ref);
}

bool differs(const SettingsEffect& effect) {
  return !effect.changes.empty() || effect.on_remove_before != effect.on_remove;
}

/// What `on_remove` of the record asks for, as far as it is allowed: only what was created is ever deleted,
/// and what the server no longer has is only let go.
template <class Recorded>
Action removal_action(PlanBuilder& draft, const Recorded& recorded, const std::string& address,
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

void check_bound_ids(PlanBuilder& draft) {
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

void check_same_id(PlanBuilder& draft, const model::DesiredAccount& wanted,
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

/// Where users stay members once this plan is done: in accounts that are let go, suspended or were released
/// earlier, and as members whom the roster does not list.
class Remaining {
 public:
  explicit Remaining(const PlanBuilder& draft) : draft_(draft) {
    const std::set<model::AccountRef> deleted = deleted_accounts(draft);
    for (const model::RecordedAccount& account : draft.recorded.accounts) {
      if (account.missing_since || deleted.contains(account.account)) continue;
      const model::DesiredAccount* wanted = model::find(draft.desired, account.account);
      if (wanted == nullptr)
        for (const model::Grant& grant : model::grants_of(draft.recorded, account.account))
          granted_.emplace_back(grant.user, account.account);
      else if (wanted->unlisted_members == model::UnlistedMembers::kRevoke)
        continue;
      for (const model::UnlistedMember& member : account.unlisted)
        seen_.emplace_back(member.user_id, account.account);
    }
    std::sort(granted_.begin(), granted_.end());
    std::sort(seen_.begin(), seen_.end());
  }

  /// Addresses of accounts, sorted.
  [[nodiscard]] std::vector<std::string> of(const model::RecordedUser& user) const {
    std::vector<std::string> accounts;
    const auto add = [&](model::AccountRef account) {
      accounts.push_back(model::account_address(draft_.directory.key(account)));
    };
    for (auto at =
             std::lower_bound(granted_.begin(), granted_.end(), std::pair(user.user, model::AccountRef{}));
         at != granted_.end() && at->first == user.user; ++at)
      add(at->second);
    for (auto at = std::lower_bound(seen_.begin(), seen_.end(), std::pair(user.id, model::AccountRef{}));
         at != seen_.end() && at->first == user.id; ++at)
      if (model::find(draft_.recorded, at->second, user.user) == nullptr) add(at->second);
    std::sort(accounts.begin(), accounts.end());
    return accounts;
  }

 private:
  const PlanBuilder& draft_;
  std::vector<std::pair<model::UserRef, model::AccountRef>> granted_;
  std::vector<std::pair<model::ServerId, model::AccountRef>> seen_;
};

/// The walk over roster and record is alike for every kind of object; `Kind` tells what is not.
template <class Kind>
void plan_objects(PlanBuilder& draft, Kind kind) {
  const auto added = [&](const auto& wanted) {
    if (kind.waits(wanted)) return;
    kind.stand(kind.ref(wanted), Lifecycle::kDesired);
    Action action;
    action.origin = wanted.origin;
    if (kind.is_recreated(kind.ref(wanted))) action.reason = ReasonCode::kRecreated;
    kind.add(wanted, action);
    draft.actions.push_back(std::move(action));
  };
  const auto kept = [&](const auto& wanted, const auto& recorded) {
    const auto ref = kind.ref(wanted);
    const auto* move = change_to(kind.moves(), ref);
    kind.check(wanted, recorded);
    if (recorded.missing_since) {
      kind.stand(ref, Lifecycle::kMissing);
      const std::string address = kind.address(move != nullptr ? move->from : ref);
      draft.missing.push_back({address, *recorded.missing_since, wanted.origin});
      draft.warnings.push_back(warn_missing(address, *recorded.missing_since, wanted.origin, draft.files));
      return;
    }
    if (kind.waits(wanted)) return;
    kind.stand(ref, Lifecycle::kDesired);
    SettingsEffect effect =
        recorded.released ? effect_of_bind(wanted, recorded) : effect_of_update(wanted, recorded);
    if (!recorded.released && move == nullptr && !differs(effect)) return;
    Action action = update_action(effect, recorded.released, move, wanted.origin);
    kind.keep(wanted, recorded, std::move(effect), action);
    draft.actions.push_back(std::move(action));
  };
  const auto gone = [&](const auto& recorded) {
    const auto ref = kind.ref(recorded);
    const bool is_over = recorded.released && !kind.still_leaves(recorded);
    kind.stand(ref, is_over ? Lifecycle::kReleased : Lifecycle::kLeaving);
    if (is_over) return;
    Action action = removal_action(draft, recorded, kind.address(ref), Kind::kLeft);
    kind.remove(recorded, action);
    draft.actions.push_back(std::move(action));
  };
  const auto ref = [&](const auto& object) { return kind.ref(object); };
  merge_sorted(kind.desired(), ref, kind.recorded(), ref, added, kept, gone);
}

struct Accounts {
  static constexpr ReasonCode kLeft = ReasonCode::kAccountLeft;
  PlanBuilder& draft;

  [[nodiscard]] const auto& desired() const { return draft.desired.accounts; }
  [[nodiscard]] const auto& recorded() const { return draft.recorded.accounts; }
  [[nodiscard]] const auto& moves() const { return draft.moves.accounts; }
  [[nodiscard]] bool is_recreated(model::AccountRef ref) const {
    return contains(draft.options.recreated.accounts, ref);
  }
  static auto ref(const auto& object) { return object.account; }
  [[nodiscard]] std::string address(model::AccountRef ref) const {
    return model::account_address(draft.directory.key(ref));
  }
  void stand(model::AccountRef ref, Lifecycle standing) const {
    draft.accounts[static_cast<std::size_t>(ref)] = standing;
  }
  static bool waits(const model::DesiredAccount& /*wanted*/) { return false; }
  /// Who suspended it once sees to it that it stays so.
  static bool still_leaves(const model::RecordedAccount& recorded) {
    return model::stays_suspended(recorded) && !recorded.suspended_by_removal;
  }
  void check(const model::DesiredAccount& wanted, const model::RecordedAccount& recorded) const {
    check_same_id(draft, wanted, recorded);
  }

  void add(const model::DesiredAccount& wanted, Action& action) const {
    AccountAction object{wanted.account, {}, wanted.id, Provenance::kCreated, {}};
    if (wanted.id) {
      action.verb = Verb::kBind;
      action.reason = ReasonCode::kBindRequested;
      object.provenance = Provenance::kBound;
      object.settings = {wanted.settings, {}, OnRemove::kRetain, wanted.on_remove, wanted.defaulted};
      compare(object.settings, model::find_sorted(draft.options.existing.accounts, wanted.account,
                                                  &Existing::Account::account));
      if (suspends(object.settings)) object.members = count_members(draft, wanted.account).members;
    } else {
      object.settings = effect_of_create(wanted);
    }
    action.object = std::move(object);
  }

  void keep(const model::DesiredAccount& wanted, const model::RecordedAccount& recorded,
            SettingsEffect effect, Action& action) const {
    AccountAction object{wanted.account, moved_from(moves(), wanted.account), recorded.id,
                         recorded.provenance, std::move(effect)};
    if (recorded.released)
      compare(object.settings, model::find_sorted(draft.options.existing.accounts, wanted.account,
                                                  &Existing::Account::account));
    if (suspends(object.settings)) object.members = count_members(draft, wanted.account).members;
    object.lift_suspension = recorded.released && recorded.suspended_by_removal &&
                             wanted.settings.text(model::Field::kStatus) != model::kSuspended;
    action.object = std::move(object);
  }

  void remove(const model::RecordedAccount& recorded, Action& action) const {
    AccountAction object{recorded.account, {}, recorded.id, recorded.provenance, effect_of_removal(recorded)};
    if (action.verb == Verb::kSuspend) {
      if (recorded.released) action.reason = ReasonCode::kActiveAgain;
      const model::Value* status = recorded.settings.find(model::Field::kStatus);
      object.settings.changes.push_back(
          {{model::Field::kStatus, {}},
           status == nullptr || recorded.released ? std::nullopt : std::optional<model::Value>(*status),
           std::string(model::kSuspended)});
    }
    if (action.verb != Verb::kRelease) object.members = count_members(draft, recorded.account).members;
    if (action.verb == Verb::kRelease)
      object.grants_left =
          static_cast<std::uint32_t>(model::grants_of(draft.recorded, recorded.account).size());
    action.object = std::move(object);
  }
};

struct Users {
  static constexpr ReasonCode kLeft = ReasonCode::kUserLeft;
  PlanBuilder& draft;
  /// Made for the first user who is to be deleted.
  std::optional<Remaining> remaining = std::nullopt;

  [[nodiscard]] const auto& desired() const { return draft.desired.users; }
  [[nodiscard]] const auto& recorded() const { return draft.recorded.users; }
  [[nodiscard]] const auto& moves() const { return draft.moves.users; }
  [[nodiscard]] bool is_recreated(model::UserRef ref) const {
    return contains(draft.options.recreated.users, ref);
  }
  static auto ref(const auto& object) { return object.user; }
  [[nodiscard]] std::string address(model::UserRef ref) const {
    return model::user_address(draft.directory.key(ref));
  }
  void stand(model::UserRef ref, Lifecycle standing) const {
    draft.users[static_cast<std::size_t>(ref)] = standing;
  }
  static bool waits(const model::DesiredUser& /*wanted*/) { return false; }
  static void check(const model::DesiredUser& /*wanted*/, const model::RecordedUser& /*recorded*/) {}

  void add(const model::DesiredUser& wanted, Action& action) const {
    UserAction object{wanted.user, {}, {}, Provenance::kCreated, wanted.adopt, effect_of_create(wanted)};
    if (const auto* existing =
            model::find_sorted(draft.options.existing.users, wanted.user, &Existing::User::user)) {
      object.id = existing->id;
      object.provenance = Provenance::kAdopted;
      compare(object.settings, existing);
    }
    action.object = std::move(object);
  }

  void keep(const model::DesiredUser& wanted, const model::RecordedUser& recorded, SettingsEffect effect,
            Action& action) const {
    if (recorded.released)
      compare(effect, model::find_sorted(draft.options.existing.users, wanted.user, &Existing::User::user));
    action.object = UserAction{wanted.user,  moved_from(moves(), wanted.user),
                               recorded.id,  recorded.provenance,
                               wanted.adopt, std::move(effect)};
  }

  /// Who was let go only because a membership held the deletion up is deleted once nothing does.
  bool still_leaves(const model::RecordedUser& recorded) {
    return model::waits_for_deletion(recorded) && !is_held_up(recorded);
  }

  void remove(const model::RecordedUser& recorded, Action& action) {
    if (action.verb == Verb::kDelete && !recorded.released && is_held_up(recorded)) {
      action.verb = Verb::kRelease;
      action.blocked = false;
    }
    action.object =
        UserAction{recorded.user, {}, recorded.id, recorded.provenance, false, effect_of_removal(recorded)};
  }

 private:
  /// The server would show a membership, and only who has none is deleted. Warns of it.
  bool is_held_up(const model::RecordedUser& recorded) {
    if (!remaining) remaining.emplace(draft);
    auto accounts = remaining->of(recorded);
    if (accounts.empty()) return false;
    draft.warnings.push_back(
        warn_still_member(address(recorded.user), std::move(accounts), recorded.released));
    return true;
  }
};

struct Bots {
  static constexpr ReasonCode kLeft = ReasonCode::kBotLeft;
  PlanBuilder& draft;
  /// Made for the first bot that is let go.
  std::optional<std::set<model::AccountRef>> deleted = std::nullopt;

  [[nodiscard]] const auto& desired() const { return draft.desired.bots; }
  [[nodiscard]] const auto& recorded() const { return draft.recorded.bots; }
  [[nodiscard]] const auto& moves() const { return draft.moves.bots; }
  [[nodiscard]] bool is_recreated(model::BotRef ref) const {
    return contains(draft.options.recreated.bots, ref);
  }
  static auto ref(const auto& object) { return object.bot; }
  [[nodiscard]] std::string address(model::BotRef ref) const {
    return model::bot_address(draft.directory.key(ref));
  }
  static void stand(model::BotRef /*ref*/, Lifecycle /*standing*/) {}
  /// A bot cannot come to an account that the server no longer has; the account's own warning says what to
  /// do.
  [[nodiscard]] bool waits(const model::DesiredBot& wanted) const {
    const auto account = model::account_of(wanted.settings, draft.directory);
    return account && standing_of(draft.accounts, *account) == Lifecycle::kMissing;
  }
  static bool still_leaves(const model::RecordedBot& /*recorded*/) { return false; }
  static void check(const model::DesiredBot& /*wanted*/, const model::RecordedBot& /*recorded*/) {}

  static void add(const model::DesiredBot& wanted, Action& action) {
    action.object = BotAction{wanted.bot, {}, {}, effect_of_create(wanted)};
  }
  void keep(const model::DesiredBot& wanted, const model::RecordedBot& recorded, SettingsEffect effect,
            Action& action) const {
    action.object = BotAction{wanted.bot, moved_from(moves(), wanted.bot), recorded.id, std::move(effect)};
  }
  void remove(const model::RecordedBot& recorded, Action& action) {
    if (action.verb == Verb::kRelease && !recorded.missing_since && goes_with_its_account(recorded))
      action.verb = Verb::kDelete;
    action.object = BotAction{recorded.bot, {}, recorded.id, effect_of_removal(recorded)};
  }

 private:
  /// The server deletes an account's bots with it (agent_bots.account_deleted of the recordings).
  bool goes_with_its_account(const model::RecordedBot& recorded) {
    if (!deleted) deleted = deleted_accounts(draft, Deletions::kThatRun);
    const auto account = model::account_of(recorded.settings, draft.directory);
    return account && deleted->contains(*account);
  }
};

}  // namespace

std::set<model::AccountRef> deleted_accounts(const PlanBuilder& draft, Deletions deletions) {
  std::set<model::AccountRef> deleted;
  for (const Action& action : draft.actions)
    if (const auto* account = std::get_if<AccountAction>(&action.object);
        account != nullptr && action.verb == Verb::kDelete &&
        (deletions == Deletions::kAll || !action.blocked))
      deleted.insert(account->account);
  return deleted;
}

void plan_accounts(PlanBuilder& draft) {
  check_bound_ids(draft);
  plan_objects(draft, Accounts{draft});
}

void plan_users(PlanBuilder& draft) {
  plan_objects(draft, Users{draft});
}

void plan_bots(PlanBuilder& draft) {
  plan_objects(draft, Bots{draft});
}

}  // namespace rollcall::plan
