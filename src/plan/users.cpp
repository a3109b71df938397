#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "plan/object_walk.hpp"

namespace rollcall::plan {
namespace {

/// Where users stay members once this plan is done: in accounts that are let go, suspended or were released
/// earlier, and as members whom the roster does not list.
class Remaining {
 public:
  explicit Remaining(const PlanBuilder& draft) : draft_(draft) {
    const std::set<model::AccountRef> deleted = deleted_accounts(draft);
    for (const model::RecordedAccount& account : draft.recorded.accounts) {
      if (account.missing_since || deleted.contains(account.ref)) continue;
      const model::DesiredAccount* wanted = model::find(draft.desired, account.ref);
      if (wanted == nullptr)
        for (const model::Grant& grant : model::grants_of(draft.recorded, account.ref))
          granted_.emplace_back(grant.user, account.ref);
      else if (wanted->unlisted_members == model::UnlistedMembers::kRevoke)
        continue;
      for (const model::UnlistedMember& member : account.unlisted)
        seen_.emplace_back(member.user_id, account.ref);
    }
    std::sort(granted_.begin(), granted_.end());
    std::sort(seen_.begin(), seen_.end());
  }

  /// Addresses of accounts, sorted; then those that the record does not know.
  [[nodiscard]] std::vector<std::string> of(const model::RecordedUser& user) const {
    std::vector<std::string> accounts;
    const auto add = [&](model::AccountRef account) {
      accounts.push_back(model::address_of(account, draft_.directory));
    };
    for (auto at =
             std::lower_bound(granted_.begin(), granted_.end(), std::pair(user.ref, model::AccountRef{}));
         at != granted_.end() && at->first == user.ref; ++at)
      add(at->second);
    for (auto at = std::lower_bound(seen_.begin(), seen_.end(), std::pair(user.id, model::AccountRef{}));
         at != seen_.end() && at->first == user.id; ++at)
      if (model::find(draft_.recorded, at->second, user.ref) == nullptr) add(at->second);
    std::sort(accounts.begin(), accounts.end());
    const auto* elsewhere =
        model::find_sorted(draft_.options.existing.elsewhere, user.ref, &Existing::Elsewhere::ref);
    if (elsewhere != nullptr)
      for (const model::ServerId id : elsewhere->accounts)
        accounts.push_back(fmt::format("account {}, which is not managed", id));
    return accounts;
  }

 private:
  const PlanBuilder& draft_;
  std::vector<std::pair<model::UserRef, model::AccountRef>> granted_;
  std::vector<std::pair<model::ServerId, model::AccountRef>> seen_;
};

struct Users : ObjectPlanner<model::User> {
  static constexpr ReasonCode kLeft = ReasonCode::kUserLeft;

  /// Made for the first user who is to be deleted.
  std::optional<Remaining> remaining = std::nullopt;

  /// Who was let go only because a membership held the deletion up is deleted once nothing does.
  bool still_leaves(const Recorded& recorded) {
    return model::waits_for_deletion(recorded) && !is_held_up(recorded);
  }

  void add(const Desired& wanted, Action& action) const {
    UserAction object = created(wanted);
    object.adopt = wanted.adopt;
    if (const Existing::User* existing = seen(wanted.ref)) {
      object.id = existing->id;
      object.provenance = model::Provenance::kAdopted;
      compare(object.settings, &existing->settings);
    }
    action.object = std::move(object);
  }

  void keep(const Desired& wanted, const Recorded& recorded, SettingsEffect effect, Action& action) const {
    UserAction object = kept(wanted, recorded, std::move(effect));
    object.adopt = wanted.adopt;
    if (const Existing::User* existing = recorded.released ? seen(wanted.ref) : nullptr)
      compare(object.settings, &existing->settings);
    action.object = std::move(object);
  }

  void remove(const Recorded& recorded, Action& action) {
    if (action.verb == Verb::kDelete && !recorded.released && is_held_up(recorded)) {
      action.verb = Verb::kRelease;
      action.blocked = false;
    }
    action.object = removed(recorded);
  }

 private:
  /// What a look at the server just before this plan found.
  [[nodiscard]] const Existing::User* seen(model::UserRef ref) const {
    return model::find_sorted(draft.options.existing.users, ref, &Existing::User::ref);
  }
  /// The server would show a membership, and only who has none is deleted. Warns of it.
  bool is_held_up(const Recorded& recorded) {
    if (!remaining) remaining.emplace(draft);
    auto accounts = remaining->of(recorded);
    if (accounts.empty()) return false;
    draft.warnings.push_back(warn_still_member(model::address_of(recorded.ref, draft.directory),
                                               std::move(accounts), recorded.released));
    return true;
  }
};

}  // namespace

void plan_kind(model::User /*kind*/, PlanBuilder& draft) {
  plan_objects(Users{{draft}});
}

}  // namespace rollcall::plan
