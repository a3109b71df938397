#include "report/access_rows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "report/words.hpp"

namespace rollcall::report {
namespace {

constexpr std::size_t kAccountsNamed = 3;

Change change_of(const plan::GrantAction& grant) {
  const auto word = [](const std::optional<model::Role>& role) {
    return role ? std::optional<std::string>(to_string(*role)) : std::nullopt;
  };
  // The server may hold a membership without a role.
  if (!grant.before && !grant.after) return {"no role", std::nullopt};
  return {word(grant.before), word(grant.after)};
}

void add_sources(Row& row, const plan::Action& action, const plan::Plan& plan, const Context& context,
                 bool full) {
  const std::vector<std::uint32_t>& rules = rules_of(action, plan);
  const std::size_t shown_rules = full ? rules.size() : std::min(rules.size(), kRulesShown);
  for (std::size_t i = 0; i < shown_rules; ++i) {
    const model::RuleFacts& rule = plan.causes.rules[rules[i]];
    row.sources.push_back({context.files.name(rule.origin.file), rule.origin.line, rule.until, rule.reason});
  }
  row.more_sources = rules.size() - shown_rules;
}

/// Where the role comes from, or why it goes.
void add_grounds(Row& row, const plan::Action& action, const plan::Plan& plan, const Context& context,
                 bool full) {
  switch (action.reason) {
    case plan::ReasonCode::kRuleGives:
    case plan::ReasonCode::kRuleRaises:
      break;
    case plan::ReasonCode::kRuleLowers:
      row.reason = kLowerRole;
      break;
    default:
      row.reason = reason_text(action, plan, context);
      row.sources_told = true;
  }
  add_sources(row, action, plan, context, full);
  const auto& grant = std::get<plan::GrantAction>(action.object);
  if (grant.unlisted && grant.after) row.note = "already a member, but not through the roster";
  if (action.blocked) row.note = blocked_note(action);
}

Row bundle_row(const plan::Plan& plan, const Bundle& bundle, const Context& context) {
  const plan::Action& action = plan.actions[bundle.actions.front()];
  const plan::GrantAction& grant = grant_of(plan, bundle.actions.front());
  Row row;
  row.form = Form::kSentence;
  row.folded = bundle.actions.size();
  row.sign = sign_of(action);
  const std::string accounts = pluralize(bundle.accounts, "account", "accounts");
  const std::string users = pluralize(bundle.users, "user", "users");
  if (bundle.users == 1 || bundle.accounts == 1) {
    const bool one_user = bundle.users == 1;
    row.subject = one_user ? context.directory.key(grant.user) : context.directory.key(grant.account);
    row.change = change_of(grant);
    row.text = one_user ? "in " + accounts : "for " + users;
  } else {
    row.subject = role_text(grant);
    row.text =
        fmt::format("{} in {} ({})", users, accounts, pluralize(bundle.actions.size(), "grant", "grants"));
  }
  return row;
}

Section bundles_section(const plan::Plan& plan, const std::vector<Bundle>& bundles, const Context& context,
                        bool full) {
  Section section;
  section.heading = "Changes that reach many";
  for (const Bundle& bundle : bundles) {
    section.rows.push_back(bundle_row(plan, bundle, context));
    add_grounds(section.rows.back(), plan.actions[bundle.actions.front()], plan, context, full);
  }
  return section;
}

/// The accounts of a bundle: their keys where they are three at most, else their number.
std::string accounts_text(const plan::Plan& plan, const Bundle& bundle, const Context& context) {
  if (bundle.accounts > kAccountsNamed) return pluralize(bundle.accounts, "account", "accounts");
  std::vector<std::string> keys;
  for (const plan::ActionIndex action : bundle.actions)
    keys.push_back(context.directory.key(grant_of(plan, action).account));
  return fmt::format("{}", fmt::join(keys, ", "));
}

}  // namespace

Row grant_row(const plan::Plan& plan, plan::ActionIndex index, const Context& context, bool full) {
  const plan::GrantAction& grant = grant_of(plan, index);
  Row row;
  row.sign = sign_of(plan.actions[index]);
  row.subject = context.directory.key(grant.user);
  row.change = change_of(grant);
  add_grounds(row, plan.actions[index], plan, context, full);
  return row;
}

Section access_section(const plan::Plan& plan, const Context& context, bool full) {
  const FoldedAccess folded = fold_access(plan, context.directory, full);
  Section access;
  access.heading = "Access";
  if (!folded.bundles.empty())
    access.sections.push_back(bundles_section(plan, folded.bundles, context, full));
  std::optional<model::AccountRef> account;
  for (const plan::ActionIndex index : folded.single) {
    const plan::GrantAction& grant = grant_of(plan, index);
    if (account != grant.account) {
      account = grant.account;
      access.sections.emplace_back();
      access.sections.back().heading = context.directory.key(grant.account);
    }
    access.sections.back().rows.push_back(grant_row(plan, index, context, full));
  }
  return access;
}

std::vector<Row> rows_by_user(const plan::Plan& plan, const std::vector<plan::ActionIndex>& actions,
                              const Context& context) {
  std::vector<Row> rows;
  for (const Bundle& bundle : by_user(plan, actions, context.directory)) {
    const plan::ActionIndex first = bundle.actions.front();
    Row row;
    row.form = Form::kSentence;
    row.sign = sign_of(plan.actions[first]);
    row.subject = context.directory.key(grant_of(plan, first).user);
    row.change = change_of(grant_of(plan, first));
    row.text = "in " + accounts_text(plan, bundle, context);
    add_sources(row, plan.actions[first], plan, context, false);
    row.sources_told = true;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace rollcall::report
