#include <map>
#include <random>
#include <set>

#include <catch2/catch.hpp>

#include "support/random_estates.hpp"
#include "support/slow.hpp"

using namespace rollcall;
using model::Role;
using test::Estates;
using test::RandomEstates;

namespace {

constexpr std::uint32_t kSeeds = testing::rounds(500);

RandomEstates random_estates(std::uint32_t seed, std::uint32_t order = 0) {
  RandomEstates random(seed, order);
  random.record_something();
  random.want_something(5000);
  return random;
}

/// Everything that a reader could see of a plan.
std::string everything(Estates& e) {
  const auto plan = e.make();
  if (!plan) return plan.error().message;
  std::string out = test::describe(*plan, e.directory) + render(plan->warnings, false, 1000);
  for (const auto& rule : plan->causes.rules) out += fmt::format("rule {}\n", rule.origin.line);
  for (const auto& set : plan->causes.sets) out += fmt::format("set {}\n", fmt::join(set, ","));
  for (const plan::Action& action : plan->actions) {
    out += fmt::format("{}:{}", action.origin.line, action.origin.column);
    if (const auto* grant = std::get_if<plan::GrantAction>(&action.object))
      out += fmt::format(" {}", grant->cause);
    out += "\n";
  }
  for (const plan::Violation& violation : plan->violations)
    out += fmt::format("{} {} {} {} {} {}\n", static_cast<int>(violation.guardrail),
                       violation.account ? e.directory.key(*violation.account) : "",
                       violation.user ? e.directory.key(*violation.user) : "", violation.counted,
                       violation.allowed, fmt::join(violation.actions, ","));
  return out;
}

/// A record that says what the roster says.
void record_the_roster(Estates& e) {
  e.recorded = {};
  for (const auto& wanted : e.desired.accounts) {
    model::RecordedAccount has;
    has.ref = wanted.ref, has.id = wanted.id.value_or(e.next_id++);
    has.settings = wanted.settings, has.on_remove = wanted.on_remove;
    e.recorded.accounts.push_back(has);
  }
  for (const auto& wanted : e.desired.users) {
    model::RecordedUser has;
    has.ref = wanted.ref, has.id = e.next_id++;
    has.settings = wanted.settings, has.on_remove = wanted.on_remove;
    e.recorded.users.push_back(has);
  }
  for (const auto& wanted : e.desired.bots) {
    model::RecordedBot has;
    has.ref = wanted.ref, has.id = e.next_id++;
    has.settings = wanted.settings, has.on_remove = wanted.on_remove;
    e.recorded.bots.push_back(has);
  }
  for (const auto& wanted : e.desired.grants) e.recorded.grants.push_back(wanted.grant);
}

/// Members of every account by account key: what is recorded and seen, then what the actions sent so far make
/// of it.
using Members = std::map<std::string, std::map<std::string, bool>>;

Members members_at_start(const Estates& e, const plan::Plan& plan) {
  std::map<std::string, std::string> accounts, users;
  for (const plan::Action& action : plan.actions) {
    if (const auto* account = std::get_if<plan::AccountAction>(&action.object);
        account && account->moved_from)
      accounts[e.directory.key(*account->moved_from)] = e.directory.key(account->ref);
    if (const auto* user = std::get_if<plan::UserAction>(&action.object); user && user->moved_from)
      users[e.directory.key(*user->moved_from)] = e.directory.key(user->ref);
  }
  const auto renamed = [](const auto& names, const std::string& name) {
    const auto at = names.find(name);
    return at == names.end() ? name : at->second;
  };
  Members members;
  for (const model::Grant& grant : e.recorded.grants)
    members[renamed(accounts, e.directory.key(grant.account))][renamed(users, e.directory.key(grant.user))] =
        grant.role == Role::kAdministrator;
  for (const model::RecordedAccount& account : e.recorded.accounts)
    for (const model::UnlistedMember& member : account.unlisted)
      members[renamed(accounts, e.directory.key(account.ref))].try_emplace(
          member.email.value_or(fmt::format("#{}", member.user_id)), member.role == Role::kAdministrator);
  return members;
}

void send(Members& members, const plan::Action& action, const model::Directory& directory) {
  if (const auto* grant = std::get_if<plan::GrantAction>(&action.object)) {
    auto& account = members[directory.key(grant->account)];
    if (grant->after)
      account[directory.key(grant->user)] = *grant->after == Role::kAdministrator;
    else
      account.erase(directory.key(grant->user));
  } else if (const auto* account = std::get_if<plan::AccountAction>(&action.object);
             account != nullptr && action.verb == plan::Verb::kDelete) {
    members.erase(directory.key(account->ref));
  }
}

bool has_administrator(const std::map<std::string, bool>& account) {
  return std::any_of(account.begin(), account.end(), [](const auto& member) { return member.second; });
}

/// One order in which the workers might send: phase by phase, inside a phase anything whose needs are met.
std::vector<plan::ActionIndex> some_order(const plan::Plan& plan, std::mt19937& random) {
  std::vector<plan::ActionIndex> order;
  std::set<plan::ActionIndex> sent;
  for (const auto phase :
       {plan::Phase::kObjects, plan::Phase::kGrants, plan::Phase::kRevocations, plan::Phase::kRemovals}) {
    std::vector<plan::ActionIndex> waiting;
    for (plan::ActionIndex i = 0; i < plan.actions.size(); ++i)
      if (plan.actions[i].phase == phase) waiting.push_back(i);
    while (!waiting.empty()) {
      std::shuffle(waiting.begin(), waiting.end(), random);
      const auto next = std::find_if(waiting.begin(), waiting.end(), [&](plan::ActionIndex i) {
        return std::all_of(plan.actions[i].depends_on.begin(), plan.actions[i].depends_on.end(),
                           [&](plan::ActionIndex needed) { return sent.contains(needed); });
      });
      REQUIRE(next != waiting.end());
      sent.insert(*next);
      order.push_back(*next);
      waiting.erase(next);
    }
  }
  return order;
}

}  // namespace

