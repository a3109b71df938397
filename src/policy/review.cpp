#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "base/suggestion.hpp"
#include "base/text.hpp"
#include "model/names.hpp"
#include "policy/expand.hpp"
#include "policy/policy.hpp"

namespace rollcall::policy {
namespace {

using model::AccountRef;
using model::Role;
using model::UserRef;

/// What every check looks at; those of review_parts() without the reaches.
struct Review {
  const roster::Roster& roster;
  const model::Guardrails& guardrails;
  const model::Directory& directory;
  const SourceFiles& files;
  const std::vector<Reach>& reaches;
  Date today;
  Diagnostics& found;

  void add(Severity severity, const char* rule, Origin origin, std::string message, std::string hint,
           std::size_t length = 1) const {
    found.push_back(diagnose(files, severity, rule, origin, std::move(message), std::move(hint),
                             static_cast<std::uint32_t>(length)));
  }
};

/// R901
void find_idle_rules(const Review& review) {
  for (std::size_t i = 0; i < review.roster.rules.size(); ++i) {
    const roster::Rule& rule = review.roster.rules[i];
    if (review.reaches[i].accounts.empty())
      review.add(Severity::kWarning, "R901", rule.origin,
                 "this rule reaches no account: `except` excludes all that `accounts` names",
                 "remove the rule, or narrow `except`");
    else if (review.reaches[i].users.empty())
      review.add(Severity::kWarning, "R901", rule.origin,
                 rule.groups.empty() ? "this rule reaches no user: it names no user and no group"
                                     : "this rule reaches no user: its groups have no members",
                 "remove the rule, or name a user in it");
  }
}

/// One rule that names one user, who so gets a role in one account.
struct NamedRole {
  AccountRef account{};
  std::uint32_t rule = 0;
  Origin mention;
};

/// R902: for each pair of rules, in how many accounts they disagree about one user, and one of these.
using Disagreements = std::map<std::pair<std::uint32_t, std::uint32_t>, std::pair<std::size_t, AccountRef>>;

void find_disagreements(const Review& review, UserRef user, const std::vector<NamedRole>& roles) {
  const auto role_of = [&](const NamedRole& named) { return review.roster.rules[named.rule].role; };
  Disagreements disagreements;
  std::map<std::uint32_t, Origin> mentions;
  for (std::size_t begin = 0, end = 0; begin < roles.size(); begin = end) {
    while (end < roles.size() && roles[end].account == roles[begin].account) ++end;
    // The first rule that makes the user administrator stands for all of them, so that many rules do not
    // multiply into warnings.
    std::size_t high = begin;
    while (high < end && role_of(roles[high]) != Role::kAdministrator) ++high;
    if (high == end) continue;
    for (std::size_t low = begin; low < end; ++low) {
      if (role_of(roles[low]) != Role::kAgent) continue;
      auto& [accounts, account] =
          disagreements.try_emplace({roles[low].rule, roles[high].rule}, 0, roles[low].account).first->second;
      const std::string& key = review.directory.key(roles[low].account);
      if (key < review.directory.key(account)) account = roles[low].account;
      ++accounts;
      mentions.emplace(roles[low].rule, roles[low].mention);
      mentions.emplace(roles[high].rule, roles[high].mention);
    }
  }
  for (const auto& [rules, where] : disagreements) {
    const std::string& email = review.directory.key(user);
    std::string accounts = fmt::format("`{}`", review.directory.key(where.second));
    if (where.first > 1)
      accounts += fmt::format(" and {}", pluralize(where.first - 1, "more account", "more accounts"));
    review.add(Severity::kWarning, "R902", mentions.at(rules.first),
               fmt::format("{} is listed as agent here and as administrator at {}, both for {}", email,
                           review.files.describe(mentions.at(rules.second)), accounts),
               "administrator wins; take the address out of one of the two rules", email.size());
  }
}

void find_users_with_two_roles(const Review& review) {
  std::vector<std::tuple<UserRef, std::uint32_t, Origin>> mentions;
  const auto has_expired = [&](const roster::Rule& rule) { return rule.until && *rule.until < review.today; };
  for (std::uint32_t rule = 0; rule < review.roster.rules.size(); ++rule)
    for (const roster::UserMention& mention : review.roster.rules[rule].users)
      if (!has_expired(review.roster.rules[rule])) mentions.emplace_back(mention.user, rule, mention.origin);
  std::sort(mentions.begin(), mentions.end());
  for (std::size_t begin = 0, end = 0; begin < mentions.size(); begin = end) {
    const UserRef user = std::get<0>(mentions[begin]);
    bool agent = false, administrator = false;
    for (; end < mentions.size() && std::get<0>(mentions[end]) == user; ++end)
      (review.roster.rules[std::get<1>(mentions[end])].role == Role::kAgent ? agent : administrator) = true;
    if (!agent || !administrator) continue;
    std::vector<NamedRole> roles;
    for (std::size_t i = begin; i < end; ++i) {
      const auto& [who, rule, origin] = mentions[i];
      if (i > begin && std::get<1>(mentions[i - 1]) == rule) continue;
      for (const AccountRef account : review.reaches[rule].accounts) roles.push_back({account, rule, origin});
    }
    std::sort(roles.begin(), roles.end(), [](const NamedRole& a, const NamedRole& b) {
      return std::tie(a.account, a.rule) < std::tie(b.account, b.rule);
    });
    find_disagreements(review, user, roles);
  }
}

/// R903: accounts that lack administrators alike, because of one rule. Told as one, so that a rule over many
/// accounts does not bury the rest.
struct Shortage {
  /// The rule whose end takes an administrator, else the one that gives the account members.
  std::uint32_t rule = 0;
  bool ends = false;
  std::size_t administrators = 0;

