#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/diagnostic.hpp"
#include "base/error.hpp"
#include "base/source.hpp"
#include "model/desired.hpp"
#include "model/guardrails.hpp"
#include "model/live.hpp"
#include "model/recorded.hpp"

namespace rollcall::plan {

enum class Verb : std::uint8_t {
  kCreate,
  kUpdate,
  /// An object that exists already becomes managed (again).
  kBind,
  /// Stop managing; nothing is sent.
  kRelease,
  kSuspend,
  kDelete,
  kGrant,
  kChangeRole,
  kRevoke,
};

/// create, update, bind, release, suspend, delete, grant, change_role, revoke: the words of the JSON
/// documents.
std::string_view to_string(Verb verb);
std::optional<Verb> parse_verb(std::string_view word);

/// The order of sending; everything inside one phase may run at once, save for what `depends_on` says. Every
/// action of a phase is over before the next one starts.
enum class Phase : std::uint8_t {
  kObjects = 1,      // e-mail changes, then accounts, users and bots created, bound, updated
  kGrants = 2,       // grants and promotions
  kRevocations = 3,  // demotions and revocations
  kRemovals = 4,     // releases, suspensions, deletions
};

/// Why an action is in the plan. Reports turn it into words.
enum class ReasonCode : std::uint8_t {
  kNew,              // in the roster, not recorded
  kSettingsDiffer,   // the roster says something else than the record
  kMoved,            // `moved` gives it a new key or address
  kBindRequested,    // the roster names the id of an account that exists
  kCameBack,         // released earlier, in the roster again
  kOnRemoveChanged,  // only what happens on removal changed: nothing is sent
  kRuleGives,        // a rule gives the role
  kRuleRaises,       // a rule gives a higher role than recorded
  kRuleLowers,       // the remaining rules give a lower role
  kNoRule,           // no rule gives a role any more
  kExpired,          // the rule's or the user's `until` has passed
  kUserLeft,         // the user left the roster
  kAccountLeft,      // the account left the roster
  kBotLeft,          // the bot left the roster
  kLeftAndGone,      // it left the roster, and the server was seen not to have it
  kActiveAgain,      // it left the roster and was suspended then, and was seen to be active again
  kUnlistedMember,   // a member that the roster does not list, under `unlisted_members: revoke`
  kRecreated,        // gone from the server, and to be created again
  kRaisedOnServer,   // the server was found to have a higher role than the rules give
};

std::string_view to_string(ReasonCode reason);

/// The settings side of an object's action. `wanted` is what the record will hold after it.
struct SettingsEffect {
  model::SettingsPatch wanted;
  /// Create: everything that is sent. Update: what differs from the record. Bind: empty unless `compared`,
  /// because the differences are known only after a look at the server.
  std::vector<model::SettingChange> changes;
  model::OnRemove on_remove_before = model::OnRemove::kRetain;
  model::OnRemove on_remove = model::OnRemove::kRetain;
  /// What of `wanted` and `on_remove` comes from the roster's `defaults`.
  model::Defaulted defaulted = {};
  /// Bind and adoption: the server was read for this plan, and `changes` is what differs from it.
  bool compared = false;

  bool operator==(const SettingsEffect&) const = default;
};

/// What the action of one kind of object says besides.
template <class Kind>
struct ActionParts {
  bool operator==(const ActionParts&) const = default;
};

template <>
struct ActionParts<model::Account> {
  /// Bind after a suspension by on_remove: the account becomes active again.
  bool lift_suspension = false;
  /// Release only: the managed grants that stay on the server, untouched.
  std::uint32_t grants_left = 0;
  /// Suspension and deletion: the users who have access before, as recorded and as last seen.
  std::uint32_t members = 0;

  bool operator==(const ActionParts&) const = default;
};

template <>
struct ActionParts<model::User> {
  bool adopt = false;

  bool operator==(const ActionParts&) const = default;
};

template <class ObjectKind>
struct ObjectAction : ActionParts<ObjectKind> {
  using Kind = ObjectKind;

