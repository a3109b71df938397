#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <unordered_map>
#include <vector>

#include "policy/expand.hpp"
#include "policy/policy.hpp"

namespace rollcall::policy {
namespace {

using model::CauseId;
using model::DesiredEstate;
using model::DesiredGrant;
using model::Grant;
using model::Role;

/// Gives every set of rules one number. Nearly all grants have one cause, so that case needs no hashing.
class CauseInterner {
 public:
  CauseInterner(std::vector<std::vector<std::uint32_t>>& sets, std::size_t rule_count)
      : sets_(sets), single_(rule_count, 0) {}

  CauseId intern(std::span<const std::uint32_t> rules) {
    if (rules.size() == 1) {
      CauseId& id = single_[rules.front()];
      if (id == 0) id = add(rules);
      return id;
    }
    std::size_t hash = rules.size();
    for (const std::uint32_t rule : rules) hash = hash * 1000003U ^ rule;
    const auto [begin, end] = several_.equal_range(hash);
    for (auto at = begin; at != end; ++at)
      if (std::equal(rules.begin(), rules.end(), sets_[at->second].begin(), sets_[at->second].end()))
        return at->second;
    const CauseId id = add(rules);
    several_.emplace(hash, id);
    return id;
  }

 private:
  CauseId add(std::span<const std::uint32_t> rules) {
    sets_.emplace_back(rules.begin(), rules.end());
    return static_cast<CauseId>(sets_.size() - 1);
  }

  std::vector<std::vector<std::uint32_t>>& sets_;
  std::vector<CauseId> single_;
  std::unordered_multimap<std::size_t, CauseId> several_;
};

/// Turns the entries of one user in one account into a grant, and into an expired one where a passed `until`
/// takes something away.
class Resolver {
 public:
  Resolver(const roster::Roster& roster, const model::Directory& directory, Date today,
           DesiredEstate& desired)
      : roster_(roster), desired_(desired), causes_(desired.causes.sets, roster.rules.size()) {
    for (const roster::Rule& rule : roster.rules) rule_expired_.push_back(rule.until && *rule.until < today);
    user_expired_.resize(directory.users.size(), false);
    for (const model::DesiredUser& user : roster.users)
      if (user.until && *user.until < today) user_expired_[static_cast<std::size_t>(user.ref)] = true;
  }

  void add(std::span<const Entry> entries) {
    const Entry& first = entries.front();
    const bool user_expired = user_expired_[static_cast<std::size_t>(first.user)];
    const auto holds = [&](const Entry& entry) { return !user_expired && !rule_expired_[entry.rule]; };
    std::optional<Role> now, ever;
    bool agent = false;
    for (const Entry& entry : entries) {
      const Role role = roster_.rules[entry.rule].role;
      agent = agent || role == Role::kAgent;
      if (!ever || *ever < role) ever = role;
      if (holds(entry) && (!now || *now < role)) now = role;
    }
    if (now) desired_.grants.push_back(grant(entries, *now, holds));
    const auto any = [](const Entry&) { return true; };
    if (ever != now) desired_.expired.push_back(grant(entries, *ever, any));
    if (!now && agent && ever == Role::kAdministrator)
      desired_.expired_agents.push_back(grant(entries, Role::kAgent, any));
  }

 private:
  template <class Counts>
  DesiredGrant grant(std::span<const Entry> entries, Role role, const Counts& counts) {
    rules_.clear();
    for (const Entry& entry : entries)
      if (roster_.rules[entry.rule].role == role && counts(entry)) rules_.push_back(entry.rule);
    return {Grant{entries.front().account, entries.front().user, role}, causes_.intern(rules_)};
  }

  const roster::Roster& roster_;
  DesiredEstate& desired_;
  CauseInterner causes_;
  std::vector<bool> rule_expired_;
  std::vector<bool> user_expired_;
  std::vector<std::uint32_t> rules_;
};

std::optional<Date> earliest_end(const roster::Roster& roster, Date today) {
  std::optional<Date> earliest;
  const auto look_at = [&](const std::optional<Date>& until) {
    if (until && *until >= today && (!earliest || *until < *earliest)) earliest = until;
  };
  for (const roster::Rule& rule : roster.rules) look_at(rule.until);
  for (const model::DesiredUser& user : roster.users) look_at(user.until);
  return earliest;
}

}  // namespace

DesiredEstate resolve(const roster::Roster& roster, const Reaches& reaches, const model::Directory& directory,
                      Date today) {
  DesiredEstate desired;
  model::each_kind([&]<class Kind>(Kind) { desired.of<Kind>() = roster.of<Kind>(); });
  desired.moves = roster.moves;
  desired.valid_until = earliest_end(roster, today);
  desired.causes.rules.reserve(roster.rules.size());
  for (const roster::Rule& rule : roster.rules)
    desired.causes.rules.push_back({rule.origin, rule.reason, rule.until});

  const std::vector<Entry> entries = entries_of(reaches.value(), directory.accounts.size());
  desired.grants.reserve(entries.size());
  Resolver resolver(roster, directory, today, desired);
  for (std::size_t begin = 0, end = 0; begin < entries.size(); begin = end) {
    while (end < entries.size() && entries[end].account == entries[begin].account &&
           entries[end].user == entries[begin].user)
      ++end;
    resolver.add(std::span(entries).subspan(begin, end - begin));
  }
  return desired;
}

}  // namespace rollcall::policy
