#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/pattern.hpp"
#include "base/text.hpp"
#include "roster/context.hpp"
#include "roster/mentions.hpp"
#include "roster/tables.hpp"

namespace rollcall::roster {
namespace {

using yaml::Node;

struct RuleTarget {
  Context& context;
  Rule& rule;
  /// The entries of `except`, looked at when `accounts` is known.
  std::vector<Node> except;
  bool names_users = false;
  /// Whether the guardrails can judge it: role and reason are as they were meant.
  bool can_be_judged = true;
};

/// Steps of all patterns together: a second or two.
constexpr std::size_t kMaxPatternSteps = 200'000'000;

bool patterns_take_too_long(const Context& context) {
  return context.pattern_steps > kMaxPatternSteps;
}

bool matches(Context& context, std::string_view pattern, const std::string& key) {
  return glob_match(pattern, key, 0, context.pattern_steps);
}

/// Where matching takes too long, which is reported, what is not known counts as a match.
bool matches_any_account(Context& context, std::string_view pattern) {
  if (const auto known = context.patterns.find(std::string(pattern)); known != context.patterns.end())
    return known->second;
  // With all accounts, as policy/ does it later: what that takes is known from here on.
  bool any = std::any_of(context.refused_accounts.begin(), context.refused_accounts.end(),
                         [&](const std::string& key) { return matches(context, pattern, key); });
  for (const model::AccountRef ref : context.accounts.refs()) {
    if (patterns_take_too_long(context)) return true;
    any = matches(context, pattern, context.directory.key(ref)) || any;
  }
  context.patterns.emplace(pattern, any);
  return any;
}

/// R119, once.
void check_steps(Context& context, const yaml::Span& at) {
  if (!patterns_take_too_long(context) || std::exchange(context.patterns_refused, true)) return;
  context.problems.error("R119", at,
                         "the patterns up to this one take too long to match against all accounts",
                         "use fewer or shorter patterns; one that starts with letters is matched fastest");
}

/// False where it is too long to be used.
bool check_pattern(Context& context, std::string_view text, Node node) {
  if (!is_pattern(text)) {
    check_account(context, text, node.span());
    return true;
  }
  if (text.size() > kLongestPattern) {
    context.problems.error("R118", node.span(),
                           fmt::format("this pattern has {} bytes; the maximum is {}",
                                       with_thousands(text.size()), kLongestPattern),
                           "shorten it");
    return false;
  }
  if (!context.complete || matches_any_account(context, text)) {
    check_steps(context, node.span());
    return true;
  }
  context.problems.error("R115", node.span(), fmt::format("the pattern `{}` matches no account", text),
                         "patterns match account keys: `*` stands for any number of characters, `?` for one");
  return true;
}

void read_patterns(Context& context, Node list, std::string_view what, std::vector<AccountPattern>& patterns,
                   std::vector<Node>* nodes) {
  const std::string entry = fmt::format("an entry of {}", what);
  std::unordered_map<std::string_view, Origin> seen;
  context.reader.list(list, what, false, [&](Node node) {
    const auto text = context.reader.text(node, entry);
    if (!text) return;
    const auto [first, is_new] = seen.emplace(*text, node.origin());
    if (!is_new) return warn_repeated(context, node, first->second);
    if (!check_pattern(context, *text, node)) return;
    patterns.push_back({std::string(*text), node.origin()});
    if (nodes != nullptr) nodes->push_back(node);
  });
}

void read_role(RuleTarget& target, Node, Node value) {
  if (const auto word = target.context.reader.word(value, "`role`", model::role_words()))
    target.rule.role = static_cast<model::Role>(*word);
  else
    target.can_be_judged = false;
}

void read_accounts(RuleTarget& target, Node, Node value) {
  read_patterns(target.context, value, "`accounts`", target.rule.accounts, nullptr);
}

void read_except(RuleTarget& target, Node, Node value) {
  read_patterns(target.context, value, "`except`", target.rule.except, &target.except);
}

void read_users(RuleTarget& target, Node, Node value) {
  target.names_users = true;
  read_user_mentions(target.context, value, "`users`", false, target.rule.users);
}

void read_groups(RuleTarget& target, Node, Node value) {
  target.names_users = true;
  read_group_mentions(target.context, value, false, target.rule.groups, nullptr);
}

void read_reason(RuleTarget& target, Node, Node value) {
  if (const auto text = target.context.reader.text(value, "`reason`"))
    target.rule.reason = *text;
  else
    target.can_be_judged = false;
}

void read_until(RuleTarget& target, Node, Node value) {
  target.rule.until = target.context.reader.date(value, "`until`");
}

constexpr yaml::Key<RuleTarget> kRuleKeys[] = {
    {"role", read_role, true}, {"accounts", read_accounts, true}, {"except", read_except},
    {"users", read_users},     {"groups", read_groups},           {"reason", read_reason},
    {"until", read_until},
};

/// The accounts of a rule, quick to ask about: most rules name keys, few have patterns.
class Reach {
 public:
  Reach(Context& context, const std::vector<AccountPattern>& accounts) : context_(context) {
    for (const AccountPattern& account : accounts) {
      if (is_pattern(account.text))
        patterns_.push_back(account.text);
      else
        keys_.insert(account.text);
    }
  }
  [[nodiscard]] bool has(const std::string& key) const {
    return keys_.count(key) != 0 ||
           std::any_of(patterns_.begin(), patterns_.end(),
                       [&](std::string_view pattern) { return matches(context_, pattern, key); });
  }