  typename Kind::Ref ref{};
  /// With an update, or with a bind of something released: the key that the record still has. With a user the
  /// e-mail address on the server changes.
  std::optional<typename Kind::Ref> moved_from;
  /// The recorded id, or the one that the roster binds; nothing for a create.
  std::optional<model::ServerId> id;
  model::Provenance provenance = model::Provenance::kCreated;
  SettingsEffect settings;

  bool operator==(const ObjectAction&) const = default;
};

using AccountAction = ObjectAction<model::Account>;
using UserAction = ObjectAction<model::User>;
using BotAction = ObjectAction<model::Bot>;

struct GrantAction {
  model::AccountRef account{};
  /// "#ID" in the directory for an unlisted member whose address nobody could read; such a member is only
  /// ever revoked.
  model::UserRef user{};
  /// The server's id of the user where it is known; nothing for a user that this plan creates.
  std::optional<model::ServerId> user_id;
  std::optional<model::Role> before;
  std::optional<model::Role> after;
  /// Whether `before` was seen as unlisted, not recorded as ours.
  bool unlisted = false;
  /// Into Plan::causes: the rules that give `after`; for an expiry, the rules that gave `before`.
  model::CauseId cause = 0;
  /// An expiry: the last day of the access.
  std::optional<Date> ended = std::nullopt;

  bool operator==(const GrantAction&) const = default;
};

template <class... Kinds>
using ActionObjects = std::variant<ObjectAction<Kinds>..., GrantAction>;

using ActionIndex = std::uint32_t;

/// A write that an apply may send for an action.
struct PlannedRequest {
  /// POST, PATCH or DELETE.
  std::string method;
  /// An id that the server has not given yet is {ADDRESS}.
  std::string path;
  /// Null where there is none. `<marker>`, `<password>` and `<kept>` stand for what only a run knows.
  model::Value body;
  /// What the server has decides whether it is sent.
  bool conditional = false;

  bool operator==(const PlannedRequest&) const = default;
};

struct Action {
  Verb verb = Verb::kCreate;
  Phase phase = Phase::kObjects;
  ReasonCode reason = ReasonCode::kNew;
  model::OfKinds<ActionObjects> object;
  /// Where the roster defines the object, or the `moved` entry; line 0 for what left the roster.
  Origin origin;
  /// Actions of earlier phases, or of this one, that have to succeed first. Sorted, and always before this
  /// one in Plan::actions.
  std::vector<ActionIndex> depends_on;
  /// Listed, never run: a deletion that nothing allows, or what `only_expired` withholds.
  bool blocked = false;
  /// Set by who wants to show them.
  std::vector<PlannedRequest> requests{};

  bool operator==(const Action&) const = default;
};

/// Calls `visit(object)` where the action is about an object, of whatever kind, and not about a grant.
template <class Visit>
void visit_object(const Action& action, const Visit& visit) {
  std::visit(
      [&](const auto& object) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(object)>, GrantAction>) visit(object);
      },
      action.object);
}

enum class Guardrail : std::uint8_t { kMinAdministrators, kMaxRemovals, kProtectedUser, kProtectedAccount };

/// A guardrail that refuses the plan, with the actions that it names. Any of them means exit 3, and nothing
/// is sent unless all of them are `withheld`.
struct Violation {
  Guardrail guardrail = Guardrail::kMaxRemovals;
  /// kMinAdministrators, kProtectedAccount, and kMaxRemovals where it speaks of one account.
  std::optional<model::AccountRef> account;
  std::optional<model::UserRef> user;
  /// kMaxRemovals: removals counted and allowed. kMinAdministrators: administrators left and demanded.
  std::uint32_t counted = 0;
  std::uint32_t allowed = 0;
  std::vector<ActionIndex> actions;
  /// Under `only_expired`: just these actions are blocked, and the rest of the plan runs.
  bool withheld = false;

  bool operator==(const Violation&) const = default;
};

/// An entry of the guardrails' `allow`, with the actions that it lets pass.
struct UsedException {
  model::Exception exception;
  std::vector<ActionIndex> actions;

  bool operator==(const UsedException&) const = default;
};

