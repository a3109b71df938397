#include "policy/expand.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/text.hpp"

namespace rollcall::policy {
namespace {

using model::AccountRef;
using model::UserRef;

template <class Ref>
void sort_unique(std::vector<Ref>& refs) {
  if (!std::is_sorted(refs.begin(), refs.end())) std::sort(refs.begin(), refs.end());
  refs.erase(std::unique(refs.begin(), refs.end()), refs.end());
}

/// The members of the groups that rules name, with those of their sub-groups, worked out once each. The walk
/// has a stack of its own and keeps no lists for the groups in between: they can be nested deeply.
class Groups {
 public:
  explicit Groups(const roster::Roster& roster) : roster_(roster), seen_in_(roster.groups.size(), 0) {}

  const std::vector<UserRef>& members(std::uint32_t group) {
    const auto [at, is_new] = members_.try_emplace(group);
    if (is_new) at->second = collect(group);
    return at->second;
  }

 private:
  std::vector<UserRef> collect(std::uint32_t start) {
    ++walk_;
    std::vector<UserRef> users;
    std::vector<std::uint32_t> open{start};
    seen_in_[start] = walk_;
    while (!open.empty()) {
      const roster::Group& group = roster_.groups[open.back()];
      open.pop_back();
      for (const roster::UserMention& mention : group.members) users.push_back(mention.user);
      for (const roster::GroupMention& mention : group.groups)
        if (std::exchange(seen_in_[mention.group], walk_) != walk_) open.push_back(mention.group);
    }
    sort_unique(users);
    return users;
  }

  const roster::Roster& roster_;
  std::unordered_map<std::uint32_t, std::vector<UserRef>> members_;
  /// By group: the last walk that came by.
  std::vector<std::uint32_t> seen_in_;
  std::uint32_t walk_ = 0;
};

/// The accounts that a key or a pattern names; many rules share a pattern, so each is matched once.
class Accounts {
 public:
  Accounts(const roster::Roster& roster, const model::Directory& directory)
      : roster_(roster), directory_(directory) {}

  void add(std::vector<AccountRef>& accounts, const std::string& text) {
    if (is_pattern(text)) {
      const std::vector<AccountRef>& found = matches(text);
      accounts.insert(accounts.end(), found.begin(), found.end());
    } else if (const auto account = directory_.accounts.find(text)) {
      accounts.push_back(*account);
    }
  }

 private:
  const std::vector<AccountRef>& matches(const std::string& pattern) {
    const auto [at, is_new] = matches_.try_emplace(pattern);
    if (is_new) {
      for (const model::DesiredAccount& account : roster_.accounts)
        if (glob_match(pattern, directory_.key(account.account))) at->second.push_back(account.account);
    }
    return at->second;
  }

  const roster::Roster& roster_;
  const model::Directory& directory_;
  std::unordered_map<std::string, std::vector<AccountRef>> matches_;
};

}  // namespace

std::vector<Reach> reach_of_rules(const roster::Roster& roster, const model::Directory& directory) {
  Groups groups(roster);
  Accounts accounts(roster, directory);
  std::vector<Reach> reaches;
  reaches.reserve(roster.rules.size());
  for (const roster::Rule& rule : roster.rules) {
    Reach reach;
    for (const roster::AccountPattern& pattern : rule.accounts) accounts.add(reach.accounts, pattern.text);
    sort_unique(reach.accounts);
    if (!rule.except.empty()) {
      std::vector<AccountRef> excepted;
      for (const roster::AccountPattern& pattern : rule.except) accounts.add(excepted, pattern.text);
      sort_unique(excepted);
      std::erase_if(reach.accounts, [&](AccountRef account) {
        return std::binary_search(excepted.begin(), excepted.end(), account);
      });
    }
    reach.users.reserve(rule.users.size());
    for (const roster::UserMention& mention : rule.users) reach.users.push_back(mention.user);
    for (const roster::GroupMention& mention : rule.groups) {
      const std::vector<UserRef>& members = groups.members(mention.group);
      reach.users.insert(reach.users.end(), members.begin(), members.end());
    }
    sort_unique(reach.users);
    reaches.push_back(std::move(reach));
  }
  return reaches;
}

std::vector<Entry> entries_of(const std::vector<Reach>& reaches, std::size_t account_count) {
  // Accounts are counted out into their places, so that only the few entries of one account need sorting.
  std::vector<std::size_t> next(account_count + 1, 0);
  for (const Reach& reach : reaches)
    for (const AccountRef account : reach.accounts)
      next[static_cast<std::size_t>(account) + 1] += reach.users.size();
  for (std::size_t i = 1; i < next.size(); ++i) next[i] += next[i - 1];
  std::vector<std::size_t> start = next;

  std::vector<Entry> entries(next.back());
  for (std::uint32_t rule = 0; rule < reaches.size(); ++rule)
    for (const AccountRef account : reaches[rule].accounts) {
      std::size_t& place = next[static_cast<std::size_t>(account)];
      for (const UserRef user : reaches[rule].users) entries[place++] = Entry{account, user, rule};
    }
  for (std::size_t i = 0; i + 1 < start.size(); ++i) {
    const auto begin = entries.begin() + static_cast<std::ptrdiff_t>(start[i]);
    const auto end = entries.begin() + static_cast<std::ptrdiff_t>(start[i + 1]);
    if (!std::is_sorted(begin, end)) std::sort(begin, end);
  }
  return entries;
}

}  // namespace rollcall::policy
