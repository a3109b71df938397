#pragma once

#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "policy/policy.hpp"

namespace rollcall::test {

/// A roster put together in code. Its text has a line for each thing, so that diagnostics have something to
/// show.
struct Sample {
  roster::Roster roster;
  model::Directory directory;
  std::string text;
  std::uint32_t lines = 0;
  model::Guardrails guardrails;
  Date today{20000};

  Origin line(const std::string& words) {
    text += "  " + words + "\n";
    return {0, ++lines, 3};
  }
  static std::string email(const std::string& name) {
    return name.find('@') == std::string::npos ? name + "@example.com" : name;
  }

  void accounts(std::initializer_list<const char*> keys) {
    for (const char* key : keys) {
      model::DesiredAccount account;
      account.ref = directory.accounts.intern(key);
      account.origin = line(std::string(key) + ":");
      roster.accounts.push_back(account);
    }
  }
  void users(std::initializer_list<const char*> names, std::optional<Date> until = {}) {
    for (const char* name : names) {
      model::DesiredUser user;
      user.ref = directory.users.intern(email(name));
      user.origin = line(email(name) + ":");
      user.until = until;
      roster.users.push_back(user);
    }
  }
  std::vector<roster::UserMention> mentions(std::initializer_list<const char*> names) {
    std::vector<roster::UserMention> out;
    for (const char* name : names) out.push_back({directory.users.intern(email(name)), line(email(name))});
    return out;
  }
  std::uint32_t group(const std::string& key, std::initializer_list<const char*> members,
                      std::initializer_list<std::uint32_t> groups = {}) {
    roster::Group group{key, line(key + ":"), mentions(members), {}};
    for (const std::uint32_t inner : groups) group.groups.push_back({inner, {}});
    roster.groups.push_back(group);
    return static_cast<std::uint32_t>(roster.groups.size() - 1);
  }
  roster::Rule& rule(model::Role role, std::initializer_list<const char*> accounts,
                     std::initializer_list<const char*> users,
                     std::initializer_list<std::uint32_t> groups = {}) {
    roster::Rule rule;
    rule.origin = line(fmt::format("- role: {}", model::to_string(role)));
    rule.role = role;
    for (const char* pattern : accounts) rule.accounts.push_back({pattern, rule.origin});
    rule.users = mentions(users);
    for (const std::uint32_t group : groups) rule.groups.push_back({group, rule.origin});
    return roster.rules.emplace_back(std::move(rule));
  }
  void except(const char* pattern) {
    roster.rules.back().except.push_back({pattern, roster.rules.back().origin});
  }

  policy::Reaches reaches() const { return policy::reach_of_rules(roster, directory); }
  model::DesiredEstate resolve() const { return policy::resolve(roster, reaches(), directory, today); }

  /// "hq/ana@example.com administrator 0,2" a line: role and the numbers of the rules.
  std::string show(const std::vector<model::DesiredGrant>& grants, const model::Causes& causes) const {
    std::string out;
    for (const model::DesiredGrant& desired : grants)
      out += fmt::format("{}/{} {} {}\n", directory.key(desired.grant.account),
                         directory.key(desired.grant.user), model::to_string(desired.grant.role),
                         fmt::join(causes.sets.at(desired.cause), ","));
    return out;
  }
  std::string grants() const {
    const auto desired = resolve();
    return show(desired.grants, desired.causes);
  }
  std::string expired() const {
    const auto desired = resolve();
    return show(desired.expired, desired.causes);
  }
  /// All of a review, as a command reports it.
  std::string review() const {
    SourceFiles files;
    files.add("roster.yaml", text);
    Diagnostics found = policy::review_parts(roster, guardrails, directory, files, today);
    for (Diagnostic& more : policy::review(roster, reaches(), guardrails, directory, files, today))
      found.push_back(std::move(more));
    sort_diagnostics(found);
    return render(found, false);
  }
};

}  // namespace rollcall::test
