#include "report/access_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "report/words.hpp"

namespace rollcall::report {
namespace {

constexpr std::size_t kAccountsNamed = 3;
constexpr std::size_t kWidestEmail = 40;

/// Where the role comes from, or why it goes.
std::string grounds(const plan::Action& action, const plan::Plan& plan, const Context& context,
                    const Style& style) {
  const auto& grant = std::get<plan::GrantAction>(action.object);
  std::string out;
  switch (action.reason) {
    case plan::ReasonCode::kRuleGives:
    case plan::ReasonCode::kRuleRaises:
      out = rules_text(grant.cause, plan, context, style.full);
      break;
    case plan::ReasonCode::kRuleLowers:
      out = std::string(lower_text(action)) + ", " + rules_text(grant.cause, plan, context, style.full);
      break;
    default:
      out = reason_text(action, plan, context);
  }
  if (grant.unlisted && grant.after) out += "; a member already, not by the roster";
  return out;
}

std::string bundle_subject(const plan::Plan& plan, const Bundle& bundle, const Context& context) {
  const plan::GrantAction& grant = grant_of(plan, bundle.actions.front());
  const std::string role = role_text(grant);
  const std::string accounts = count_of(bundle.accounts, "account", "accounts");
  if (bundle.users == 1)
    return fmt::format("{}: {} in {}", printable(context.directory.key(grant.user)), role, accounts);
  const std::string people = count_of(bundle.users, "person", "people");
  if (bundle.accounts == 1)
    return fmt::format("{}: {} for {}", printable(context.directory.key(grant.account)), role, people);
  return fmt::format("{}: {} in {} ({})", role, people, accounts,
                     count_of(bundle.actions.size(), "grant", "grants"));
}

std::string bundles_text(const plan::Plan& plan, const std::vector<Bundle>& bundles, const Context& context,
                         const Style& style, const Paint& paint) {
  if (bundles.empty()) return {};
  std::string out = "  Rules that reach many (--full lists every grant)\n";
  for (const Bundle& bundle : bundles) {
    const plan::Action& action = plan.actions[bundle.actions.front()];
    out += fmt::format("    {} {}, {}\n", paint.sign(sign_of(action)), bundle_subject(plan, bundle, context),
                       grounds(action, plan, context, style));
  }
  return out;
}

/// The lines of one account, in columns.
std::string account_lines(const plan::Plan& plan, const plan::ActionIndex* first,
                          const plan::ActionIndex* last, const Context& context, const Style& style,
                          const Paint& paint) {
  std::size_t address_columns = 0;
  std::size_t role_columns = 0;
  for (const auto* at = first; at != last; ++at) {
    const plan::GrantAction& grant = grant_of(plan, *at);
    address_columns = std::max(address_columns, columns_of(context.directory.key(grant.user)));
    role_columns = std::max(role_columns, role_text(grant).size());
  }
  address_columns = std::min(address_columns, kWidestEmail);
  std::string out = fmt::format("  {}\n", printable(context.directory.key(grant_of(plan, *first).account)));
  for (const auto* at = first; at != last; ++at) {
    const plan::Action& action = plan.actions[*at];
    const plan::GrantAction& grant = grant_of(plan, *at);
    out += fmt::format("    {} {}  {}  {}\n", paint.sign(sign_of(action)),
                       padded(printable(context.directory.key(grant.user)), address_columns),
                       padded(role_text(grant), role_columns), grounds(action, plan, context, style));
  }
  return out;
}

}  // namespace

std::string role_text(const plan::GrantAction& grant) {
  if (grant.before && grant.after && *grant.before != *grant.after)
    return fmt::format("{} -> {}", shown(grant.before), shown(grant.after));
  return std::string(shown(grant.after ? grant.after : grant.before));
}

std::string accounts_text(const plan::Plan& plan, const Bundle& bundle, const Context& context) {
  if (bundle.accounts > kAccountsNamed) return count_of(bundle.accounts, "account", "accounts");
  std::vector<std::string> keys;
  for (const plan::ActionIndex action : bundle.actions)
    keys.push_back(printable(context.directory.key(grant_of(plan, action).account)));
  return fmt::format("{}", fmt::join(keys, ", "));
}

std::string access_text(const plan::Plan& plan, const Context& context, const Style& style) {
  const FoldedAccess folded = fold_access(plan, context.directory, style.full);
  if (folded.bundles.empty() && folded.single.empty()) return {};
  const Paint paint(style.colour);
  std::string out =
      paint(Ink::kBold, "Access") + "\n" + bundles_text(plan, folded.bundles, context, style, paint);
  const plan::ActionIndex* at = folded.single.data();
  const plan::ActionIndex* const end = at + folded.single.size();
  while (at != end) {
    const model::AccountRef account = grant_of(plan, *at).account;
    const plan::ActionIndex* const next = std::find_if(
        at, end, [&](plan::ActionIndex action) { return grant_of(plan, action).account != account; });
    out += account_lines(plan, at, next, context, style, paint);
    at = next;
  }
  return out + "\n";
}

}  // namespace rollcall::report