TEST_CASE("the plan of equal estates is empty") {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    INFO("seed " << seed);
    RandomEstates random = random_estates(seed);
    record_the_roster(random.estates());
    REQUIRE(test::describe(*random.estates().make(), random.estates().directory).empty());
  }
}

TEST_CASE("the same estates give the same bytes, in whatever order the directory learnt their keys") {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    INFO("seed " << seed);
    RandomEstates one = random_estates(seed, 1), other = random_estates(seed, seed + 2);
    REQUIRE(everything(one.estates()) == everything(other.estates()));
  }
}

TEST_CASE("needs stand before what needs them, in no later phase") {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    INFO("seed " << seed);
    RandomEstates random = random_estates(seed);
    const auto plan = random.estates().make();
    REQUIRE(plan);
    std::set<std::string> addresses;
    for (plan::ActionIndex i = 0; i < plan->actions.size(); ++i) {
      const plan::Action& action = plan->actions[i];
      REQUIRE(addresses.insert(plan::address_of(action, random.estates().directory)).second);
      REQUIRE(std::is_sorted(action.depends_on.begin(), action.depends_on.end()));
      for (const plan::ActionIndex needed : action.depends_on) {
        REQUIRE(needed < i);
        REQUIRE(plan->actions[needed].phase <= action.phase);
      }
    }
  }
}

TEST_CASE("no order inside the phases leaves an account with members without an administrator on the way") {
  std::size_t watched = 0;
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    INFO("seed " << seed);
    RandomEstates random = random_estates(seed);
    Estates& e = random.estates();
    const auto plan = e.make();
    REQUIRE(plan);
    const Members start = members_at_start(e, *plan);
    Members end = start;
    for (const plan::Action& action : plan->actions) send(end, action, e.directory);
    std::set<std::string> safe;
    for (const auto& [account, members] : start)
      if (has_administrator(members) && end.contains(account) && has_administrator(end.at(account)))
        safe.insert(account);
    watched += safe.size();
    std::mt19937 orders(seed);
    for (int run = 0; run < 5; ++run) {
      Members now = start;
      for (const plan::ActionIndex index : some_order(*plan, orders)) {
        send(now, plan->actions[index], e.directory);
        for (const std::string& account : safe) {
          INFO("account " << account << "\n" << test::describe(*plan, e.directory));
          REQUIRE(has_administrator(now.at(account)));
        }
      }
    }
  }
  CHECK(watched > kSeeds / 2);
}

TEST_CASE("the members at the end are those of the roster, where nothing is missing or unlisted") {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    INFO("seed " << seed);
    RandomEstates random = random_estates(seed);
    Estates& e = random.estates();
    for (auto& account : e.recorded.accounts) account.missing_since.reset(), account.unlisted.clear();
    for (auto& user : e.recorded.users) user.missing_since.reset();
    const auto plan = e.make();
    REQUIRE(plan);
    Members end = members_at_start(e, *plan);
    for (const plan::Action& action : plan->actions) send(end, action, e.directory);
    Members wanted;
    for (const auto& grant : e.desired.grants)
      wanted[e.directory.key(grant.grant.account)][e.directory.key(grant.grant.user)] =
          grant.grant.role == Role::kAdministrator;
    for (const auto& account : e.desired.accounts) {
      const std::string& key = e.directory.key(account.ref);
      INFO(key << "\n" << test::describe(*plan, e.directory));
      REQUIRE(end[key] == wanted[key]);
    }
  }
}

TEST_CASE("a filtered plan is a part of the whole one, and whole in itself") {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    INFO("seed " << seed);
    RandomEstates random = random_estates(seed);
    Estates& e = random.estates();
    const auto whole = e.make();
    REQUIRE(whole);
    if (whole->actions.empty()) continue;
    std::set<std::string> addresses;
    for (const plan::Action& action : whole->actions) addresses.insert(plan::address_of(action, e.directory));
    const std::string chosen =
        plan::address_of(whole->actions[random.below(whole->actions.size())], e.directory);
    e.options.only = {chosen};
    const auto part = e.make();
    REQUIRE(part);
    bool there = false;
    for (const plan::Action& action : part->actions) {
      const std::string address = plan::address_of(action, e.directory);
      REQUIRE(addresses.contains(address));
      there = there || address == chosen;
    }
    REQUIRE(there);
    std::mt19937 orders(seed);
    REQUIRE(some_order(*part, orders).size() == part->actions.size());
  }
}
