#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <catch2/catch.hpp>

#include "base/pattern.hpp"
#include "support/roles.hpp"
#include "unit/policy/sample.hpp"

using namespace rollcall;
using model::Role;
using test::kAdmin;
using test::kAgent;
using test::Sample;

TEST_CASE("a rule gives its role to its users in its accounts") {
  Sample s;
  s.accounts({"hq", "lab"});
  s.users({"ana", "kim"});
  s.rule(kAdmin, {"hq"}, {"ana"});
  s.rule(kAgent, {"lab"}, {"ana", "kim"});
  CHECK(s.grants() ==
        "hq/ana@example.com administrator 0\nlab/ana@example.com agent 1\n"
        "lab/kim@example.com agent 1\n");
  CHECK(s.expired().empty());
}

TEST_CASE("groups nest, and nobody counts twice") {
  Sample s;
  s.accounts({"hq"});
  s.users({"ana", "kim", "joe"});
  const auto night = s.group("night", {"joe"});
  const auto emea = s.group("emea", {"kim", "joe"}, {night});
  const auto all = s.group("all", {"ana"}, {emea, night});
  s.rule(kAgent, {"hq"}, {"ana"}, {all});
  CHECK(s.grants() == "hq/ana@example.com agent 0\nhq/kim@example.com agent 0\nhq/joe@example.com agent 0\n");
}

TEST_CASE("groups in groups are worked out once") {
  constexpr std::uint32_t kLevels = 20000;
  Sample s;
  s.accounts({"hq"});
  s.users({"ana"});
  std::uint32_t inner = s.group("g", {"ana"});
  for (std::uint32_t level = 1; level < kLevels; ++level) inner = s.group("g", {}, {inner});
  SECTION("where one rule names them all") {
    roster::Rule& rule = s.rule(kAgent, {"hq"}, {});
    for (std::uint32_t group = 0; group < kLevels; ++group) rule.groups.push_back({group, rule.origin});
    CHECK(s.grants() == "hq/ana@example.com agent 0\n");
  }
  SECTION("where each has a rule of its own, outermost first") {
    for (std::uint32_t group = kLevels; group > 0; --group) s.rule(kAgent, {"hq"}, {}, {group - 1});
    CHECK(s.resolve().grants.size() == 1);
    CHECK(s.resolve().causes.sets.back().size() == kLevels);
  }
}

TEST_CASE("what a roster means is limited, rules that reach nobody included") {
  const auto first_error = [](const Sample& s) {
    SourceFiles files;
    files.add("roster.yaml", s.text);
    for (const Diagnostic& found :
         policy::review(s.roster, s.reaches(), s.guardrails, s.directory, files, s.today))
      if (found.severity == Severity::kError) return found.rule;
    return std::string();
  };
  Sample s;
  const auto fill = [&](std::size_t accounts, std::size_t users) {
    for (std::size_t i = 0; i < accounts; ++i) s.accounts({fmt::format("a{}", i).c_str()});
    roster::Group all{"all", {}, {}, {}};
    for (std::size_t i = 0; i < users; ++i)
      all.members.push_back({s.directory.users.intern(fmt::format("u{}@example.com", i)), {}});
    s.roster.groups.push_back(all);
  };
  SECTION("at the limit") {
    fill(2000, 2500);
    s.rule(kAgent, {"a*"}, {}, {0});
    CHECK(first_error(s).empty());
    SECTION("and one above it") {
      s.rule(kAgent, {"a1"}, {"ana"});
      CHECK(first_error(s) == "R906");
      CHECK_THROWS(s.resolve());
    }
  }
  SECTION("rules over many accounts that reach nobody") {
    fill(5001, 0);
    for (int i = 0; i < 1000; ++i) s.rule(kAgent, {"a*"}, {}, {0});
    CHECK(first_error(s) == "R906");
  }
  SECTION("the same patterns again and again") {
    fill(1000, 0);
    roster::Rule& rule = s.rule(kAgent, {"a1"}, {}, {0});
    for (int i = 0; i < 1000; ++i) rule.except.push_back({"*", {}});
    const roster::Rule copy = rule;
    for (int i = 0; i < 48; ++i) s.roster.rules.push_back(copy);
    CHECK(first_error(s).empty());
    s.roster.rules.push_back(copy);
    s.roster.rules.push_back(copy);
    CHECK(first_error(s) == "R907");
  }
}

