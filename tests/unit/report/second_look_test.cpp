#include "report/second_look.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "report/view_text.hpp"
#include "sample.hpp"

namespace {

using namespace rollcall;
using model::Field;
using model::Role;
using plan::ReasonCode;
using plan::Verb;
using sample::change;
using sample::Sample;

/// The second look as a reader sees it.
std::string look_at(const Sample& sample, bool full = false) {
  return report::view_text(
      {{}, {}, {report::second_look(sample.plan, sample.recorded, sample.context(), full)}, {}}, false);
}

plan::UserAction& moved(Sample& sample, const std::string& from, const std::string& to) {
  sample.user(Verb::kUpdate, ReasonCode::kMoved, to, 60);
  auto& user = std::get<plan::UserAction>(sample.plan.actions.back().object);
  user.moved_from = sample.directory.users.intern(from);
  return user;
}

}  // namespace

TEST_CASE("A changed sign-in address says what it opens once the plan is applied") {
  Sample sample;
  moved(sample, "b@old.example", "b@new.example");
  moved(sample, "c@old.example", "c@new.example");
  for (const char* key : {"hq", "lab", "old-key", "web"})
    sample.recorded_grant(key, "b@old.example", Role::kAdministrator);
  sample.recorded_grant("hq", "other@example.com", Role::kAdministrator);
  // One role goes, one sinks, one account has a new key, and one role is new.
  sample.grant(ReasonCode::kNoRule, "web", "b@new.example", Role::kAdministrator, {});
  sample.grant(ReasonCode::kRuleLowers, "lab", "b@new.example", Role::kAdministrator, Role::kAgent);
  sample.grant(ReasonCode::kRuleGives, "young", "b@new.example", {}, Role::kAdministrator);
  sample.account(Verb::kUpdate, ReasonCode::kMoved, "new-key", 61);
  std::get<plan::AccountAction>(sample.plan.actions.back().object).moved_from =
      sample.directory.accounts.intern("old-key");
  sample.grant(ReasonCode::kRuleLowers, "new-key", "b@new.example", Role::kAdministrator, Role::kAgent);
  const std::string text = look_at(sample);
  CAPTURE(text);
  CHECK(text.find("  Changed sign-in addresses\n"
                  "    ~ b@old.example -> b@new.example, administrator in 2 accounts, agent in 2 accounts, "
                  "roster/a.yaml:60\n"
                  "    ~ c@old.example -> c@new.example, in no account, roster/a.yaml:60\n") !=
        std::string::npos);
  CHECK(sample.json().find(R"("changes": [{"setting": "email", "before_known": true, )"
                           R"("before": "b@old.example", "after": "b@new.example"}])") != std::string::npos);
}

TEST_CASE("A released user who comes back under a new address is a changed address, too") {
  Sample sample;
  moved(sample, "b@old.example", "b@new.example");
  sample.plan.actions.back().verb = Verb::kBind;
  CHECK(look_at(sample).find("~ b@old.example -> b@new.example") != std::string::npos);
  CHECK(sample.json().find(R"("changes": [{"setting": "email")") != std::string::npos);
}

TEST_CASE("What is suspended or deleted has its name, who loses access, and what the server destroys") {
  Sample sample;
  sample.recorded_account("shop", "Shop").unlisted = {{7, Role::kAgent, {}}};
  sample.recorded_grant("shop", "ana@example.com", Role::kAgent);
  sample.recorded_grant("shop", "joe@example.com", Role::kAgent);
  sample.recorded_account("shut", "Shut \x1b[31m");
  sample.recorded_grant("shut", "ana@example.com", Role::kAgent);
  sample.recorded_account("vip-old", "VIP");
  sample.account(Verb::kSuspend, ReasonCode::kAccountLeft, "shop", 0);
  std::get<plan::AccountAction>(sample.plan.actions.back().object).id = 9;
  sample.account(Verb::kDelete, ReasonCode::kAccountLeft, "shut", 0);
  sample.account(Verb::kUpdate, ReasonCode::kMoved, "vip", 4,
                 {change(Field::kStatus, "active", "suspended"), change(Field::kName, "VIP", "V")});
  std::get<plan::AccountAction>(sample.plan.actions.back().object).moved_from =
      sample.directory.accounts.intern("vip-old");
  model::RecordedUser vic;
  vic.ref = sample.directory.users.intern("vic@example.com");
  vic.settings.set(Field::kName, "Vic");
  sample.recorded.users = {vic};
  sample.user(Verb::kDelete, ReasonCode::kUserLeft, "vic@example.com", 0);
  CHECK(look_at(sample) == R"(Worth a second look
  Suspended or deleted
    - accounts.shop "Shop": suspend (id 9): 3 users lose access
    - accounts.shut "Shut \u001b[31m": delete: 1 user loses access; its conversations and agent bots are deleted
    - accounts.vip "VIP": update, suspends it: no user loses access
    - users.vic@example.com "Vic": delete: removed from the whole installation


)");
}

