#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "plan/moves.hpp"
#include "plan/plan.hpp"

namespace rollcall::plan {

/// Where an account or a user stands between record and roster; decides what happens to their grants.
enum class Lifecycle : std::uint8_t {
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
struct PlanBuilder {
  PlanBuilder(const model::DesiredEstate& desired_, const model::RecordedEstate& recorded_,
              const Moves& moves_, model::Directory& directory_, const SourceFiles& files_,
              const Options& options_);

  const model::DesiredEstate& desired;
  /// After the moves.
  const model::RecordedEstate& recorded;
  const Moves& moves;
  model::Directory& directory;
  const SourceFiles& files;
  const Options& options;

  template <class Ref>
  [[nodiscard]] Lifecycle standing(Ref ref) const {
    const std::vector<Lifecycle>& standings = standings_of<Ref>(*this);
    const auto index = static_cast<std::size_t>(ref);
    return index < standings.size() ? standings[index] : Lifecycle::kNeither;
  }
  template <class Ref>
  void stand(Ref ref, Lifecycle lifecycle) {
    std::vector<Lifecycle>& standings = standings_of<Ref>(*this);
    const auto index = static_cast<std::size_t>(ref);
    if (index >= standings.size())
      standings.resize((directory.*model::KindOf<Ref>::kDirectory).size(), Lifecycle::kNeither);
    standings[index] = lifecycle;
  }

  /// Sorted by account and user.
  std::vector<SeenMember> unlisted;
  std::vector<Action> actions;
  Diagnostics warnings;
  /// What no plan can do, with the address that it is about.
  std::vector<std::pair<std::string, Error>> errors;
  /// Wanted objects that are gone from the server.
  std::vector<MissingObject> missing;
  /// Those of the guardrails that hold on the day of the plan.
  std::vector<model::Exception> exceptions;

 private:
  template <class Ref, class Builder>
  static auto& standings_of(Builder& builder) {
    return builder.standings_[static_cast<std::size_t>(model::KindOf<Ref>::kKind)];
  }

  /// By kind, then by reference.
  std::array<std::vector<Lifecycle>, model::kKindCount> standings_;
};

/// How many users have access to an account, as recorded and as last seen, and how many of them administer
/// it.
struct MemberCount {
  std::uint32_t members = 0;
  std::uint32_t administrators = 0;
};
MemberCount count_members(const PlanBuilder& draft, model::AccountRef account);

/// The members of an account that the roster did not put there, as last seen.
const std::vector<model::UnlistedMember>& unlisted_members(const PlanBuilder& draft,
                                                           model::AccountRef account);

enum class Deletions : std::uint8_t { kAll, kThatRun };

/// The accounts that the plan deletes, or would if it were allowed.
std::set<model::AccountRef> deleted_accounts(const PlanBuilder& draft, Deletions deletions = Deletions::kAll);

/// accounts.KEY and so on: a moved object answers to both of its addresses, and a member that the roster did
/// not put there to the id, too.
std::vector<std::string> addresses_of(const Action& action, const model::Directory& directory);

/// Whether the server has accepted the deletion of this object in an earlier run, and may carry it out yet.
bool is_open_deletion(const PlanBuilder& draft, const std::string& address);

/// Whether an exception of the guardrails that holds today names one of the addresses.
bool is_excepted(const PlanBuilder& draft, const std::vector<std::string>& addresses);

/// Whether the changes suspend the account.
bool suspends(const SettingsEffect& settings);

/// The objects of one kind: creations, bindings, updates, and what becomes of those that left. Sets the
/// standings.
void plan_kind(model::Account kind, PlanBuilder& draft);
void plan_kind(model::User kind, PlanBuilder& draft);
void plan_kind(model::Bot kind, PlanBuilder& draft);

/// Finds the addresses of unlisted members. After the objects, because it may add to the directory.
void find_unlisted(PlanBuilder& draft);
/// Grants, changes of role, revocations.
void plan_grants(PlanBuilder& draft);

/// Puts the actions in their order and works out what each needs.
void order_actions(PlanBuilder& draft);

/// Leaves only what `--only` and `--only-expired` ask for and what that needs.
Expected<void> filter_actions(PlanBuilder& draft);

/// Drops what is not chosen and numbers `depends_on` anew. The new numbers by the old ones.
std::vector<ActionIndex> keep_only(std::vector<Action>& actions, const std::vector<bool>& chosen);
/// Chooses what the chosen actions need.
void choose_needs(const std::vector<Action>& actions, std::vector<bool>& chosen);

/// Blocks what cannot run because something that it needs is blocked.
void block_what_needs_blocked(std::vector<Action>& actions);

struct Judgement {
  std::vector<Violation> violations;
  /// Removals counted over all.
  std::uint32_t removals = 0;
};

/// What the guardrails of `draft.options` refuse about the actions that would be sent. Under `only_expired`
/// what protects somebody or something blocks just the actions that it refuses.
Judgement check_guardrails(PlanBuilder& draft);

/// Warns of exceptions that match no removal; before anything is left out.
void warn_of_idle_exceptions(PlanBuilder& draft);
/// The exceptions that let something of the draft pass.
std::vector<UsedException> used_exceptions(const PlanBuilder& draft);

/// Adds the warnings that look at the actions as a whole.
void warn(PlanBuilder& draft);

}  // namespace rollcall::plan