  auto operator<=>(const Shortage&) const = default;
};

/// Who administers one account, and through what.
struct Administration {
  std::optional<std::uint32_t> first_rule, first_ending_rule;
  std::vector<UserRef> lasting;
};

std::vector<Administration> administrations_of(const Review& review) {
  std::vector<bool> user_ends(review.directory.users.size(), false);
  for (const model::DesiredUser& user : review.roster.users)
    user_ends[static_cast<std::size_t>(user.ref)] = user.until.has_value();
  std::vector<Administration> administrations(review.directory.accounts.size());
  for (std::uint32_t i = 0; i < review.reaches.size(); ++i) {
    const roster::Rule& rule = review.roster.rules[i];
    if (review.reaches[i].users.empty()) continue;
    for (const AccountRef account : review.reaches[i].accounts) {
      Administration& administration = administrations[static_cast<std::size_t>(account)];
      if (!administration.first_rule) administration.first_rule = i;
      if (rule.role != Role::kAdministrator) continue;
      for (const UserRef user : review.reaches[i].users) {
        if (!rule.until && !user_ends[static_cast<std::size_t>(user)])
          administration.lasting.push_back(user);
        else if (!administration.first_ending_rule)
          administration.first_ending_rule = i;
      }
    }
  }
  return administrations;
}

void report_shortage(const Review& review, const Shortage& shortage,
                     const std::vector<const model::DesiredAccount*>& accounts) {
  constexpr std::size_t kNamed = 3;
  std::string names;
  for (std::size_t i = 0; i < std::min(accounts.size(), kNamed); ++i)
    names += fmt::format("{}`{}`", i == 0 ? "" : ", ", review.directory.key(accounts[i]->ref));
  if (accounts.size() > kNamed)
    names += fmt::format(" and {}", pluralize(accounts.size() - kNamed, "more account", "more accounts"));
  const bool one = accounts.size() == 1;
  const std::string administrators =
      shortage.administrators == 0
          ? "no administrator"
          : pluralize(shortage.administrators, "administrator", "administrators") + (one ? "" : " each");
  const Origin at = one ? accounts.front()->origin : review.roster.rules[shortage.rule].origin;
  review.add(Severity::kWarning, "R903", at,
             fmt::format("{}{} {} {}; the guardrail min_administrators is {}",
                         shortage.ends ? "not counting what ends by `until`, " : "", names,
                         one ? "has" : "have", administrators, review.guardrails.min_administrators),
             shortage.ends ? "give a user the role administrator by a rule without `until`"
             : one         ? "give a user the role administrator by a rule for this account"
                           : "give a user the role administrator by a rule for these accounts",
             one ? review.directory.key(accounts.front()->ref).size() : 1);
}

void find_short_lived_administration(const Review& review) {
  std::vector<Administration> administrations = administrations_of(review);
  std::map<Shortage, std::vector<const model::DesiredAccount*>> shortages;
  for (const model::DesiredAccount& account : review.roster.accounts) {
    Administration& administration = administrations[static_cast<std::size_t>(account.ref)];
    std::vector<UserRef>& users = administration.lasting;
    std::sort(users.begin(), users.end());
    const auto count = static_cast<std::size_t>(std::unique(users.begin(), users.end()) - users.begin());
    if (!administration.first_rule || count >= review.guardrails.min_administrators) continue;
    const bool ends = administration.first_ending_rule.has_value();
    shortages[{ends ? *administration.first_ending_rule : *administration.first_rule, ends, count}].push_back(
        &account);
  }
  for (auto& [shortage, accounts] : shortages) {
    std::sort(accounts.begin(), accounts.end(),
              [](const auto* a, const auto* b) { return a->origin < b->origin; });
    report_shortage(review, shortage, accounts);
  }
}

/// R904
void find_missing_reasons(const Review& review) {
  const auto& demanded = review.guardrails.require_reason_for;
  for (const roster::Rule& rule : review.roster.rules) {
    if (std::find(demanded.begin(), demanded.end(), rule.role) == demanded.end()) continue;
    if (rule.reason.find_first_not_of(" \t\r\n") != std::string::npos) continue;
    review.add(Severity::kError, "R904", rule.origin,
               fmt::format("a rule that gives the role {} needs a reason", model::to_string(rule.role)),
               "add `reason:` to the rule; the guardrail require_reason_for of the project file asks for it");
  }
}

/// R905
void find_foreign_domains(const Review& review) {
  const auto& allowed = review.guardrails.allowed_email_domains;
  if (allowed.empty()) return;
  for (const model::DesiredUser& user : review.roster.users) {
    const std::string& email = review.directory.key(user.ref);
    const std::string domain(model::domain_of(email));
    if (std::find(allowed.begin(), allowed.end(), domain) != allowed.end()) continue;
    review.add(Severity::kError, "R905", user.origin,
               fmt::format("the e-mail domain {} of {} is not allowed", domain, email),
               fmt::format("the guardrail allowed_email_domains of the project file names {}; "
                           "a subdomain needs an entry of its own",
                           fmt::join(allowed, ", ")),
               email.size());
  }
}

using Closest = std::optional<std::string> (*)(std::string_view, const std::vector<std::string>&);

/// P009
void find_unknown_protected(const Review& review, std::string_view what,
                            const std::vector<std::string>& names, const std::vector<Origin>& places,
                            const std::vector<std::string>& known, Closest closest) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::binary_search(known.begin(), known.end(), names[i])) continue;
    const auto meant = closest(names[i], known);
    review.add(Severity::kWarning, "P009", i < places.size() ? places[i] : Origin{},
               fmt::format("the protected {} `{}` is not in the roster{}", what, names[i],
                           meant ? fmt::format(", did you mean `{}`?", *meant) : ""),
               "correct the name if it is misspelled; "
               "otherwise leave it: it also protects what is recorded in the state, "
               "and members whose addresses the token cannot read",
               names[i].size());
  }
}