TEST_CASE("An account that is bound suspended has members that nobody has read yet") {
  Sample sample;
  sample.account(Verb::kBind, ReasonCode::kBindRequested, "hq", 3,
                 {change(Field::kName, {}, "HQ"), change(Field::kStatus, {}, "suspended")});
  CHECK(look_at(sample).find("accounts.hq \"HQ\": bind, suspends it\n") != std::string::npos);
}

TEST_CASE("A user who leaves many accounts is one line in a small plan, too") {
  Sample sample;
  for (int i = 0; i < 11; ++i)
    sample.grant(ReasonCode::kUserLeft, fmt::format("a{:02}", i), "kim@example.com", Role::kAgent, {});
  for (int i = 0; i < 10; ++i)
    sample.grant(ReasonCode::kUserLeft, fmt::format("a{:02}", i), "lee@example.com", Role::kAgent, {});
  const std::string text = sample.text();
  CAPTURE(text);
  CHECK(text.find("    - kim@example.com: agent in 11 accounts, the user left the roster\n") !=
        std::string::npos);
  CHECK(text.find("    - kim@example.com  agent") == std::string::npos);
  CHECK(text.find("    - lee@example.com  agent  the user left the roster\n") != std::string::npos);
  CHECK(sample.text({false, true}).find("    - kim@example.com  agent  the user left the roster\n") !=
        std::string::npos);
}

TEST_CASE("A user who leaves many accounts is one line among many who leave one") {
  Sample sample;
  for (int i = 0; i < 31; ++i)
    sample.grant(ReasonCode::kNoRule, fmt::format("a{:02}", i), "kim@example.com", Role::kAgent, {});
  for (int i = 0; i < 60; ++i)
    sample.grant(ReasonCode::kNoRule, "a00", fmt::format("p{:02}@example.com", i), Role::kAgent, {});
  const std::string text = sample.text();
  CAPTURE(text);
  CHECK(text.find(
            "    - kim@example.com: agent in 31 accounts, the rule that gave it is gone from the roster\n") !=
        std::string::npos);
  CHECK(text.find("    - a00: agent for 60 users, the rule that gave it is gone from the roster\n") !=
        std::string::npos);
}

TEST_CASE("Many released users are one line with a few of their names") {
  Sample sample;
  for (int i = 0; i < 50; ++i)
    sample.user(Verb::kRelease, ReasonCode::kUserLeft, fmt::format("p{:02}@example.com", i), 0);
  CHECK(sample.text().find("  = p49@example.com  release") != std::string::npos);
  sample.user(Verb::kRelease, ReasonCode::kUserLeft, "p50@example.com", 0);
  sample.user(Verb::kDelete, ReasonCode::kUserLeft, "vic@example.com", 0);
  const std::string text = sample.text();
  CAPTURE(text);
  CHECK(text.find("Users\n"
                  "  - vic@example.com  delete, the user left the roster\n"
                  "  = 51 released users: p00@example.com, p01@example.com, p02@example.com, "
                  "p03@example.com, p04@example.com, and 46 more (--full lists them)\n") !=
        std::string::npos);
  CHECK(sample.text({false, true}).find("  = p50@example.com  release") != std::string::npos);
}
