#include "plan/warnings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/text.hpp"
#include "plan/plan_builder.hpp"

namespace rollcall::plan {
namespace {

Diagnostic warning(std::string rule, std::string message, std::string hint) {
  Diagnostic diagnostic;
  diagnostic.severity = Severity::kWarning;
  diagnostic.rule = std::move(rule);
  diagnostic.message = std::move(message);
  diagnostic.hint = std::move(hint);
  return diagnostic;
}

/// Joiners whose name is that of a leaver of the same kind.
template <class ObjectAction, class Describe>
void warn_of_same_names(PlanBuilder& draft, ReasonCode left, const Describe& describe) {
  std::unordered_map<std::string, std::string> leavers;
  for (const Action& action : draft.actions) {
    const auto* object = std::get_if<ObjectAction>(&action.object);
    if (object == nullptr || action.reason != left) continue;
    const std::string address = address_of(action, draft.directory);
    const auto [at, is_new] = leavers.try_emplace(object->settings.wanted.text(model::Field::kName), address);
    if (!is_new && address < at->second) at->second = address;
  }
  if (leavers.empty()) return;
  for (const Action& action : draft.actions) {
    const auto* object = std::get_if<ObjectAction>(&action.object);
    if (object == nullptr || action.verb != Verb::kCreate) continue;
    const std::string name = object->settings.wanted.text(model::Field::kName);
    const auto leaver = leavers.find(name);
    if (leaver == leavers.end() || name.empty()) continue;
    const std::string address = address_of(action, draft.directory);
    draft.warnings.push_back(
        diagnose(draft.files, Severity::kWarning, "R911", action.origin,
                 fmt::format("{} joins with the name `{}` of {}, {} leaves in the same plan", address,
                             shown_value(name), leaver->second, describe.which),
                 fmt::format("{} Then write `moved: [{{from: {}, to: {}}}]`", describe.question,
                             leaver->second, address)));
  }
}

struct Describe {
  std::string_view which, question;
};

/// R911
void warn_of_same_names(PlanBuilder& draft) {
  warn_of_same_names<UserAction>(draft, ReasonCode::kUserLeft,
                                 Describe{"who", "a new address for the same user?"});
  warn_of_same_names<AccountAction>(draft, ReasonCode::kAccountLeft,
                                    Describe{"which", "a new key for the same account?"});
}

/// R912; where administrators are demanded, policy's R903 says it already.
void warn_of_agents_only(PlanBuilder& draft) {
  if (draft.options.guardrails.min_administrators != 0) return;
  for (const Action& action : draft.actions) {
    const auto* object = std::get_if<AccountAction>(&action.object);
    if (object == nullptr || action.verb != Verb::kCreate) continue;
    const auto grants = model::grants_of(draft.desired, object->ref);
    const bool administered = std::any_of(grants.begin(), grants.end(), [](const auto& desired) {
      return desired.grant.role == model::Role::kAdministrator;
    });
    if (grants.empty() || administered) continue;
    draft.warnings.push_back(
        diagnose(draft.files, Severity::kWarning, "R912", action.origin,
                 fmt::format("the new account `{}` gets {} and no administrator",
                             draft.directory.key(object->ref), pluralize(grants.size(), "agent", "agents")),
                 "add a grant with `role: administrator` for it"));
  }
}

bool is_open_deletion(const PlanBuilder& draft, const Action& action) {
  return action.verb == Verb::kDelete && is_open_deletion(draft, address_of(action, draft.directory));
}

/// R921
void warn_of_open_deletions(PlanBuilder& draft) {
  for (const Action& action : draft.actions)
    if (is_open_deletion(draft, action))
      draft.warnings.push_back(
          warning("R921",
                  fmt::format("the server accepted the deletion of {} in an earlier run, "
                              "and it still waits for the server's background jobs",
                              address_of(action, draft.directory)),
                  "apply again later: it first checks whether the object is gone"));
}

/// R920
void warn_of_the_broken_listing(PlanBuilder& draft) {
  const auto deletes = [&](const Action& action) {
    return action.verb == Verb::kDelete && !std::holds_alternative<UserAction>(action.object) &&
           !is_open_deletion(draft, action);
  };
  const auto first = std::find_if(draft.actions.begin(), draft.actions.end(), deletes);
  if (first == draft.actions.end()) return;
  const bool account = std::holds_alternative<AccountAction>(first->object);
  if (account && draft.options.accounts_listing_broken) {
    draft.warnings.push_back(warning(
        "R920",
        fmt::format("the server's listing of accounts answers 500 for this token already, "
                    "and the deletion of {} does not change that",
                    address_of(*first, draft.directory)),
        "Rollcall asks for accounts by their ids, until an administrator of the server repairs the listing"));
    return;
  }
  draft.warnings.push_back(
      warning("R920",
              fmt::format("with the deletion of {} the server's listing of {} answers 500 for this token, "
                          "until an administrator of the server repairs it",
                          address_of(*first, draft.directory), account ? "accounts" : "agent bots"),
              account ? "Rollcall then asks for accounts by their ids; "
                        "only accounts beyond those ids stay unseen until the search reaches them"
                      : "Rollcall then asks for the bots that it knows by their ids, and cannot see others"));
}

/// R915
void warn_of_leavers_left_behind(PlanBuilder& draft) {
  for (std::size_t i = 0; i < draft.actions.size(); ++i) {
    const auto* object = std::get_if<AccountAction>(&draft.actions[i].object);
    const Verb verb = draft.actions[i].verb;
    const bool blocked = draft.actions[i].blocked;
    if (object == nullptr || (verb != Verb::kRelease && verb != Verb::kSuspend && !blocked)) continue;
    if (draft.actions[i].reason == ReasonCode::kLeftAndGone) continue;
    std::vector<std::string> names;
    for (const model::Grant& grant : model::grants_of(draft.recorded, object->ref))
      if (draft.standing(grant.user) == Lifecycle::kLeaving) names.push_back(draft.directory.key(grant.user));
    if (names.empty() || is_open_deletion(draft, draft.actions[i])) continue;
    std::sort(names.begin(), names.end());
    draft.warnings.push_back(warning(
        "R915",
        fmt::format(
            "{} leaves the roster with its members untouched: {} {} the roster too but {} in that account",
            model::address_of(object->ref, draft.directory), first_and_more(names),
            names.size() == 1 ? "leaves" : "leave", names.size() == 1 ? "stays" : "stay"),
        blocked ? "to take their access away, "
                  "delete the account with --allow-deletes, or put it back until they are removed"
                : "to take their access away, "
                  "remove them from the roster first and the account in a later apply"));
  }
}

/// Whether a bot that stays in the roster is to be in an account that is there.
bool has_somewhere_to_go(const PlanBuilder& draft, const model::DesiredBot& wanted) {
  const auto account = model::account_of(wanted.settings, draft.directory);
  return account && draft.standing(*account) != Lifecycle::kMissing;
}

/// R918: the server deletes an account's bots with it.
void warn_of_bots_of_deleted_accounts(PlanBuilder& draft) {
  const std::set<model::AccountRef> deleted = deleted_accounts(draft);
  if (deleted.empty()) return;
  for (const model::RecordedBot& recorded : draft.recorded.bots) {
    const auto in = model::account_of(recorded.settings, draft.directory);
    if (recorded.missing_since || !in || !deleted.contains(*in)) continue;
    const model::DesiredBot* wanted = model::find(draft.desired, recorded.ref);
    // The record of a bot that is no longer managed may be old.
    if (wanted == nullptr && recorded.released) continue;
    const std::string bot = model::address_of(recorded.ref, draft.directory);
    const std::string account = model::address_of(*in, draft.directory);
    if (wanted != nullptr && !has_somewhere_to_go(draft, *wanted))
      draft.warnings.push_back(
          diagnose(draft.files, Severity::kWarning, "R918", wanted->origin,
                   fmt::format("{} is in {}, which is to be deleted, and has nowhere to go: "
                               "the account stays as long as the bot is in it",
                               bot, account),
                   "name another `account` for the bot, or take it out of the roster, too"));
    if (wanted == nullptr && !model::deletes_on_removal(recorded))
      draft.warnings.push_back(
          warning("R918",
                  fmt::format("{} is not to be deleted, "
                              "but it is in {}, and the server deletes the bots of an account with it",
                              bot, account),
                  "to keep the bot, put it back with another `account` first"));
  }
}

}  // namespace

Diagnostic warn_not_deleted(const std::string& address, model::Provenance provenance) {
  return warning(
      "R913",
      fmt::format("{} has `on_remove: delete` but was {}, not created, by Rollcall: it is released instead",
                  address, model::to_string(provenance)),
      "delete it on the server yourself if it is no longer needed");
}

bool is_open_deletion(const PlanBuilder& draft, const std::string& address) {
  const auto& open = draft.options.open_deletions;
  return std::find(open.begin(), open.end(), address) != open.end();
}

Diagnostic warn_missing(const MissingObject& object, const SourceFiles& files) {
  const std::string& address = object.address;
  if (!object.since)
    return diagnose(files, Severity::kWarning, "R921", object.origin,
                    fmt::format("the server accepted the deletion of {} in an earlier run, "
                                "and it still waits for the server's background jobs, "
                                "so nothing is planned for it",
                                address),
                    fmt::format("apply again later: once it is gone it is created again; "
                                "if the server has lost the deletion, `rollcall state rm {}` forgets it",
                                address));
  return diagnose(
      files, Severity::kWarning, "R914", object.origin,
      fmt::format("{} is gone from the server since {}, so nothing is planned for it", address,
                  rollcall::to_string(*object.since)),
      fmt::format("create it again with `rollcall apply --recreate {}`, or take it out of the roster",
                  address));
}

Diagnostic warn_unreadable_members(const std::string& account_key, const std::vector<model::ServerId>& ids,
                                   const std::string& who, Origin origin, const SourceFiles& files) {
  std::vector<std::string> names;
  for (const model::ServerId id : ids) names.push_back(fmt::format("#{}", id));
  return diagnose(
      files, Severity::kWarning, "R916", origin,
      fmt::format("`unlisted_members: revoke` leaves {} of `{}` alone: "
                  "the token may not read who that is, and it might be {}",
                  first_and_more(names), account_key, who),
      "once the ids of those users are recorded, the next plan removes the rest; or remove them by hand");
}

Diagnostic warn_still_member(const std::string& address, std::vector<std::string> accounts, bool released) {
  const std::string where = first_and_more(std::move(accounts));
  return warning(
      "R917",
      released ? fmt::format("{} is to be deleted (`on_remove: delete`), but is still a member of {}",
                             address, where)
               : fmt::format("{} has `on_remove: delete` but stays a member of {}: "
                             "the user is released, and deleted once no membership is left",
                             address, where),
      released
          ? "only a user without memberships is deleted: "
            "remove the user from it on the server, then run `rollcall apply --refresh --allow-deletes`; "
            "or delete the user there yourself and run `rollcall refresh`"
          : "only a user without memberships is deleted: remove the account as well, "
            "remove the user from it on the server, or delete the user there yourself");
}

Diagnostic warn_unmanaged(const UnmanagedSetting& setting, const SourceFiles& files) {
  const std::string name = model::to_string(setting.name);
  const bool suspended = setting.name.field == model::Field::kStatus &&
                         setting.value == model::Value(std::string(model::kSuspended));
  return diagnose(files, Severity::kWarning, "R919", setting.origin,
                  fmt::format("`{}` of {} is no longer managed and stays {}", name, setting.address,
                              setting.value.is_null() ? "absent" : model::to_text(setting.value)),
                  suspended ? "write `status: active` to change it"
                            : fmt::format("write `{}` here again to manage it", name));
}

void warn(PlanBuilder& draft) {
  warn_of_same_names(draft);
  warn_of_agents_only(draft);
  warn_of_the_broken_listing(draft);
  warn_of_open_deletions(draft);
  warn_of_leavers_left_behind(draft);
  warn_of_bots_of_deleted_accounts(draft);
  sort_diagnostics(draft.warnings);
}

}  // namespace rollcall::plan