TEST_CASE("groups may nest as deeply as they like") {
  Sample s;
  s.accounts({"hq"});
  s.users({"ana"});
  constexpr std::uint32_t kGroups = 200000;
  s.group("g", {"ana"});
  s.roster.groups.reserve(kGroups);
  while (s.roster.groups.size() < kGroups) {
    const auto inner = static_cast<std::uint32_t>(s.roster.groups.size() - 1);
    s.roster.groups.push_back({"g", {}, {}, {{inner, {}}}});
  }
  s.rule(kAgent, {"hq"}, {}, {kGroups - 1});
  CHECK(s.grants() == "hq/ana@example.com agent 0\n");
}

TEST_CASE("patterns reach the accounts of the roster, less what is excepted") {
  Sample s;
  s.accounts({"support-emea", "support-vip", "hq", "support-x1"});
  s.users({"ana"});
  s.directory.accounts.intern("support-gone");
  s.rule(kAgent, {"support-*", "hq", "support-emea"}, {"ana"});
  s.except("support-vip");
  s.except("*-x?");
  CHECK(s.grants() == "support-emea/ana@example.com agent 0\nhq/ana@example.com agent 0\n");
}

TEST_CASE("the highest role wins, and only the rules that give it are its cause") {
  Sample s;
  s.accounts({"hq"});
  s.users({"ana", "kim"});
  s.rule(kAgent, {"hq"}, {"ana", "kim"});
  s.rule(kAdmin, {"hq"}, {"ana"});
  s.rule(kAdmin, {"*"}, {"ana"});
  s.rule(kAgent, {"*"}, {"kim"});
  CHECK(s.grants() == "hq/ana@example.com administrator 1,2\nhq/kim@example.com agent 0,3\n");
}

TEST_CASE("equal sets of rules are kept once") {
  Sample s;
  s.accounts({"a", "b", "c"});
  s.users({"ana", "kim"});
  s.rule(kAgent, {"*"}, {"ana", "kim"});
  s.rule(kAgent, {"a", "b"}, {"ana", "kim"});
  CHECK(s.resolve().causes.sets.size() == 3);
}

TEST_CASE("until is the last day on which a rule holds") {
  Sample s;
  s.accounts({"hq"});
  s.users({"ana"});
  s.rule(kAgent, {"hq"}, {"ana"}).until = s.today;
  CHECK(s.grants() == "hq/ana@example.com agent 0\n");
  CHECK(s.resolve().valid_until == s.today);
  s.today.days += 1;
  CHECK(s.grants().empty());
  CHECK(s.expired() == "hq/ana@example.com agent 0\n");
  CHECK_FALSE(s.resolve().valid_until);
}

TEST_CASE("an expiry takes away a role, or lowers it") {
  Sample s;
  const Date past{19999};
  s.accounts({"hq", "lab"});
  s.users({"ana"});
  s.rule(kAgent, {"hq"}, {"ana"});
  s.rule(kAdmin, {"hq"}, {"ana"}).until = past;
  s.rule(kAgent, {"lab"}, {"ana"}).until = past;
  s.rule(kAgent, {"hq"}, {"ana"}).until = past;
  CHECK(s.grants() == "hq/ana@example.com agent 0\n");
  CHECK(s.expired() == "hq/ana@example.com administrator 1\nlab/ana@example.com agent 2\n");
}

TEST_CASE("a user's until ends everything they have") {
  Sample s;
  s.accounts({"hq"});
  s.users({"kim"});
  s.users({"ana"}, Date{19999});
  s.users({"joe"}, Date{20005});
  s.rule(kAdmin, {"hq"}, {"ana", "joe", "kim"}).until = Date{20010};
  s.rule(kAgent, {"hq"}, {"ana"});
  CHECK(s.grants() == "hq/kim@example.com administrator 0\nhq/joe@example.com administrator 0\n");
  CHECK(s.expired() == "hq/ana@example.com administrator 0\n");
  const auto desired = s.resolve();
  CHECK(desired.valid_until == Date{20005});
  CHECK(desired.users.size() == 3);
}

TEST_CASE("where both roles have ended, each keeps its own rules") {
  Sample s;
  s.accounts({"hq"});
  s.users({"ana", "kim"}, Date{20005});
  s.rule(kAdmin, {"hq"}, {"ana"}).until = Date{100};
  s.rule(kAgent, {"hq"}, {"ana", "kim"}).until = Date{200};
  CHECK(s.expired() == "hq/ana@example.com administrator 0\nhq/kim@example.com agent 1\n");
  const auto desired = s.resolve();
  REQUIRE(desired.expired_agents.size() == 1);
  CHECK(desired.expired_agents[0].grant.user == s.directory.users.find("ana@example.com"));
  CHECK(desired.causes.sets[desired.expired_agents[0].cause] == std::vector<std::uint32_t>{1});
  CHECK(desired.users[0].until == Date{20005});
}