/// What the last line counts. create = create, grant; update = update, bind, change role; remove = revoke,
/// suspend, delete. Blocked actions count only as blocked.
struct Totals {
  std::size_t create = 0;
  std::size_t update = 0;
  std::size_t remove = 0;
  std::size_t release = 0;
  std::size_t blocked = 0;

  bool operator==(const Totals&) const = default;
};

/// A setting that is recorded and that the roster no longer names: it stays on the server as it is.
struct UnmanagedSetting {
  std::string address;
  model::SettingName name;
  model::Value value;
  /// Where the roster defines the object.
  Origin origin;

  bool operator==(const UnmanagedSetting&) const = default;
};

/// An object of the roster that is gone from the server, or about to go, so that nothing is planned for it.
struct MissingObject {
  /// As it is recorded.
  std::string address;
  /// Nothing where it is there still, and the server has accepted its deletion in an earlier run.
  std::optional<Time> since;
  Origin origin;

  bool operator==(const MissingObject&) const = default;
};

/// A user of the roster whose sign-in address somebody changed on the server.
struct ChangedAddress {
  std::string address;
  std::string live;

  bool operator==(const ChangedAddress&) const = default;
};

/// A bot that the roster has and the server has, too, as far as the record knows.
struct StayingBot {
  model::BotRef ref{};
  model::ServerId id = 0;
  bool operator==(const StayingBot&) const = default;
};

struct Plan {
  /// By phase, then kind of object, then address in byte order, so that the same input gives the same bytes.
  /// E-mail changes stand first in their phase, one that frees an address before the one that takes it.
  std::vector<Action> actions;
  model::Causes causes;
  std::vector<Violation> violations;
  /// Removals that the plan counts over all: the least `max_removals` that would let it pass.
  std::uint32_t removals = 0;
  std::vector<UsedException> exceptions;
  /// Warnings that need both estates: a joiner named like a leaver, a new account with agents only.
  Diagnostics warnings;
  /// How many actions `only` and `only_expired` left out.
  std::size_t left_out = 0;
  /// Objects of the roster that are gone from the server and that `only` does not leave out. Sorted by
  /// address.
  std::vector<MissingObject> missing;
  /// What the next apply forgets. Empty where `only` or `only_expired` chose a part of the plan: such an
  /// apply forgets nothing. Sorted by address.
  std::vector<UnmanagedSetting> unmanaged;
  /// Set by who brought the record up to date for this plan.
  std::vector<ChangedAddress> changed_addresses;
  /// Reads that failed when the record was brought up to date for this plan: set by who did that.
  std::size_t unread = 0;
  /// Actions that earlier runs sent, creations aside, whose outcome is unknown: set by who has the state.
  std::size_t unresolved = 0;
  /// An earlier run may have sent more than that: set by who has the state.
  bool may_have_sent_more = false;
  /// The last day on which this plan is what the roster says.
  std::optional<Date> valid_until;
  /// The server deletes an account's bots with it: no account is deleted while one of these is in it.
  std::vector<StayingBot> staying_bots;

  [[nodiscard]] bool empty() const { return actions.empty(); }
  bool operator==(const Plan&) const = default;
};

template <class Kind>
using Refs = std::vector<typename Kind::Ref>;

/// Recorded objects that are gone from the server, sorted.
struct MissingRefs : model::OneEach<Refs> {
  [[nodiscard]] bool empty() const { return accounts.empty() && users.empty() && bots.empty(); }
};

/// What the server was found to have of what the roster is about to bind or adopt.
struct Existing {
  /// Named by `id:`, or released earlier and in the roster again.
  struct Account {
    model::AccountRef ref{};
    model::SettingsPatch settings;
    /// Of one that is not recorded; nothing where they could not be read. Sorted by user id.
    std::vector<model::UnlistedMember> members;

    bool operator==(const Account&) const = default;
  };
  /// Named by `adopt:`, or released earlier and in the roster again.
  struct User {
    model::UserRef ref{};
    model::ServerId id = 0;
    model::SettingsPatch settings;

