#include <optional>
#include <set>

#include "plan/object_walk.hpp"

namespace rollcall::plan {
namespace {

struct Bots : ObjectPlanner<model::Bot> {
  static constexpr ReasonCode kLeft = ReasonCode::kBotLeft;

  /// Made for the first bot that is let go.
  std::optional<std::set<model::AccountRef>> deleted = std::nullopt;

  /// A bot cannot come to an account that the server no longer has; the account's own warning says what to
  /// do.
  [[nodiscard]] bool waits(const Desired& wanted) const {
    const auto account = model::account_of(wanted.settings, draft.directory);
    return account && draft.standing(*account) == Lifecycle::kMissing;
  }

  void remove(const Recorded& recorded, Action& action) {
    if (action.verb == Verb::kRelease && !recorded.missing_since && goes_with_its_account(recorded))
      action.verb = Verb::kDelete;
    action.object = removed(recorded);
  }

 private:
  /// The server deletes an account's bots with it (agent_bots.account_deleted of the recordings).
  bool goes_with_its_account(const Recorded& recorded) {
    if (!deleted) deleted = deleted_accounts(draft, Deletions::kThatRun);
    const auto account = model::account_of(recorded.settings, draft.directory);
    return account && deleted->contains(*account);
  }
};

}  // namespace

void plan_kind(model::Bot /*kind*/, PlanBuilder& draft) {
  plan_objects(Bots{{draft}});
}

}  // namespace rollcall::plan