template <class Object, class RefOf, class Names>
std::vector<std::string> keys_of(const std::vector<Object>& objects, const RefOf& ref_of,
                                 const Names& names) {
  std::vector<std::string> keys;
  keys.reserve(objects.size());
  for (const Object& object : objects) keys.push_back(names.key(ref_of(object)));
  std::sort(keys.begin(), keys.end());
  return keys;
}

void find_unknown_protected(const Review& review) {
  const model::Guardrails& guardrails = review.guardrails;
  if (!guardrails.protected_users.empty())
    find_unknown_protected(
        review, "user", guardrails.protected_users, guardrails.protected_users_at,
        keys_of(
            review.roster.users, [](const model::DesiredUser& user) { return user.ref; }, review.directory),
        closest_email);
  if (!guardrails.protected_accounts.empty())
    find_unknown_protected(
        review, "account", guardrails.protected_accounts, guardrails.protected_accounts_at,
        keys_of(
            review.roster.accounts, [](const model::DesiredAccount& account) { return account.ref; },
            review.directory),
        closest_key);
}

/// R906, R907
void report_too_much(const Review& review, const TooMuch& passed) {
  const Origin at = review.roster.rules[passed.rule].origin;
  if (passed.of == TooMuch::Of::kGrants)
    review.add(
        Severity::kError, "R906", at,
        fmt::format("the rules up to this one result in more than {} grants", with_thousands(kMaxGrants)),
        "each rule counts a user once in each account; give the roles to fewer users, or in fewer accounts");
  else
    review.add(Severity::kError, "R907", at,
               fmt::format("the rules up to this one name users, groups and accounts more than {} times, "
                           "counting what their groups and patterns contain",
                           with_thousands(kMaxSteps)),
               "name fewer groups and patterns in one rule, and nest groups less deeply");
}

}  // namespace

Diagnostics review_parts(const roster::Roster& roster, const model::Guardrails& guardrails,
                         const model::Directory& directory, const SourceFiles& files, Date today) {
  Diagnostics found;
  const std::vector<Reach> none;
  const Review review{roster, guardrails, directory, files, none, today, found};
  find_missing_reasons(review);
  find_foreign_domains(review);
  sort_diagnostics(found);
  return found;
}

Diagnostics review(const roster::Roster& roster, const Reaches& reaches, const model::Guardrails& guardrails,
                   const model::Directory& directory, const SourceFiles& files, Date today) {
  Diagnostics found;
  const std::vector<Reach> none;
  const Review review{roster, guardrails, directory, files, reaches ? *reaches : none, today, found};
  if (reaches) {
    find_idle_rules(review);
    find_users_with_two_roles(review);
    find_short_lived_administration(review);
  } else {
    report_too_much(review, reaches.error());
  }
  find_unknown_protected(review);
  sort_diagnostics(found);
  return found;
}

}  // namespace rollcall::policy
