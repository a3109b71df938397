#include "policy/expand.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/pattern.hpp"
#include "policy/policy.hpp"

namespace rollcall::policy {
namespace {

using model::AccountRef;
using model::UserRef;

/// How much has been looked at, so that a roster whose parts name each other again and again comes to an end.
struct Work {
  std::size_t steps = 0;
  [[nodiscard]] bool is_too_much() const { return steps > kMaxSteps; }
};

/// Collects references, each once, in linear time.
template <class Ref>
class Collector {
 public:
  Collector(std::size_t count, Work& work) : work_(work), seen_in_(count, 0) {}

  /// A new collection.
  void start() { ++round_; }
  void add(Ref ref, std::vector<Ref>& refs) {
    ++work_.steps;
    if (std::exchange(seen_in_[static_cast<std::size_t>(ref)], round_) != round_) refs.push_back(ref);
  }
  void add(const std::vector<Ref>& more, std::vector<Ref>& refs) {
    for (const Ref ref : more) add(ref, refs);
  }

 private:
  Work& work_;
  /// By reference: the last collection that had it.
  std::vector<std::uint32_t> seen_in_;
  std::uint32_t round_ = 0;
};

/// The members of groups with those of their sub-groups. A group that is the only one of a rule is worked out
/// once, after the groups in it, and then stands for all that is below it. The walks have stacks of their
/// own: groups can be nested deeply.
class Groups {
 public:
  Groups(const roster::Roster& roster, std::size_t user_count, Work& work)
      : roster_(roster),
        work_(work),
        groups_(roster.groups.size(), work),
        users_(user_count, work),
        is_kept_(roster.groups.size(), false),
        is_ordered_(roster.groups.size(), false),
        kept_(roster.groups.size()) {
    for (const roster::Rule& rule : roster.rules)
      if (rule.groups.size() == 1) is_kept_[rule.groups.front().group] = true;
  }

  /// Sorted, each once.
  std::vector<UserRef> users_of(const roster::Rule& rule) {
    if (rule.groups.size() == 1) keep(rule.groups.front().group);
    users_.start();
    groups_.start();
    std::vector<UserRef> users;
    for (const roster::UserMention& mention : rule.users) users_.add(mention.user, users);
    std::vector<std::uint32_t> open;
    for (const roster::GroupMention& mention : rule.groups) groups_.add(mention.group, open);
    walk(std::move(open), users);
    std::sort(users.begin(), users.end());
    return users;
  }

 private:
  struct Step {
    std::uint32_t group = 0;
    std::size_t next = 0;
  };

  /// Works out the groups to be kept that are at or below `start`, the deepest first.
  void keep(std::uint32_t start) {
    std::vector<Step> path;
    const auto enter = [&](std::uint32_t group) {
      if (!is_ordered_[group]) path.push_back({group, 0});
      is_ordered_[group] = true;
    };
    enter(start);
    while (!path.empty() && !work_.is_too_much()) {
      Step& step = path.back();
      const std::vector<roster::GroupMention>& inner = roster_.groups[step.group].groups;
      if (step.next < inner.size()) {
        enter(inner[step.next++].group);
        continue;
      }
      if (is_kept_[step.group]) {
        users_.start();
        groups_.start();
        std::vector<UserRef> users;
        walk({step.group}, users);
        kept_[step.group] = std::move(users);
      }
      path.pop_back();
    }
  }

  void walk(std::vector<std::uint32_t> open, std::vector<UserRef>& users) {
    while (!open.empty() && !work_.is_too_much()) {
      const std::uint32_t index = open.back();
      open.pop_back();
      if (kept_[index]) {
        users_.add(*kept_[index], users);
        continue;
      }
      const roster::Group& group = roster_.groups[index];
      for (const roster::UserMention& mention : group.members) users_.add(mention.user, users);
      for (const roster::GroupMention& mention : group.groups) groups_.add(mention.group, open);
    }
  }

  const roster::Roster& roster_;
  Work& work_;
  Collector<std::uint32_t> groups_;
  Collector<UserRef> users_;
  std::vector<bool> is_kept_;
  std::vector<bool> is_ordered_;
  std::vector<std::optional<std::vector<UserRef>>> kept_;
};

/// The accounts that a key or a pattern names; many rules share a pattern, so each is matched once.
class Accounts {
 public:
  Accounts(const roster::Roster& roster, const model::Directory& directory, Work& work)
      : roster_(roster), directory_(directory), work_(work), accounts_(directory.accounts.size(), work) {}

  /// Sorted, each once.
  std::vector<AccountRef> named_by(const std::vector<roster::AccountPattern>& patterns) {
    accounts_.start();
    std::vector<AccountRef> accounts;
    for (const roster::AccountPattern& pattern : patterns) {
      if (work_.is_too_much()) break;
      if (is_pattern(pattern.text))
        accounts_.add(matches(pattern.text), accounts);
      else if (const auto account = directory_.accounts.find(pattern.text))
        accounts_.add(*account, accounts);
    }
    std::sort(accounts.begin(), accounts.end());
    return accounts;
  }

 private:
  const std::vector<AccountRef>& matches(const std::string& pattern) {
    const auto [at, is_new] = matches_.try_emplace(pattern);
    if (is_new) {
      work_.steps += roster_.accounts.size();
      for (const model::DesiredAccount& account : roster_.accounts)
        if (glob_match(pattern, directory_.key(account.ref))) at->second.push_back(account.ref);
    }
    return at->second;
  }

  const roster::Roster& roster_;
  const model::Directory& directory_;
  Work& work_;
  Collector<AccountRef> accounts_;
  std::unordered_map<std::string, std::vector<AccountRef>> matches_;
};

}  // namespace

Reaches reach_of_rules(const roster::Roster& roster, const model::Directory& directory) {
  Work work;
  Groups groups(roster, directory.users.size(), work);
  Accounts accounts(roster, directory, work);
  std::vector<Reach> reaches;
  reaches.reserve(roster.rules.size());
  std::size_t grants = 0;
  for (const roster::Rule& rule : roster.rules) {
    Reach reach{accounts.named_by(rule.accounts), groups.users_of(rule)};
    if (!rule.except.empty()) {
      const std::vector<AccountRef> excepted = accounts.named_by(rule.except);
      std::erase_if(reach.accounts, [&](AccountRef account) {
        return std::binary_search(excepted.begin(), excepted.end(), account);
      });
    }
    if (work.is_too_much()) return tl::unexpected(TooMuch{TooMuch::Of::kSteps, reaches.size()});
    // What reaches nobody takes its place, too.
    grants += std::max<std::size_t>(reach.accounts.size(), 1) * std::max<std::size_t>(reach.users.size(), 1);
    if (grants > kMaxGrants) return tl::unexpected(TooMuch{TooMuch::Of::kGrants, reaches.size()});
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
