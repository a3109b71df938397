#include <catch2/catch.hpp>

#include "support/roles.hpp"
#include "unit/policy/sample.hpp"

using namespace rollcall;
using model::Role;
using test::kAdmin;
using test::kAgent;
using test::Sample;

namespace {

Sample sample() {
  Sample s;
  s.accounts({"hq"});
  s.users({"ana", "kim"});
  s.rule(kAdmin, {"hq"}, {"ana"});
  return s;
}

}  // namespace

TEST_CASE("a roster with nothing to say about") {
  CHECK(sample().review().empty());
}

TEST_CASE("R901: a rule that reaches nobody") {
  Sample s = sample();
  SECTION("no account is left") {
    s.rule(kAgent, {"h*"}, {"kim"});
    s.except("hq");
    CHECK(s.review() ==
          "roster.yaml:6:3: warning: this rule reaches no account: `except` excludes all that `accounts` "
          "names "
          "[R901]\n"
          "    - role: agent\n"
          "    ^\n"
          "  hint: remove the rule, or narrow `except`\n");
  }
  SECTION("its groups are empty") {
    const auto empty = s.group("empty", {});
    s.rule(kAgent, {"hq"}, {}, {empty});
    CHECK(s.review() ==
          "roster.yaml:7:3: warning: this rule reaches no user: its groups have no members [R901]\n"
          "    - role: agent\n"
          "    ^\n"
          "  hint: remove the rule, or name a user in it\n");
  }
  SECTION("it names nobody") {
    s.rule(kAgent, {"hq"}, {});
    CHECK(s.review().find("this rule reaches no user: it names no user and no group [R901]") !=
          std::string::npos);
  }
  SECTION("a rule that has expired is no such rule") {
    s.rule(kAgent, {"hq"}, {"kim"}).until = Date{1};
    CHECK(s.review().empty());
  }
}

TEST_CASE("R902: one user by name in two rules with different roles") {
  Sample s = sample();
  SECTION("names both lines") {
    s.rule(kAgent, {"*"}, {"kim", "ana"});
    CHECK(s.review() ==
          "roster.yaml:8:3: warning: ana@example.com is listed as agent here and as administrator at "
          "roster.yaml:5, "
          "both for `hq` [R902]\n"
          "    ana@example.com\n"
          "    ^~~~~~~~~~~~~~~\n"
          "  hint: administrator wins; take the address out of one of the two rules\n");
  }
  SECTION("once for a pair of rules, however many accounts") {
    s.accounts({"lab", "a"});
    s.rule(kAdmin, {"*"}, {"kim"});
    s.rule(kAgent, {"*"}, {"kim"});
    CHECK(s.review() ==
          "roster.yaml:11:3: warning: kim@example.com is listed as agent here and as administrator at "
          "roster.yaml:9, "
          "both for `a` and 2 more accounts [R902]\n"
          "    kim@example.com\n"
          "    ^~~~~~~~~~~~~~~\n"
          "  hint: administrator wins; take the address out of one of the two rules\n");
  }
  SECTION("not where one of the rules has expired") {
    s.rule(kAgent, {"hq"}, {"ana"}).until = Date{19999};
    CHECK(s.review().empty());
    s.roster.rules.back().until = s.today;
    CHECK(s.review().find("R902") != std::string::npos);
  }
  SECTION("many rules do not multiply") {
    constexpr std::size_t kRules = 300;
    for (std::size_t i = 0; i < kRules; ++i) {
      s.rule(kAgent, {"hq"}, {"kim"});
      s.rule(kAdmin, {"hq"}, {"kim"});
    }
    SourceFiles files;
    files.add("roster.yaml", s.text);
    CHECK(policy::review(s.roster, s.reaches(), s.guardrails, s.directory, files, s.today).size() == kRules);
  }
  SECTION("not where a group gives one of the roles, the accounts differ or the roles agree") {
    s.accounts({"lab"});
    const auto group = s.group("all", {"ana", "kim"});
    s.rule(kAgent, {"hq"}, {}, {group});
    s.rule(kAdmin, {"lab"}, {"kim"});
    s.rule(kAgent, {"hq"}, {"kim"});
    s.rule(kAdmin, {"hq"}, {"ana"});
    CHECK(s.review().empty());
  }
}