TEST_CASE("facts of rules stand by the number of the rule") {
  Sample s;
  s.accounts({"hq"});
  s.users({"ana"});
  s.rule(kAgent, {"hq"}, {"ana"}).reason = "OPS-17";
  const auto desired = s.resolve();
  REQUIRE(desired.causes.rules.size() == 1);
  CHECK(desired.causes.rules[0].reason == "OPS-17");
  CHECK(desired.causes.rules[0].origin == s.roster.rules[0].origin);
}

namespace {

/// What resolve should say, worked out pair by pair with no cleverness.
std::string slow_grants(const Sample& s) {
  std::string out;
  const auto reaches = [&](const roster::Rule& rule, const std::string& account, model::UserRef user) {
    const auto matches = [&](const auto& patterns) {
      return std::any_of(patterns.begin(), patterns.end(),
                         [&](const auto& pattern) { return glob_match(pattern.text, account); });
    };
    std::set<std::uint32_t> open;
    for (const auto& mention : rule.groups) open.insert(mention.group);
    for (std::size_t size = 0; size != open.size();) {
      size = open.size();
      for (const std::uint32_t group : std::set(open))
        for (const auto& inner : s.roster.groups[group].groups) open.insert(inner.group);
    }
    const auto names = [&](const auto& mentions) {
      return std::any_of(mentions.begin(), mentions.end(), [&](const auto& m) { return m.user == user; });
    };
    const bool in_group = std::any_of(
        open.begin(), open.end(), [&](std::uint32_t group) { return names(s.roster.groups[group].members); });
    return matches(rule.accounts) && !matches(rule.except) && (in_group || names(rule.users));
  };
  for (const auto& account : s.roster.accounts)
    for (const auto& user : s.roster.users) {
      std::map<Role, std::vector<std::uint32_t>> rules;
      for (std::uint32_t i = 0; i < s.roster.rules.size(); ++i) {
        const roster::Rule& rule = s.roster.rules[i];
        const bool expired = (rule.until && *rule.until < s.today) || (user.until && *user.until < s.today);
        if (!expired && reaches(rule, s.directory.key(account.ref), user.ref)) rules[rule.role].push_back(i);
      }
      if (rules.empty()) continue;
      out += fmt::format("{}/{} {} {}\n", s.directory.key(account.ref), s.directory.key(user.ref),
                         model::to_string(rules.rbegin()->first), fmt::join(rules.rbegin()->second, ","));
    }
  return out;
}

Sample random_sample(std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto below = [&](std::uint32_t bound) { return static_cast<std::uint32_t>(random() % bound); };
  Sample s;
  const std::vector<const char*> accounts = {"a-1", "a-2", "b-1", "b-2", "c"};
  const std::vector<const char*> patterns = {"a-1", "a-2", "b-1", "b-2", "c", "*", "a-*", "?-1", "[bc]*"};
  const std::vector<const char*> users = {"p0", "p1", "p2", "p3", "p4", "p5"};
  for (const char* account : accounts) s.accounts({account});
  const auto some_date = [&]() -> std::optional<Date> {
    return below(4) == 0 ? std::optional(Date{19998 + static_cast<std::int32_t>(below(5))}) : std::nullopt;
  };
  for (const char* user : users) s.users({user}, some_date());
  for (std::uint32_t i = 0; i < 4; ++i) {
    s.group(fmt::format("g{}", i), {users[below(6)], users[below(6)]});
    if (i > 0 && below(2) == 0) s.roster.groups.back().groups.push_back({below(i), {}});
  }
  for (std::uint32_t i = 0; i < 8; ++i) {
    s.rule(below(2) == 0 ? kAgent : kAdmin, {patterns[below(9)]}, {users[below(6)]});
    if (below(2) == 0) s.roster.rules.back().groups.push_back({below(4), {}});
    if (below(3) == 0) s.except(patterns[below(9)]);
    s.roster.rules.back().until = some_date();
  }
  return s;
}

}  // namespace

TEST_CASE("random rosters resolve as the slow way says") {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    INFO("seed " << seed);
    const Sample s = random_sample(seed);
    REQUIRE(s.grants() == slow_grants(s));
  }
}

TEST_CASE("what expired is what the first day would give on top") {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    INFO("seed " << seed);
    Sample s = random_sample(seed);
    const auto now = s.resolve();
    s.today = Date{0};
    const auto once = s.resolve();
    std::vector<model::Grant> expected, got;
    for (const auto& desired : once.grants) {
      const bool same = std::any_of(now.grants.begin(), now.grants.end(),
                                    [&](const auto& grant) { return grant.grant == desired.grant; });
      if (!same) expected.push_back(desired.grant);
    }
    for (const auto& desired : now.expired) got.push_back(desired.grant);
    REQUIRE(got == expected);
  }
}