    bool operator==(const User&) const = default;
  };
  /// Where a user who is to be deleted is a member besides, in accounts that the record does not know.
  struct Elsewhere {
    model::UserRef ref{};
    std::vector<model::ServerId> accounts;

    bool operator==(const Elsewhere&) const = default;
  };
  /// Each sorted by reference.
  std::vector<Elsewhere> elsewhere;
  std::vector<Account> accounts;
  std::vector<User> users;

  bool operator==(const Existing&) const = default;
};

/// Of what `live` shows: what was released and is wanted again, accounts that `id:` names, users to be
/// adopted who are among the members that were read, and where users who are to be deleted are members
/// besides.
Existing find_existing(const model::DesiredEstate& desired, const model::RecordedEstate& recorded,
                       const model::LiveEstate& live, const model::Directory& directory);

struct Options {
  model::Guardrails guardrails;
  bool allow_deletes = false;
  /// Shell-style patterns over addresses (`*` does not cross `/`); empty: everything. What a chosen action
  /// needs comes along.
  std::vector<std::string> only;
  /// Just the revocations and demotions that a passed `until` causes.
  bool only_expired = false;
  /// The day (UTC) for which the plan is made.
  Date today;
  /// What was gone and is to be created again; drop_missing() has taken it out of the record.
  MissingRefs recreated;
  /// Roles that a look at the server just before this plan found to be higher than recorded. Sorted.
  std::vector<model::Grant> raised;
  /// What a look at the server just before this plan found of what is to be bound or adopted.
  Existing existing;
  /// Addresses of objects whose deletion the server has accepted in an earlier run, and that may be there
  /// still.
  std::vector<std::string> open_deletions;
  /// A look at the server just before this plan found the listing of accounts broken.
  bool accounts_listing_broken = false;
};

/// What has to be done so that the record says what the roster says. Pure: the same input gives the same
/// plan. Needs the directory not const because an unlisted member may have an address that it does not know
/// yet. Fails for what no plan can do: an id that changed for a recorded key or stands under another
/// one, a pattern of `only` that names nothing in roster or record, moves that would put two recorded objects
/// under one key. A recorded object that is missing on the server is warned about; nothing is planned for it,
/// its grants and its bots until it is created again or taken out of the roster.
Expected<Plan> make_plan(const model::DesiredEstate& desired, const model::RecordedEstate& recorded,
                         model::Directory& directory, const SourceFiles& files, const Options& options);

/// The record without the settings of `Plan::unmanaged`: they are forgotten at the next write and are no
/// action. Released and missing objects stay as they are.
model::RecordedEstate forget_unmanaged(const model::DesiredEstate& desired, model::RecordedEstate recorded);

/// What is recorded as missing and matches one of the patterns. By references of the record, sorted.
MissingRefs find_missing(const model::RecordedEstate& recorded, const std::vector<std::string>& patterns,
                         const model::Directory& directory);

/// The record without these objects and the grants that hang on them.
model::RecordedEstate drop_missing(const MissingRefs& missing, model::RecordedEstate recorded);

Totals count(const Plan& plan);

/// Whether guardrails refuse the plan as a whole.
bool is_refused(const Plan& plan);
/// Whether guardrails refuse some of its actions, and only those.
bool withholds(const Plan& plan);

/// Whether the action takes access away or closes something: a revocation, a demotion, a suspension (be it by
/// a `status` of the roster), a deletion. What guardrails count and reviewers look for; the totals count an
/// update as an update all the same.
bool takes_away(const Action& action);

/// Whether an account is suspended after the action, and may be active before it: by its own verb, or by a
/// `status` of the roster.
bool suspends(const Action& action);

/// Whether the object leaves the estate: released, suspended or deleted because its key left the roster.
bool leaves(const Action& action);

/// What the action of a grant says of it; the action must be one.
const GrantAction& grant_of(const Plan& plan, ActionIndex action);

/// The settings side of an object's action; nullptr for a grant.
const SettingsEffect* settings_of(const Action& action);

/// accounts.KEY, users.EMAIL, agent_bots.KEY, grants.KEY/EMAIL.
std::string address_of(const Action& action, const model::Directory& directory);

}  // namespace rollcall::plan