TEST_CASE("R903: an account that keeps too few administrators") {
  Sample s = sample();
  SECTION("when rules end") {
    s.roster.rules[0].until = Date{20100};
    CHECK(s.review() ==
          "roster.yaml:1:3: warning: not counting what ends by `until`, `hq` has no administrator; the "
          "guardrail "
          "min_administrators is 1 [R903]\n"
          "    hq:\n"
          "    ^~\n"
          "  hint: give a user the role administrator by a rule without `until`\n");
  }
  SECTION("when users end") {
    s.roster.users[0].until = Date{20100};
    CHECK(s.review().find("`hq` has no administrator") != std::string::npos);
  }
  SECTION("one where two are asked for, named twice") {
    s.rule(kAdmin, {"*"}, {"ana"});
    s.guardrails.min_administrators = 2;
    CHECK(s.review().find("warning: `hq` has 1 administrator; the guardrail min_administrators is 2 "
                          "[R903]") != std::string::npos);
    CHECK(s.review().find("by a rule for this account") != std::string::npos);
  }
  SECTION("not where nobody is a member, or nobody is asked for") {
    s.accounts({"empty"});
    CHECK(s.review().empty());
    s.guardrails.min_administrators = 0;
    s.roster.rules[0].role = kAgent;
    CHECK(s.review().empty());
  }
}

TEST_CASE("R903: many accounts of one rule are told as one") {
  Sample s;
  s.accounts({"a", "b", "c", "d", "e", "f"});
  s.users({"ana", "kim"});
  s.rule(kAdmin, {"*"}, {"ana"}).until = Date{20100};
  s.except("f");
  s.users({"joe"});
  s.rule(kAgent, {"e", "f"}, {"kim"});
  s.rule(kAdmin, {"e"}, {"joe"});
  CHECK(
      s.review() ==
      "roster.yaml:6:3: warning: `f` has no administrator; the guardrail min_administrators is 1 [R903]\n"
      "    f:\n"
      "    ^\n"
      "  hint: give a user the role administrator by a rule for this account\n"
      "roster.yaml:9:3: warning: not counting what ends by `until`, `a`, `b`, `c` and 1 more account have no "
      "administrator; the guardrail min_administrators is 1 [R903]\n"
      "    - role: administrator\n"
      "    ^\n"
      "  hint: give a user the role administrator by a rule without `until`\n");
}

TEST_CASE("protected names that the roster does not know") {
  Sample s = sample();
  s.guardrails.protected_users = {"ana@example.com", "kym@example.com"};
  s.guardrails.protected_users_at = {{0, 1, 3}, {0, 2, 3}};
  s.guardrails.protected_accounts = {"hq", "lab"};
  const std::string found = s.review();
  CHECK(
      found.find("the protected user `kym@example.com` is not in the roster, did you mean `kim@example.com`? "
                 "[P009]") != std::string::npos);
  CHECK(found.find("the protected account `lab` is not in the roster [P009]") != std::string::npos);
  CHECK(found.find("`hq`") == std::string::npos);
  CHECK(found.find("`ana@example.com`") == std::string::npos);
}

TEST_CASE("what the guardrails say of single rules and users needs no whole roster") {
  Sample s = sample();
  s.guardrails.require_reason_for = {kAdmin};
  s.guardrails.allowed_email_domains = {"example.org"};
  s.rule(kAgent, {"hq"}, {"ana"});
  SourceFiles files;
  files.add("roster.yaml", s.text);
  const std::string found =
      render(policy::review_parts(s.roster, s.guardrails, s.directory, files, s.today), false);
  CHECK(found.find("R904") != std::string::npos);
  CHECK(found.find("R905") != std::string::npos);
  CHECK(found.find("warning") == std::string::npos);
}

TEST_CASE("R904: a role that needs a reason") {
  Sample s = sample();
  s.guardrails.require_reason_for = {kAdmin};
  s.rule(kAgent, {"hq"}, {"kim"});
  CHECK(s.review() ==
        "roster.yaml:4:3: error: a rule that gives the role administrator needs a reason [R904]\n"
        "    - role: administrator\n"
        "    ^\n"
        "  hint: add `reason:` to the rule; the guardrail require_reason_for of the project file asks for "
        "it\n");
  s.roster.rules[0].reason = "  ";
  CHECK(s.review().find("R904") != std::string::npos);
  s.roster.rules[0].reason = "OPS-17";
  CHECK(s.review().empty());
}

TEST_CASE("R905: an e-mail domain that is not allowed") {
  Sample s = sample();
  s.guardrails.allowed_email_domains = {"example.com", "example.org"};
  s.users({"joe@eu.example.com"});
  CHECK(s.review() ==
        "roster.yaml:6:3: error: the e-mail domain eu.example.com of joe@eu.example.com "
        "is not allowed [R905]\n    joe@eu.example.com:\n    ^~~~~~~~~~~~~~~~~~\n  hint: "
        "the guardrail allowed_email_domains of the project file names example.com, example.org; "
        "a subdomain needs an entry of its own\n");
}
