#include "report/second_look.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "base/text.hpp"
#include "report/access_rows.hpp"
#include "report/rules.hpp"
#include "report/words.hpp"

namespace rollcall::report {
namespace {

using plan::ActionIndex;
using plan::Verb;

// Rows of one list of the second look.
constexpr std::size_t kLookRows = 20;

std::vector<ActionIndex> select(const plan::Plan& plan, bool (*wanted)(const plan::Action&)) {
  std::vector<ActionIndex> actions;
  for (ActionIndex i = 0; i < plan.actions.size(); ++i)
    if (wanted(plan.actions[i])) actions.push_back(i);
  return actions;
}

bool makes_administrator(const plan::Action& action) {
  const auto* grant = std::get_if<plan::GrantAction>(&action.object);
  return grant != nullptr && grant->after == model::Role::kAdministrator &&
         grant->before != model::Role::kAdministrator;
}

bool takes_access(const plan::Action& action) {
  return std::holds_alternative<plan::GrantAction>(action.object) && plan::takes_away(action);
}

bool closes_object(const plan::Action& action) {
  return plan::suspends(action) || action.verb == Verb::kDelete;
}

/// How many users are members of a recorded account: those of its grants, and those last seen besides.
std::optional<std::size_t> members_of(const plan::AccountAction& action,
                                      const model::RecordedEstate& recorded) {
  const model::AccountRef account = action.moved_from.value_or(action.ref);
  const model::RecordedAccount* found = model::find(recorded, account);
  if (found == nullptr) return std::nullopt;
  return model::grants_of(recorded, account).size() + found->unlisted.size();
}

/// The name that the server shows, in quotes; empty where it is not known.
std::string name_of(const plan::Action& action, const model::RecordedEstate& recorded) {
  const model::SettingsPatch* settings = nullptr;
  if (const auto* account = std::get_if<plan::AccountAction>(&action.object)) {
    const auto* found = model::find(recorded, account->moved_from.value_or(account->ref));
    settings = found == nullptr ? &account->settings.wanted : &found->settings;
  } else if (const auto* user = std::get_if<plan::UserAction>(&action.object)) {
    const auto* found = model::find(recorded, user->moved_from.value_or(user->ref));
    settings = found == nullptr ? &user->settings.wanted : &found->settings;
  }
  if (settings == nullptr) return {};
  const model::Value* name = settings->find(model::Field::kName);
  return name == nullptr ? std::string() : shown(*name);
}

/// What the server takes away with the object; empty where nothing is closed.
std::string consequences(const plan::Action& action, const model::RecordedEstate& recorded) {
  if (const auto* account = std::get_if<plan::AccountAction>(&action.object); account != nullptr) {
    const std::optional<std::size_t> members = members_of(*account, recorded);
    if (!members) return {};
    if (*members == 0) return "no user loses access";
    return pluralize(*members, "user loses access", "users lose access");
  }
  const bool is_user = std::holds_alternative<plan::UserAction>(action.object);
  return is_user && action.verb == Verb::kDelete ? "removed from the whole installation" : "";
}

/// "accounts.shop \"Shop\": suspend (id 9): 7 users lose access".
std::vector<Row> object_rows(const plan::Plan& plan, const std::vector<ActionIndex>& actions,
                             const model::RecordedEstate& recorded, const Context& context) {
  std::vector<Row> rows;
  for (const ActionIndex index : actions) {
    const plan::Action& action = plan.actions[index];
    if (std::holds_alternative<plan::GrantAction>(action.object)) continue;
    Row row;
    row.form = Form::kSentence;
    row.sign = sign_of(action);
    row.subject = plan::address_of(action, context.directory);
    row.text = verb_text(action);
    if (closes_object(action)) {
      if (const std::string name = name_of(action, recorded); !name.empty()) row.subject += " " + name;
      if (const std::string lost = consequences(action, recorded); !lost.empty()) row.text += ": " + lost;
      if (action.verb == Verb::kDelete && std::holds_alternative<plan::AccountAction>(action.object))
        row.note = "its conversations and agent bots are deleted";
      if (action.reason == plan::ReasonCode::kActiveAgain) row.note = reason_text(action, plan, context);
    }
    if (action.origin.line != 0)
      row.sources.push_back({context.files.name(action.origin.file), action.origin.line, {}, {}});
    row.sources_told = true;
    if (action.blocked) row.note += (row.note.empty() ? "" : "; ") + std::string(blocked_note(action));
    rows.push_back(std::move(row));
  }
  return rows;
}

/// How many accounts a user is in with each role once the plan is applied.
struct Access {
  std::size_t administrator = 0;
  std::size_t agent = 0;
};

std::string access_text(const Access& access) {
  std::vector<std::string> parts;
  if (access.administrator != 0)
    parts.push_back("administrator in " + pluralize(access.administrator, "account", "accounts"));
  if (access.agent != 0) parts.push_back("agent in " + pluralize(access.agent, "account", "accounts"));
  return parts.empty() ? "in no account" : fmt::format("{}", fmt::join(parts, ", "));
}

/// What the users of new addresses may do once the plan is applied, by the address that the record has. Their
/// grants are looked for in one pass, whatever their number.
std::map<model::UserRef, Access> access_of_moved(const plan::Plan& plan,
                                                 const model::RecordedEstate& recorded) {
  std::map<model::UserRef, model::UserRef> old_refs;
  std::map<model::AccountRef, model::AccountRef> new_keys;
  for (const plan::Action& action : plan.actions) {
    if (const auto* user = std::get_if<plan::UserAction>(&action.object); user && user->moved_from)
      old_refs[user->ref] = old_refs[*user->moved_from] = *user->moved_from;
    if (const auto* account = std::get_if<plan::AccountAction>(&action.object);
        account && account->moved_from)
      new_keys[*account->moved_from] = account->ref;
  }
  std::map<model::UserRef, Access> access;
  if (old_refs.empty()) return access;
  std::map<std::pair<model::UserRef, model::AccountRef>, std::optional<model::Role>> roles;
  for (const model::Grant& grant : recorded.grants) {
    const auto old_ref = old_refs.find(grant.user);
    if (old_ref == old_refs.end()) continue;
    const auto moved = new_keys.find(grant.account);
    roles[{old_ref->second, moved == new_keys.end() ? grant.account : moved->second}] = grant.role;
  }
  for (const plan::Action& action : plan.actions) {
    const auto* grant = std::get_if<plan::GrantAction>(&action.object);
    if (grant == nullptr) continue;
    if (const auto old_ref = old_refs.find(grant->user); old_ref != old_refs.end())
      roles[{old_ref->second, grant->account}] = grant->after;
  }
  for (const auto& [at, role] : roles) {
    if (role == model::Role::kAdministrator) ++access[at.first].administrator;
    if (role == model::Role::kAgent) ++access[at.first].agent;
  }
  return access;
}

/// "b@old.example -> b@new.example, administrator in 3 accounts".
std::vector<Row> address_rows(const plan::Plan& plan, const model::RecordedEstate& recorded,
                              const Context& context) {
  const std::map<model::UserRef, Access> access = access_of_moved(plan, recorded);
  std::vector<Row> rows;
  for (const plan::Action& action : plan.actions) {
    const auto* user = std::get_if<plan::UserAction>(&action.object);
    if (user == nullptr || !user->moved_from) continue;
    Row row;
    row.form = Form::kSentence;
    row.sign = '~';
    row.change = {context.directory.key(*user->moved_from), context.directory.key(user->ref)};
    const auto found = access.find(*user->moved_from);
    row.reason = access_text(found == access.end() ? Access{} : found->second);
    if (action.origin.line != 0)
      row.sources.push_back({context.files.name(action.origin.file), action.origin.line, {}, {}});
    rows.push_back(std::move(row));
  }
  return rows;
}

/// Objects first, then access by user.
std::vector<Row> action_rows(const plan::Plan& plan, const std::vector<ActionIndex>& actions,
                             const model::RecordedEstate& recorded, const Context& context) {
  std::vector<Row> rows = object_rows(plan, actions, recorded, context);
  for (Row& grant : rows_by_user(plan, actions, context)) rows.push_back(std::move(grant));
  return rows;
}

Row sentence(std::string text) {
  Row row;
  row.form = Form::kSentence;
  row.text = std::move(text);
  return row;
}

/// What would let a plan with too many removals pass.
std::vector<Row> ways_to_pass(const plan::Plan& plan, const plan::Violation& violation,
                              const Context& context) {
  std::vector<Row> rows = {
      sentence(fmt::format("To let it pass for one run: --max-removals {}", plan.removals)),
      sentence("To let it pass after a review, under `allow` of the guardrails:")};
  rows.back().rows.push_back(sentence("- " + exception_entry(plan, violation, context)));
  rows.back().rows.back().is_code = true;
  return rows;
}

/// The guardrails' refusals, each with the actions that it names.
Section refusals(const plan::Plan& plan, const model::RecordedEstate& recorded, const Context& context) {
  Section section;
  section.heading = plan::withholds(plan) ? "Refused by guardrails: left out, and the rest runs"
                                          : "Refused by guardrails: nothing of this plan will be applied";
  section.rule = kRuleGuardrail;
  section.tone = Tone::kAlarm;
  for (const plan::Violation& violation : plan.violations) {
    Row row = sentence(violation_text(plan, violation, context));
    row.sign = '!';
    row.rows = action_rows(plan, violation.actions, recorded, context);
    if (violation.guardrail == plan::Guardrail::kMaxRemovals)
      for (Row& way : ways_to_pass(plan, violation, context)) row.rows.push_back(std::move(way));
    section.rows.push_back(std::move(row));
  }
  return section;
}

/// The entries of `allow` that are used, each with what it lets pass.
Section used_exceptions(const plan::Plan& plan, const model::RecordedEstate& recorded,
                        const Context& context) {
  Section section;
  section.heading = "Let pass by `allow` of the guardrails";
  section.rule = kRuleException;
  for (const plan::UsedException& used : plan.exceptions) {
    const model::Exception& exception = used.exception;
    Row row;
    row.form = Form::kSentence;
    row.sign = '!';
    row.sources = {{context.files.name(exception.origin.file), exception.origin.line, exception.until,
                    exception.reason}};
    row.rows = action_rows(plan, used.actions, recorded, context);
    section.rows.push_back(std::move(row));
  }
  return section;
}

/// Cut to what a reader takes in.
Section list(std::string_view heading, std::string_view rule, std::vector<Row> rows, bool full) {
  Section section;
  section.rule = rule;
  section.heading = heading;
  if (!full && rows.size() > kLookRows) {
    section.hidden = rows.size() - kLookRows;
    rows.resize(kLookRows);
  }
  section.rows = std::move(rows);
  return section;
}

}  // namespace

std::vector<Row> diagnostic_rows(const Diagnostics& diagnostics) {
  std::vector<Row> rows;
  for (const Diagnostic& found : diagnostics) {
    Row row;
    row.form = Form::kSentence;
    row.sign = '!';
    if (!found.file.empty()) {
      row.subject = found.file + (found.line == 0 ? "" : fmt::format(":{}", found.line));
      row.sources = {{found.file, found.line, {}, {}}};
      row.sources_told = true;
    }
    row.text = found.message;
    row.rule = found.rule;
    row.advice = found.hint;
    rows.push_back(std::move(row));
  }
  return rows;
}

Section second_look(const plan::Plan& plan, const model::RecordedEstate& recorded, const Context& context,
                    bool full) {
  Section look;
  look.heading = kSecondLook;
  const auto add = [&](Section section) {
    if (!section.empty()) look.sections.push_back(std::move(section));
  };
  add(refusals(plan, recorded, context));
  add(used_exceptions(plan, recorded, context));
  add(list("Changed sign-in addresses", kRuleAddress, address_rows(plan, recorded, context), full));
  add(list("New administrators", kRuleAdministrator,
           rows_by_user(plan, select(plan, &makes_administrator), context), full));
  add(list("Access taken away", kRuleAccessRemoved, rows_by_user(plan, select(plan, &takes_access), context),
           full));
  add(list("Suspended or deleted", kRuleClosed,
           object_rows(plan, select(plan, &closes_object), recorded, context), full));
  add(list("Warnings", kRuleWarning, diagnostic_rows(plan.warnings), full));
  return look;
}

}  // namespace rollcall::report
