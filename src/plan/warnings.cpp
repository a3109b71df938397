#include "plan/warnings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/text.hpp"
#include "plan/draft.hpp"

namespace rollcall::plan {
namespace {

constexpr std::size_t kNamesShown = 5;

std::string listed(std::vector<std::string> names) {
  const std::size_t more = names.size() > kNamesShown ? names.size() - kNamesShown : 0;
  names.resize(names.size() - more);
  std::string out = fmt::format("{}", fmt::join(names, ", "));
  if (more != 0) out += fmt::format(" and {} more", grouped(more));
  return out;
}

Diagnostic warning(std::string rule, std::string message, std::string hint) {
  Diagnostic diagnostic;
  diagnostic.severity = Severity::kWarning;
  diagnostic.rule = std::move(rule);
  diagnostic.message = std::move(message);
  diagnostic.hint = std::move(hint);
  return diagnostic;
}

/// R911
void warn_of_same_names(Draft& draft) {
  std::unordered_map<std::string, std::string> leavers;
  for (const Action& action : draft.actions) {
    const auto* user = std::get_if<UserAction>(&action.object);
    if (user == nullptr || action.reason != ReasonCode::kUserLeft) continue;
    const std::string& email = draft.directory.key(user->user);
    const auto [at, is_new] = leavers.try_emplace(user->settings.wanted.text(model::Field::kName), email);
    if (!is_new && email < at->second) at->second = email;
  }
  if (leavers.empty()) return;
  for (const Action& action : draft.actions) {
    const auto* user = std::get_if<UserAction>(&action.object);
    if (user == nullptr || action.verb != Verb::kCreate) continue;
    const std::string name = user->settings.wanted.text(model::Field::kName);
    const auto leaver = leavers.find(name);
    if (leaver == leavers.end() || name.empty()) continue;
    const std::string& email = draft.directory.key(user->user);
    draft.warnings.push_back(diagnose(
        draft.files, Severity::kWarning, "R911", action.origin,
        fmt::format("{} joins with the name `{}` of {}, who leaves in the same plan", email, name,
                    leaver->second),
        fmt::format(
            "a new address for the same person? Then write `moved: [{{from: users.{}, to: users.{}}}]`",
            leaver->second, email)));
  }
}

/// R912; where administrators are demanded, policy's R903 says it already.
void warn_of_agents_only(Draft& draft) {
  if (draft.options.guardrails.min_administrators != 0) return;
  for (const Action& action : draft.actions) {
    const auto* object = std::get_if<AccountAction>(&action.object);
    if (object == nullptr || action.verb != Verb::kCreate) continue;
    const auto grants = model::grants_of(draft.desired, object->account);
    const bool administered = std::any_of(grants.begin(), grants.end(), [](const auto& desired) {
      return desired.grant.role == model::Role::kAdministrator;
    });
    if (grants.empty() || administered) continue;
    draft.warnings.push_back(diagnose(
        draft.files, Severity::kWarning, "R912", action.origin,
        fmt::format("the new account `{}` gets {} and no administrator", draft.directory.key(object->account),
                    count_of(grants.size(), "agent", "agents")),
        "add a grant with `role: administrator` for it"));
  }
}

/// R915
void warn_of_leavers_left_behind(Draft& draft) {
  for (std::size_t i = 0; i < draft.actions.size(); ++i) {
    const auto* object = std::get_if<AccountAction>(&draft.actions[i].object);
    const Verb verb = draft.actions[i].verb;
    const bool blocked = draft.actions[i].blocked;
    if (object == nullptr || (verb != Verb::kRelease && verb != Verb::kSuspend && !blocked)) continue;
    std::vector<std::string> names;
    for (const model::Grant& grant : model::grants_of(draft.recorded, object->account))
      if (standing_of(draft.users, grant.user) == Standing::kLeaving)
        names.push_back(draft.directory.key(grant.user));
    if (names.empty()) continue;
    std::sort(names.begin(), names.end());
    draft.warnings.push_back(warning(
        "R915",
        fmt::format(
            "{} leaves the roster with its members untouched: {} {} the roster too but {} in that account",
            model::account_address(draft.directory.key(object->account)), listed(names),
            names.size() == 1 ? "leaves" : "leave", names.size() == 1 ? "stays" : "stay"),
        blocked
            ? "to take their access away, delete the account with --allow-deletes, or put it back until they "
              "are removed"
            : "to take their access away, remove them from the roster first and the account in a later "
              "apply"));
  }
}

/// Whether a bot that stays in the roster is to be in an account that is there.
bool has_somewhere_to_go(const Draft& draft, const model::DesiredBot& wanted) {
  const auto account = model::account_of(wanted.settings, draft.directory);
  return account && standing_of(draft.accounts, *account) != Standing::kMissing;
}

/// R918: the server deletes an account's bots with it.
void warn_of_bots_of_deleted_accounts(Draft& draft) {
  const std::set<model::AccountRef> deleted = deleted_accounts(draft);
  if (deleted.empty()) return;
  for (const model::RecordedBot& recorded : draft.recorded.bots) {
    const auto in = model::account_of(recorded.settings, draft.directory);
    if (recorded.missing_since || !in || !deleted.contains(*in)) continue;
    const model::DesiredBot* wanted = model::find(draft.desired, recorded.bot);
    // Of a bot that nobody manages any more the record may be old.
    if (wanted == nullptr && recorded.released) continue;
    const std::string bot = model::bot_address(draft.directory.key(recorded.bot));
    const std::string account = model::account_address(draft.directory.key(*in));
    if (wanted != nullptr && !has_somewhere_to_go(draft, *wanted))
      draft.warnings.push_back(diagnose(
          draft.files, Severity::kWarning, "R918", wanted->origin,
          fmt::format(
              "{} is in {}, which is to be deleted, and has nowhere to go: the account stays as long as "
              "the bot is in it",
              bot, account),
          "name another `account` for the bot, or take it out of the roster, too"));
    if (wanted == nullptr && !deletes_on_removal(recorded))
      draft.warnings.push_back(warning(
          "R918",
          fmt::format("{} is not to be deleted, but it is in {}, and the server deletes the bots of an "
                      "account with it",
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
      "delete it on the server yourself if nobody needs it any more");
}

Diagnostic warn_missing(const std::string& recorded_address, Time since, Origin origin,
                        const SourceFiles& files) {
  return diagnose(
      files, Severity::kWarning, "R914", origin,
      fmt::format("{} is gone from the server (first seen {}), so nothing is planned for it",
                  recorded_address, rollcall::to_string(since)),
      fmt::format("to create it again, forget the old one first: rollcall state rm {}", recorded_address));
}

Diagnostic warn_unreadable_members(const std::string& account_key, const std::vector<model::ServerId>& ids,
                                   const std::string& who, Origin origin, const SourceFiles& files) {
  std::vector<std::string> names;
  for (const model::ServerId id : ids) names.push_back(fmt::format("#{}", id));
  return diagnose(
      files, Severity::kWarning, "R916", origin,
      fmt::format(
          "`unlisted_members: revoke` leaves {} of `{}` alone: the token may not read who that is, and "
          "it might be {}",
          listed(names), account_key, who),
      "once the ids of those users are recorded, the next plan removes the rest; or remove them by hand");
}

Diagnostic warn_still_member(const std::string& address, std::vector<std::string> accounts) {
  return warning(
      "R917",
      fmt::format("{} has `on_remove: delete` but stays a member of {}: the person is released instead",
                  address, listed(std::move(accounts))),
      "only who is a member of nothing is deleted: remove the person from the roster first and the account "
      "in "
      "a later apply, or delete the person on the server yourself");
}

void warn(Draft& draft) {
  warn_of_same_names(draft);
  warn_of_agents_only(draft);
  warn_of_leavers_left_behind(draft);
  warn_of_bots_of_deleted_accounts(draft);
  sort_diagnostics(draft.warnings);
}

}  // namespace rollcall::plan
