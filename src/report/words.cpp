#include "report/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"

namespace rollcall::report {
namespace {

using plan::ReasonCode;

std::string places(const std::vector<std::uint32_t>& rules, const plan::Plan& plan, const Context& context) {
  std::vector<std::string> parts;
  for (const std::uint32_t rule : rules)
    parts.push_back(place(plan.causes.rules[rule].origin, context.files));
  return first_and_more(std::move(parts), kRulesShown);
}

/// Whether rules ended the access, or the user's own last day did, with the day.
std::string expiry_text(const plan::Action& action, const std::vector<std::uint32_t>& rules,
                        const plan::Plan& plan, const Context& context) {
  const auto* grant = std::get_if<plan::GrantAction>(&action.object);
  const std::optional<Date> ended = grant == nullptr ? std::nullopt : grant->ended;
  if (!ended) return "its `until` has passed";
  const bool by_rules = std::all_of(rules.begin(), rules.end(), [&](std::uint32_t rule) {
    const std::optional<Date>& until = plan.causes.rules[rule].until;
    return until && *until <= *ended;
  });
  return by_rules ? fmt::format("expired on {} by {}", to_string(*ended), places(rules, plan, context))
                  : fmt::format("the user's `until` passed on {} (given by {})", to_string(*ended),
                                places(rules, plan, context));
}

/// Empty where nothing moves.
std::string moved_text(const plan::Action& action, const Context& context) {
  std::string from;
  plan::visit_object(action, [&](const auto& object) {
    if (object.moved_from) from = model::address_of(*object.moved_from, context.directory);
  });
  return from.empty() ? from : "moved from " + printable(from);
}

std::string_view after_text(const plan::Action& action) {
  const auto* grant = std::get_if<plan::GrantAction>(&action.object);
  return grant == nullptr || !grant->after ? "nothing" : to_string(*grant->after);
}

/// "suspends accounts.initech: 7 users lose access; revokes 2 roles": what the removals of a violation do.
std::string removals_text(const plan::Plan& plan, const plan::Violation& violation, const Context& context) {
  constexpr std::size_t kNamed = 3;
  std::vector<std::string> parts;
  std::size_t objects = 0, revoked = 0, lowered = 0;
  for (const plan::ActionIndex index : violation.actions) {
    const plan::Action& action = plan.actions[index];
    if (std::holds_alternative<plan::GrantAction>(action.object)) {
      ++(action.verb == plan::Verb::kRevoke ? revoked : lowered);
      continue;
    }
    if (++objects > kNamed) continue;
    std::string part = fmt::format("{} {}", action.verb == plan::Verb::kDelete ? "deletes" : "suspends",
                                   plan::address_of(action, context.directory));
    if (const auto* account = std::get_if<plan::AccountAction>(&action.object))
      part += fmt::format(": {} access", account->members == 1
                                             ? "1 user loses"
                                             : pluralize(account->members, "user", "users") + " lose");
    parts.push_back(std::move(part));
  }
  if (objects > kNamed) parts.push_back(with_thousands(objects - kNamed) + " more suspensions and deletions");
  if (revoked != 0) parts.push_back("revokes " + pluralize(revoked, "role", "roles"));
  if (lowered != 0) parts.push_back("lowers " + pluralize(lowered, "role", "roles"));
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string bind_text(const plan::Action& action) {
  const auto* account = std::get_if<plan::AccountAction>(&action.object);
  if (account == nullptr || !account->id) return "the roster names its id";
  return fmt::format("the roster names id {}", *account->id);
}

std::optional<model::ServerId> id_of(const plan::Action& action) {
  std::optional<model::ServerId> id;
  plan::visit_object(action, [&](const auto& object) { id = object.id; });
  return id;
}

}  // namespace

std::string place(const Origin& origin, const SourceFiles& files) {
  return printable(files.describe(origin));
}

std::string shown(const model::Value& value) {
  return value.is_null() ? "absent" : printable(model::to_text(value));
}

std::string_view shown(const std::optional<model::Role>& role) {
  return role ? to_string(*role) : "nothing";
}

std::string reason_text(const plan::Action& action, const plan::Plan& plan, const Context& context) {
  const std::vector<std::uint32_t>& rules = rules_of(action, plan);
  switch (action.reason) {
    case ReasonCode::kNew:
      return "new in the roster";
    case ReasonCode::kSettingsDiffer:
      return "the roster differs from the record";
    case ReasonCode::kMoved:
      return moved_text(action, context);
    case ReasonCode::kBindRequested:
      return bind_text(action);
    case ReasonCode::kCameBack: {
      const std::string from = moved_text(action, context);
      return "released earlier, in the roster again" + (from.empty() ? from : ", " + from);
    }
    case ReasonCode::kOnRemoveChanged:
      return "only on_remove changes, nothing is sent";
    case ReasonCode::kRuleGives:
      return "given by " + places(rules, plan, context);
    case ReasonCode::kRuleRaises:
      return "raised by " + places(rules, plan, context);
    case ReasonCode::kRuleLowers:
      return fmt::format("{}, by {}", kLowerRole, places(rules, plan, context));
    case ReasonCode::kNoRule:
      return "the rule that gave it is gone from the roster";
    case ReasonCode::kExpired:
      return expiry_text(action, rules, plan, context);
    case ReasonCode::kUserLeft:
      return "the user left the roster";
    case ReasonCode::kAccountLeft:
      return "the account left the roster";
    case ReasonCode::kBotLeft:
      return "the bot left the roster";
    case ReasonCode::kLeftAndGone:
      return "it left the roster, and the server no longer has it";
    case ReasonCode::kActiveAgain:
      return "it was suspended when it left the roster, and is active again on the server";
    case ReasonCode::kUnlistedMember:
      return "not in the roster, and the account says unlisted_members: revoke";
    case ReasonCode::kRecreated:
      return "gone from the server, created again";
    case ReasonCode::kRaisedOnServer:
      return fmt::format("raised on the server; the roster gives {}, by {}", after_text(action),
                         places(rules, plan, context));
  }
  return {};
}

std::string role_text(const plan::GrantAction& grant) {
  if (grant.before && grant.after && *grant.before != *grant.after)
    return fmt::format("{} -> {}", shown(grant.before), shown(grant.after));
  if (!grant.before && !grant.after) return "no role";
  return std::string(shown(grant.after ? grant.after : grant.before));
}

std::string verb_text(const plan::Action& action) {
  const std::optional<model::ServerId> id = id_of(action);
  const std::string with_id = id ? fmt::format(" (id {})", *id) : "";
  switch (action.verb) {
    case plan::Verb::kCreate:
      if (adopts(action) && id) return fmt::format("adopt user {}", *id);
      return adopts(action) ? "create, or adopt the user who has this address" : "create";
    case plan::Verb::kUpdate:
      return plan::suspends(action) ? "update, suspends it" : "update";
    case plan::Verb::kBind:
      return (id ? fmt::format("bind to id {}", *id) : std::string("bind")) +
             (plan::suspends(action) ? ", suspends it" : "");
    case plan::Verb::kRelease:
      return action.reason == ReasonCode::kLeftAndGone ? "drop from the recorded state" + with_id
                                                       : "release" + with_id + ", untouched on the server";
    case plan::Verb::kSuspend:
      return "suspend" + with_id;
    case plan::Verb::kDelete:
      return "delete" + with_id;
    case plan::Verb::kGrant:
      return "grant";
    case plan::Verb::kChangeRole:
      return "change role";
    case plan::Verb::kRevoke:
      return "revoke";
  }
  return {};
}

bool adopts(const plan::Action& action) {
  const auto* user = std::get_if<plan::UserAction>(&action.object);
  return user != nullptr && user->adopt;
}

const std::vector<std::uint32_t>& rules_of(const plan::Action& action, const plan::Plan& plan) {
  const auto* grant = std::get_if<plan::GrantAction>(&action.object);
  return plan.causes.sets[grant == nullptr ? 0 : grant->cause];
}

std::string_view guardrail_name(plan::Guardrail guardrail) {
  switch (guardrail) {
    case plan::Guardrail::kMinAdministrators:
      return "min_administrators";
    case plan::Guardrail::kMaxRemovals:
      return "max_removals";
    case plan::Guardrail::kProtectedUser:
      return "protected_user";
    case plan::Guardrail::kProtectedAccount:
      return "protected_account";
  }
  return {};
}

std::vector<std::string> exception_patterns(const plan::Plan& plan, const plan::Violation& violation,
                                            const Context& context) {
  constexpr std::size_t kListed = 3;
  std::map<model::AccountRef, std::size_t> grants;
  for (const plan::ActionIndex index : violation.actions)
    if (const auto* grant = std::get_if<plan::GrantAction>(&plan.actions[index].object))
      ++grants[grant->account];
  std::vector<std::string> patterns;
  std::set<model::AccountRef> covered;
  for (const plan::ActionIndex index : violation.actions) {
    const plan::Action& action = plan.actions[index];
    const auto* grant = std::get_if<plan::GrantAction>(&action.object);
    if (grant == nullptr || grants[grant->account] <= kListed)
      patterns.push_back(plan::address_of(action, context.directory));
    else if (covered.insert(grant->account).second)
      patterns.push_back(model::grant_address(context.directory.key(grant->account), "*"));
  }
  return patterns;
}

std::string exception_entry(const plan::Plan& plan, const plan::Violation& violation,
                            const Context& context) {
  constexpr std::int32_t kDays = 7;
  std::vector<std::string> addresses = exception_patterns(plan, violation, context);
  for (std::string& address : addresses) address = fmt::format("\"{}\"", printable(address));
  return fmt::format("{{addresses: [{}], reason: \"why\", until: {}}}", fmt::join(addresses, ", "),
                     to_string(Date{context.meta.date.days + kDays}));
}

std::string violation_text(const plan::Plan& plan, const plan::Violation& violation, const Context& context) {
  const std::string account =
      violation.account ? model::address_of(*violation.account, context.directory) : "an account";
  switch (violation.guardrail) {
    case plan::Guardrail::kMinAdministrators:
      return fmt::format("{} would be left with {}, and min_administrators requires {}", account,
                         pluralize(violation.counted, "administrator", "administrators"),
                         with_thousands(violation.allowed));
    case plan::Guardrail::kMaxRemovals:
      return fmt::format("{}; {}{}, {} allowed", removals_text(plan, violation, context),
                         pluralize(violation.counted, "removal", "removals"),
                         violation.account ? " in " + account : " in all", with_thousands(violation.allowed));
    case plan::Guardrail::kProtectedUser:
      return fmt::format("{} is protected: no revocation, demotion, deletion, release or new address",
                         violation.user ? model::address_of(*violation.user, context.directory) : "a user");
    case plan::Guardrail::kProtectedAccount:
      return fmt::format(
          "{} is protected: no suspension, deletion or release, and no loss of an administrator", account);
  }
  return {};
}

std::string_view blocked_note(const plan::Action& action) {
  return action.verb == plan::Verb::kDelete ? "blocked: run with --allow-deletes"
                                            : "left out: the guardrails refuse it";
}

std::string_view object_name(const plan::Action& action) {
  std::string_view name = "grant";
  plan::visit_object(action, [&]<class Kind>(const plan::ObjectAction<Kind>&) { name = Kind::kName; });
  return name;
}

std::array<std::string_view, kObjectKinds> object_headings() {
  std::array<std::string_view, kObjectKinds> headings{};
  model::each_kind([&](auto kind) { headings.at(static_cast<std::size_t>(kind.kKind)) = kind.kHeading; });
  headings.back() = "Access";
  return headings;
}

std::string title_text(std::string_view report, const Meta& meta) {
  std::string out(report);
  if (meta.server) out += " for " + *meta.server;
  out += meta.serial ? fmt::format(", state serial {}", *meta.serial) : ", no recorded state";
  out += ", " + to_string(meta.date);
  return meta.plan_digest ? out + ", digest " + *meta.plan_digest : out;
}

std::string totals_text(const plan::Totals& totals) {
  std::string out = fmt::format("{} to create, {} to update, {} to remove", with_thousands(totals.create),
                                with_thousands(totals.update), with_thousands(totals.remove));
  if (totals.release != 0) out += fmt::format(", {} to release", with_thousands(totals.release));
  if (totals.blocked != 0) out += fmt::format(", {} blocked", with_thousands(totals.blocked));
  return out;
}

char sign_of(const plan::Action& action) {
  if (action.blocked) return '!';
  if (plan::suspends(action) && plan::takes_away(action)) return '-';
  switch (action.verb) {
    case plan::Verb::kCreate:
    case plan::Verb::kGrant:
      return '+';
    case plan::Verb::kUpdate:
    case plan::Verb::kBind:
    case plan::Verb::kChangeRole:
      return '~';
    case plan::Verb::kRelease:
      return '=';
    case plan::Verb::kSuspend:
    case plan::Verb::kDelete:
    case plan::Verb::kRevoke:
      return '-';
  }
  return ' ';
}

std::vector<model::UserRef> leavers_of(const plan::Plan& plan) {
  std::vector<model::UserRef> leavers;
  for (const plan::Action& action : plan.actions)
    if (const auto* user = std::get_if<plan::UserAction>(&action.object);
        user != nullptr && action.reason == ReasonCode::kUserLeft)
      leavers.push_back(user->ref);
  std::sort(leavers.begin(), leavers.end());
  return leavers;
}

std::vector<std::string> leavers_kept(const plan::AccountAction& released,
                                      const std::vector<model::UserRef>& leavers,
                                      const model::RecordedEstate& recorded,
                                      const model::Directory& directory) {
  std::vector<std::string> names;
  for (const model::Grant& grant : model::grants_of(recorded, released.ref))
    if (std::binary_search(leavers.begin(), leavers.end(), grant.user))
      names.push_back(directory.key(grant.user));
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace rollcall::report
