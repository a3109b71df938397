#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "base/text.hpp"
#include "model/names.hpp"
#include "policy/expand.hpp"
#include "policy/policy.hpp"

namespace rollcall::policy {
namespace {

using model::AccountRef;
using model::Role;
using model::UserRef;

/// What every check looks at.
struct Review {
  const roster::Roster& roster;
  const model::Guardrails& guardrails;
  const model::Directory& directory;
  const SourceFiles& files;
  const std::vector<Reach>& reaches;
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
                 "this rule reaches no account: `except` takes away all that `accounts` names",
                 "remove the rule, or narrow `except`");
    else if (review.reaches[i].users.empty())
      review.add(Severity::kWarning, "R901", rule.origin,
                 rule.groups.empty() ? "this rule reaches nobody: it names no person and no group"
                                     : "this rule reaches nobody: its groups have no members",
                 "remove the rule, or name somebody in it");
  }
}

/// One rule that names one person, who so gets a role in one account.
struct NamedRole {
  AccountRef account{};
  std::uint32_t rule = 0;
  Origin mention;
};

/// R902: for each pair of rules, in how many accounts they disagree about one person, and one of these.
using Disagreements = std::map<std::pair<std::uint32_t, std::uint32_t>, std::pair<std::size_t, AccountRef>>;

void find_disagreements(const Review& review, UserRef user, const std::vector<NamedRole>& roles) {
  const auto role_of = [&](const NamedRole& named) { return review.roster.rules[named.rule].role; };
  Disagreements disagreements;
  std::map<std::uint32_t, Origin> mentions;
  for (std::size_t begin = 0, end = 0; begin < roles.size(); begin = end) {
    while (end < roles.size() && roles[end].account == roles[begin].account) ++end;
    // The first rule that makes the person administrator stands for all of them, so that many rules do not
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
      accounts += fmt::format(" and {}", count_of(where.first - 1, "more account", "more accounts"));
    review.add(Severity::kWarning, "R902", mentions.at(rules.first),
               fmt::format("{} is listed as agent here and as administrator at {}, both for {}", email,
                           review.files.describe(mentions.at(rules.second)), accounts),
               "administrator wins; take the address out of one of the two rules", email.size());
  }
}

void find_people_with_two_roles(const Review& review) {
  std::vector<std::tuple<UserRef, std::uint32_t, Origin>> mentions;
  for (std::uint32_t rule = 0; rule < review.roster.rules.size(); ++rule)
    for (const roster::UserMention& mention : review.roster.rules[rule].users)
      mentions.emplace_back(mention.user, rule, mention.origin);
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

/// R903
void find_short_lived_administration(const Review& review) {
  std::vector<bool> user_ends(review.directory.users.size(), false);
  for (const roster::User& user : review.roster.users)
    user_ends[static_cast<std::size_t>(user.desired.user)] = user.until.has_value();
  std::vector<bool> has_members(review.directory.accounts.size(), false);
  std::vector<bool> has_ending(review.directory.accounts.size(), false);
  std::vector<std::vector<UserRef>> lasting(review.directory.accounts.size());
  for (std::size_t i = 0; i < review.reaches.size(); ++i) {
    const roster::Rule& rule = review.roster.rules[i];
    if (review.reaches[i].users.empty()) continue;
    for (const AccountRef account : review.reaches[i].accounts) {
      has_members[static_cast<std::size_t>(account)] = true;
      if (rule.role != Role::kAdministrator) continue;
      for (const UserRef user : review.reaches[i].users) {
        if (rule.until || user_ends[static_cast<std::size_t>(user)])
          has_ending[static_cast<std::size_t>(account)] = true;
        else
          lasting[static_cast<std::size_t>(account)].push_back(user);
      }
    }
  }
  for (const model::DesiredAccount& account : review.roster.accounts) {
    std::vector<UserRef>& users = lasting[static_cast<std::size_t>(account.account)];
    std::sort(users.begin(), users.end());
    const auto count = static_cast<std::size_t>(std::unique(users.begin(), users.end()) - users.begin());
    if (!has_members[static_cast<std::size_t>(account.account)]) continue;
    if (count >= review.guardrails.min_administrators) continue;
    const std::string& key = review.directory.key(account.account);
    const bool ends = has_ending[static_cast<std::size_t>(account.account)];
    review.add(
        Severity::kWarning, "R903", account.origin,
        fmt::format("{}`{}` has {}; the guardrail min_administrators is {}",
                    ends ? "without what ends by `until`, " : "", key,
                    count == 0 ? "no administrator" : count_of(count, "administrator", "administrators"),
                    review.guardrails.min_administrators),
        ends ? "give the role administrator to somebody by a rule without `until`"
             : "give the role administrator to somebody by a rule for this account",
        key.size());
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
  for (const roster::User& user : review.roster.users) {
    const std::string& email = review.directory.key(user.desired.user);
    const std::string domain(model::domain_of(email));
    if (std::find(allowed.begin(), allowed.end(), domain) != allowed.end()) continue;
    review.add(
        Severity::kError, "R905", user.desired.origin,
        fmt::format("the e-mail domain {} of {} is not allowed", domain, email),
        fmt::format("the guardrail allowed_email_domains of the project file names {}; sub-domains count as "
                    "domains of their own",
                    fmt::join(allowed, ", ")),
        email.size());
  }
}

}  // namespace

Diagnostics review(const roster::Roster& roster, const model::Guardrails& guardrails,
                   const model::Directory& directory, const SourceFiles& files) {
  const std::vector<Reach> reaches = reach_of_rules(roster, directory);
  Diagnostics found;
  const Review review{roster, guardrails, directory, files, reaches, found};
  find_idle_rules(review);
  find_people_with_two_roles(review);
  find_short_lived_administration(review);
  find_missing_reasons(review);
  find_foreign_domains(review);
  sort_diagnostics(found);
  return found;
}

}  // namespace rollcall::policy
