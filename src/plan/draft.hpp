#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "plan/moves.hpp"
#include "plan/plan.hpp"

namespace rollcall::plan {

/// Where an account or a person stands between record and roster; decides what happens to their grants.
enum class Standing : std::uint8_t {
  kNeither,   // neither recorded nor in the roster
  kDesired,   // in the roster, whether recorded or not
  kMissing,   // in the roster and recorded, but seen to be gone from the server
  kLeaving,   // recorded, no longer in the roster
  kReleased,  // released earlier and not back
};

/// A member that the roster did not put there, as last seen, whose address is known.
struct SeenMember {
  model::AccountRef account{};
  model::UserRef user{};
  model::ServerId user_id = 0;
  std::optional<model::Role> role;
};

/// A plan while it is made. Every step reads what it needs and adds its actions, in any order.
struct Draft {
  const model::DesiredEstate& desired;
  /// After the moves.
  const model::RecordedEstate& recorded;
  const Moves& moves;
  model::Directory& directory;
  const SourceFiles& files;
  const Options& options;

  /// By reference.
  std::vector<Standing> accounts;
  std::vector<Standing> users;
  /// Sorted by account and person.
  std::vector<SeenMember> unlisted;
  std::vector<Action> actions;
  Diagnostics warnings;
  /// What no plan can do, with the address that it is about.
  std::vector<std::pair<std::string, Error>> errors;
  /// Wanted objects that are gone from the server.
  std::size_t missing = 0;
};

template <class Ref>
Standing standing_of(const std::vector<Standing>& standings, Ref ref) {
  const auto index = static_cast<std::size_t>(ref);
  return index < standings.size() ? standings[index] : Standing::kNeither;
}

/// Whether its own `on_remove` deletes it: only what was created is ever deleted.
template <class Recorded>
bool deletes_on_removal(const Recorded& recorded) {
  return recorded.on_remove == model::OnRemove::kDelete && recorded.provenance == model::Provenance::kCreated;
}

/// The accounts that the plan deletes, or would if it were allowed.
std::set<model::AccountRef> deleted_accounts(const Draft& draft);

/// Walks two vectors that are sorted by the same reference: `both(left, right)`, `left_only`, `right_only`.
template <class Left, class Right, class LeftKey, class RightKey, class LeftOnly, class Both, class RightOnly>
void merge_sorted(const std::vector<Left>& left, LeftKey left_key, const std::vector<Right>& right,
                  RightKey right_key, LeftOnly left_only, Both both, RightOnly right_only) {
  auto a = left.begin();
  auto b = right.begin();
  while (a != left.end() || b != right.end()) {
    if (b == right.end() || (a != left.end() && left_key(*a) < right_key(*b))) {
      left_only(*a++);
    } else if (a == left.end() || right_key(*b) < left_key(*a)) {
      right_only(*b++);
    } else {
      both(*a++, *b++);
    }
  }
}

/// Accounts, people and bots: creations, bindings, updates, and what becomes of those that left. Sets the
/// standings.
void plan_accounts(Draft& draft);
void plan_users(Draft& draft);
void plan_bots(Draft& draft);

/// Finds the addresses of unlisted members. After the objects, because it may add to the directory.
void find_unlisted(Draft& draft);
/// Grants, changes of role, revocations.
void plan_grants(Draft& draft);

/// Puts the actions in their order and works out what each needs.
void order_actions(Draft& draft);

/// Leaves only what `--only` and `--only-lapsed` ask for and what that needs.
Expected<void> filter_actions(Draft& draft);

/// What the guardrails of `draft.options` refuse about the actions that would be sent.
std::vector<Violation> check_guardrails(const Draft& draft);

/// Adds the warnings that look at the actions as a whole.
void warn(Draft& draft);

}  // namespace rollcall::plan
