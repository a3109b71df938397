#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "plan/object_walk.hpp"

namespace rollcall::plan {
namespace {

void check_bound_ids(PlanBuilder& draft) {
  std::vector<std::pair<model::ServerId, model::AccountRef>> recorded;
  for (const model::DesiredAccount& wanted : draft.desired.accounts) {
    if (!wanted.id) continue;
    if (recorded.empty()) {
      for (const model::RecordedAccount& account : draft.recorded.accounts)
        recorded.emplace_back(account.id, account.ref);
      std::sort(recorded.begin(), recorded.end());
    }
    const auto at =
        std::lower_bound(recorded.begin(), recorded.end(), std::pair(*wanted.id, model::AccountRef{}));
    if (at == recorded.end() || at->first != *wanted.id || at->second == wanted.ref) continue;
    const std::string address = model::address_of(wanted.ref, draft.directory);
    const std::string other = model::address_of(at->second, draft.directory);
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
  const std::string address = model::address_of(wanted.ref, draft.directory);
  draft.errors.emplace_back(
      address,
      Error{fmt::format("{} has `id: {}` ({}), but the state records it with the id {}.", address, *wanted.id,
                        draft.files.describe(wanted.origin), recorded.id),
            fmt::format("Put the id {} back, or forget the recorded account first: rollcall state rm {}.",
                        recorded.id, address)});
}

struct Accounts : ObjectPlanner<model::Account> {
  static constexpr ReasonCode kLeft = ReasonCode::kAccountLeft;

  /// Who suspended it once sees to it that it stays so.
  [[nodiscard]] bool still_leaves(const Recorded& recorded) const {
    return model::stays_suspended(recorded) && !recorded.suspended_by_removal;
  }
  void check(const Desired& wanted, const Recorded& recorded) const {
    check_same_id(draft, wanted, recorded);
  }

  void add(const Desired& wanted, Action& action) const {
    AccountAction object = created(wanted);
    if (wanted.id) {
      action.verb = Verb::kBind;
      action.reason = ReasonCode::kBindRequested;
      object.id = wanted.id;
      object.provenance = model::Provenance::kBound;
      object.settings.changes.clear();
      compare(object.settings, seen(wanted.ref));
      count_who_loses_access(object);
    }
    action.object = std::move(object);
  }

  void keep(const Desired& wanted, const Recorded& recorded, SettingsEffect effect, Action& action) const {
    AccountAction object = kept(wanted, recorded, std::move(effect));
    if (recorded.released) compare(object.settings, seen(wanted.ref));
    count_who_loses_access(object);
    const bool was_open =
        !recorded.suspended_by_removal && recorded.settings.text(model::Field::kStatus) != model::kSuspended;
    if (recorded.released && !object.settings.compared && was_open &&
        wanted.settings.text(model::Field::kStatus) == model::kSuspended)
      object.members = count_members(draft, wanted.ref).members;
    object.lift_suspension = recorded.released && recorded.suspended_by_removal &&
                             wanted.settings.text(model::Field::kStatus) != model::kSuspended;
    action.object = std::move(object);
  }

  void remove(const Recorded& recorded, Action& action) const {
    AccountAction object = removed(recorded);
    if (action.verb == Verb::kSuspend) {
      if (recorded.released) action.reason = ReasonCode::kActiveAgain;
      const model::Value* status = recorded.settings.find(model::Field::kStatus);
      object.settings.changes.push_back(
          {{model::Field::kStatus, {}},
           status == nullptr || recorded.released ? std::nullopt : std::optional<model::Value>(*status),
           std::string(model::kSuspended)});
    }
    if (action.reason == ReasonCode::kLeftAndGone)
      object.grants_left = 0;
    else if (action.verb == Verb::kRelease)
      object.grants_left = static_cast<std::uint32_t>(model::grants_of(draft.recorded, recorded.ref).size());
    else
      object.members = count_members(draft, recorded.ref).members;
    action.object = std::move(object);
  }

 private:
  /// What a look at the server just before this plan found.
  [[nodiscard]] const model::SettingsPatch* seen(model::AccountRef ref) const {
    const auto* found = model::find_sorted(draft.options.existing.accounts, ref, &Existing::Account::ref);
    return found == nullptr ? nullptr : &found->settings;
  }
  void count_who_loses_access(AccountAction& object) const {
    if (suspends(object.settings)) object.members = count_members(draft, object.ref).members;
  }
};

}  // namespace

std::set<model::AccountRef> deleted_accounts(const PlanBuilder& draft, Deletions deletions) {
  std::set<model::AccountRef> deleted;
  for (const Action& action : draft.actions)
    if (const auto* account = std::get_if<AccountAction>(&action.object);
        account != nullptr && action.verb == Verb::kDelete &&
        (deletions == Deletions::kAll || !action.blocked))
      deleted.insert(account->ref);
  return deleted;
}

void plan_kind(model::Account /*kind*/, PlanBuilder& draft) {
  check_bound_ids(draft);
  plan_objects(Accounts{{draft}});
}

}  // namespace rollcall::plan