 private:
  Context& context_;
  std::unordered_set<std::string_view> keys_;
  std::vector<std::string_view> patterns_;
};

void check_except(RuleTarget& target) {
  Context& context = target.context;
  if (target.except.empty() || target.rule.accounts.empty() || !context.complete) return;
  if (!context.refused_accounts.empty()) return;
  const Reach reach(context, target.rule.accounts);
  for (const Node node : target.except) {
    const std::string_view text = node.text();
    bool known = false;
    bool reached = false;
    if (is_pattern(text)) {
      known = matches_any_account(context, text);
      for (const model::AccountRef ref : context.accounts.refs()) {
        if (!known || reached) break;
        const std::string& key = context.directory.key(ref);
        reached = patterns_take_too_long(context) || (matches(context, text, key) && reach.has(key));
      }
      check_steps(context, node.span());
    } else {
      const auto ref = context.directory.accounts.find(text);
      known = ref && context.accounts.has(*ref);
      reached = known && reach.has(std::string(text));
    }
    // What is no account at all was reported when it was read.
    if (known && !reached)
      context.problems.error(
          "R116", node.span(),
          fmt::format("`{}` excludes nothing: `accounts` of this rule does not include it", text),
          "remove it, or check `accounts`");
  }
}

}  // namespace

void read_rule(Context& context, Node node) {
  Rule rule;
  rule.origin = node.origin();
  RuleTarget target{context, rule, {}};
  std::vector<std::string> meant;
  if (!context.reader.mapping(node, node.span(), "a rule of `grants`", std::span(kRuleKeys), target, meant))
    return;
  const auto is_meant = [&](std::string_view key) {
    return std::find(meant.begin(), meant.end(), key) != meant.end();
  };
  if (!target.names_users && !is_meant("users") && !is_meant("groups"))
    context.problems.error("R117", node.span(), "this rule names no user and no group",
                           "add `users`, `groups` or both");
  check_except(target);
  if (target.can_be_judged && !is_meant("role") && !is_meant("reason"))
    context.roster.rules.push_back(std::move(rule));
}

Place rule_place() {
  return place_of("grant", std::span<const yaml::Key<RuleTarget>>(kRuleKeys));
}

}  // namespace rollcall::roster
