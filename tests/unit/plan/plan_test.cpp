#include <catch2/catch.hpp>

#include "support/estates.hpp"

using namespace rollcall;
using model::Field;
using model::ObjectKind;
using model::OnRemove;
using model::Provenance;
using model::Role;
using test::Estates;
using test::kAdmin;
using test::kAgent;

namespace {

std::string warnings(Estates& estates) {
  return render(estates.make()->warnings, false);
}

}  // namespace

TEST_CASE("equal estates need nothing") {
  Estates e;
  e.both_accounts({"hq"});
  e.both_users({"ana"});
  e.both_grant("hq", "ana", kAdmin);
  e.want_bot("triage", "hq");
  e.has_bot("triage", "hq");
  CHECK(text(e).empty());
}

TEST_CASE("what is new is created, and what hangs on it waits") {
  Estates e;
  e.want_account("b").settings.set(Field::kLocale, "de");
  e.want_account("a");
  e.want_user("ana").adopt = true;
  e.want_bot("triage", "b");
  e.want_grant("b", "ana", kAdmin);
  e.want_grant("a", "ana", kAgent);
  CHECK(text(e) == R"(0 w1 create accounts.a name="Account a" (new)
1 w1 create accounts.b name="Account b" locale="de" (new)
2 w1 create users.ana@example.com adopt name="User ana" (new)
3 w1 create agent_bots.triage name="Bot triage" account="b" (new) needs 1
4 w2 grant grants.a/ana@example.com -->agent (rule_gives) needs 0,2
5 w2 grant grants.b/ana@example.com -->administrator (rule_gives) needs 1,2
)");
}

TEST_CASE("actions stand in byte order of their addresses") {
  Estates e;
  e.both_users({"ana"});
  for (const char* key : {"a-b", "a", "ab"}) {
    e.both_accounts({key});
    e.want_grant(key, "ana", kAgent);
  }
  CHECK(text(e) == R"(0 w2 grant grants.a-b/ana@example.com -->agent (rule_gives)
1 w2 grant grants.a/ana@example.com -->agent (rule_gives)
2 w2 grant grants.ab/ana@example.com -->agent (rule_gives)
)");
}

TEST_CASE("a key that is to be absent is not sent to something new, but recorded") {
  Estates e;
  e.want_account("hq").settings.set({Field::kLimits, "agents"}, model::Value());
  const auto plan = e.make();
  const auto& account = std::get<plan::AccountAction>(plan->actions.at(0).object);
  CHECK(account.settings.changes.size() == 1);
  CHECK(account.settings.wanted.size() == 2);
}

TEST_CASE("settings that differ are updated, and nobody waits for that") {
  Estates e;
  e.both_accounts({"hq"});
  e.both_users({"ana"});
  e.desired.accounts[0].settings.set({Field::kFeatures, "macros"}, true);
  e.desired.users[0].settings.set(Field::kName, "Ana");
  e.want_bot("triage", "hq").settings.set(Field::kOutgoingUrl, "https://bots.example.com/2");
  e.has_bot("triage", "hq").settings.set(Field::kOutgoingUrl, "https://bots.example.com/1");
  e.want_grant("hq", "ana", kAgent);
  CHECK(text(e) == R"(0 w1 update accounts.hq features.macros=true (settings_differ)
1 w1 update users.ana@example.com name="Ana" (settings_differ)
2 w1 update agent_bots.triage outgoing_url="https://bots.example.com/2" (settings_differ)
3 w2 grant grants.hq/ana@example.com -->agent (rule_gives)
)");
}

TEST_CASE("a setting that the roster no longer names is no action and is forgotten at the next write") {
  Estates e;
  e.both_accounts({"hq"});
  e.recorded.accounts[0].settings.set(Field::kLocale, "de");
  e.has_account("gone").settings.set(Field::kLocale, "fr");
  e.recorded.accounts[1].released = true;
  CHECK(text(e).empty());
  const auto kept = plan::forget_unmanaged(e.desired, e.recorded);
  CHECK(kept.accounts[0].settings.find(Field::kLocale) == nullptr);
  CHECK(kept.accounts[0].settings.text(Field::kName) == "Account hq");
  CHECK(kept.accounts[1].settings.text(Field::kLocale) == "fr");
}

TEST_CASE("a change of on_remove alone sends nothing and is counted") {
  Estates e;
  e.both_accounts({"hq"});
  e.desired.accounts[0].on_remove = OnRemove::kSuspend;
  CHECK(text(e) == "0 w1 update accounts.hq (on_remove_changed)\n");
  const auto plan = e.make();
  const auto& effect = std::get<plan::AccountAction>(plan->actions[0].object).settings;
  CHECK(effect.changes.empty());
  CHECK(effect.on_remove_before == OnRemove::kRetain);
  CHECK(effect.on_remove == OnRemove::kSuspend);
  CHECK(plan::count(*plan).update == 1);
}

TEST_CASE("roles rise in phase 2, fall in phase 3, and leave with their reasons") {
  Estates e;
  e.both_accounts({"hq"});
  e.both_users({"up", "down", "out", "expired", "lowered"});
  e.has_user("left");
  e.want_grant("hq", "up", kAdmin), e.has_grant("hq", "up", kAgent);
  e.want_grant("hq", "down", kAgent), e.has_grant("hq", "down", kAdmin);
  e.has_grant("hq", "out", kAgent);
  e.has_grant("hq", "expired", kAgent), e.expire("hq", "expired", kAdmin);
  e.want_grant("hq", "lowered", kAgent), e.has_grant("hq", "lowered", kAdmin),
      e.expire("hq", "lowered", kAdmin);
  e.has_grant("hq", "left", kAdmin);
  CHECK(text(e) == R"(0 w2 change_role grants.hq/up@example.com agent->administrator (rule_raises)
1 w3 change_role grants.hq/down@example.com administrator->agent (rule_lowers)
2 w3 revoke grants.hq/expired@example.com agent->- (expired)
3 w3 revoke grants.hq/left@example.com administrator->- (user_left)
4 w3 change_role grants.hq/lowered@example.com administrator->agent (expired)
5 w3 revoke grants.hq/out@example.com agent->- (no_rule)
6 w4 release users.left@example.com (user_left) needs 3
)");
}

TEST_CASE("a role above what expired is no expiry") {
  Estates e;
  e.both_accounts({"hq"});
  e.both_users({"ana"});
  e.has_grant("hq", "ana", kAdmin), e.expire("hq", "ana", kAgent);
  CHECK(text(e) == "0 w3 revoke grants.hq/ana@example.com administrator->- (no_rule)\n");
}

TEST_CASE("a plan keeps the rules that it speaks of and no others") {
  Estates e;
  e.both_accounts({"hq"});
  e.both_users({"ana", "kim", "joe"});
  e.both_grant("hq", "ana", kAdmin);
  e.want_grant("hq", "kim", kAgent);
  e.has_grant("hq", "joe", kAgent), e.expire("hq", "joe", kAgent);
  const auto plan = e.make();
  REQUIRE(plan->causes.rules.size() == 2);
  CHECK(plan->causes.rules[0].origin.line == 101);
  CHECK(plan->causes.rules[1].origin.line == 102);
  REQUIRE(plan->actions.size() == 2);
  const auto lines = [&](std::size_t action) {
    return plan->causes.sets.at(std::get<plan::GrantAction>(plan->actions[action].object).cause);
  };
  CHECK(lines(0) == std::vector<std::uint32_t>{0});
  CHECK(lines(1) == std::vector<std::uint32_t>{1});
}

TEST_CASE("what leaves is released, suspended or deleted as the record says") {
  Estates e;
  e.has_account("kept");
  e.has_account("stopped").on_remove = OnRemove::kSuspend;
  e.has_account("dropped").on_remove = OnRemove::kDelete;
  e.has_user("gone").on_remove = OnRemove::kDelete;
  e.has_bot("triage", "dropped").on_remove = OnRemove::kDelete;
  e.has_bot("other", "kept");
  e.both_users({"stays"});
  e.has_grant("kept", "stays", kAgent);
  e.has_grant("dropped", "gone", kAgent);
  SECTION("deletions are listed as blocked") {
    CHECK(text(e) == R"(0 w4 delete accounts.dropped (account_left) blocked
1 w4 release accounts.kept leaves 1 (account_left)
2 w4 suspend accounts.stopped status="suspended" (account_left)
3 w4 delete users.gone@example.com (user_left) needs 0 blocked
4 w4 release agent_bots.other (bot_left)
5 w4 delete agent_bots.triage (bot_left) blocked
)");
    const auto totals = plan::count(*e.make());
    CHECK(totals == plan::Totals{0, 0, 1, 2, 3});
  }
  SECTION("deletions run with --allow-deletes") {
    e.options.allow_deletes = true;
    CHECK(plan::count(*e.make()) == plan::Totals{0, 0, 4, 2, 0});
    CHECK(text(e).find("blocked") == std::string::npos);
  }
}

TEST_CASE("the plan names leavers who stay in an account that is released") {
  Estates e;
  e.has_account("old");
  e.has_user("kim");
  e.both_users({"ana"});
  e.has_grant("old", "kim", kAdmin);
  e.has_grant("old", "ana", kAgent);
  CHECK(text(e) == R"(0 w4 release accounts.old leaves 2 (account_left)
1 w4 release users.kim@example.com (user_left)
)");
  CHECK(warnings(e) ==
        "warning: accounts.old leaves the roster with its members untouched: kim@example.com leaves the "
        "roster too "
        "but stays in that account [R915]\n"
        "  hint: to take their access away, remove them from the roster first and the account in a later "
        "apply\n");
}

TEST_CASE("only what was created is deleted") {
  Estates e;
  e.has_account("bound").on_remove = OnRemove::kDelete;
  e.recorded.accounts[0].provenance = Provenance::kBound;
  e.has_user("adopted").on_remove = OnRemove::kDelete;
  e.recorded.users[0].provenance = Provenance::kAdopted;
  e.options.allow_deletes = true;
  CHECK(text(e) == R"(0 w4 release accounts.bound (account_left)
1 w4 release users.adopted@example.com (user_left)
)");
  CHECK(warnings(e) ==
        "warning: accounts.bound has `on_remove: delete` but was bound, not created, by Rollcall: "
        "it is released instead [R913]\n  hint: "
        "delete it on the server yourself if it is no longer needed\n"
        "warning: users.adopted@example.com has `on_remove: delete` but was adopted, "
        "not created, by Rollcall: it is released instead [R913]\n  hint: "
        "delete it on the server yourself if it is no longer needed\n");
}

TEST_CASE("an account that was suspended when it left and is active again is suspended again") {
  Estates e;
  e.both_accounts({"hq"});
  model::RecordedAccount& old = e.has_account("old");
  old.released = true;
  old.on_remove = OnRemove::kSuspend;
  e.has_user("kim");
  e.want_user("kim");
  e.has_grant("old", "kim", kAgent);
  CHECK(text(e) == "0 w4 suspend accounts.old status=\"suspended\" (active_again)\n");
  const auto plan = e.make();
  const auto& account = std::get<plan::AccountAction>(plan->actions[0].object);
  CHECK(account.members == 1);
  CHECK(plan->removals == 1);
  e.options.guardrails.protected_accounts = {"old"};
  CHECK(plan::is_refused(*e.make()));
  e.recorded.accounts[1].suspended_by_removal = true;
  CHECK(text(e).empty());
  e.recorded.accounts[1].suspended_by_removal = false;
  e.recorded.accounts[1].missing_since = Time{};
  CHECK(text(e).empty());
}

TEST_CASE("what left the roster and is gone from the server is only dropped from the record") {
  Estates e;
  e.options.allow_deletes = true;
  for (const auto on_remove : {OnRemove::kRetain, OnRemove::kSuspend, OnRemove::kDelete}) {
    const std::string name = "k" + std::to_string(static_cast<int>(on_remove));
    model::RecordedAccount& account = e.has_account(name);
    account.on_remove = on_remove;
    account.missing_since = Time{};
  }
  e.has_user("kim").missing_since = Time{};
  CHECK(text(e) == R"(0 w4 release accounts.k0 (left_and_gone)
1 w4 release accounts.k1 (left_and_gone)
2 w4 release accounts.k2 (left_and_gone)
3 w4 release users.kim@example.com (left_and_gone)
)");
}

TEST_CASE("released objects that stay away are left alone, and those that come back are bound") {
  Estates e;
  e.has_account("hq").released = true;
  e.recorded.accounts[0].suspended_by_removal = true;
  e.has_user("ana").released = true;
  e.has_user("kim");
  e.has_bot("triage", "hq").released = true;
  e.has_grant("hq", "ana", kAgent);
  e.has_grant("hq", "kim", kAdmin);
  e.want_user("kim");
  SECTION("away") {
    CHECK(text(e).empty());
  }
  SECTION("back, with their grants") {
    e.want_account("hq");
    e.want_user("ana");
    e.want_bot("triage", "hq");
    e.want_grant("hq", "ana", kAgent);
    CHECK(text(e) == R"(0 w1 bind accounts.hq lift (came_back)
1 w1 bind users.ana@example.com (came_back)
2 w1 bind agent_bots.triage (came_back) needs 0
3 w3 revoke grants.hq/kim@example.com administrator->- (no_rule) needs 0
)");
  }
  SECTION("back, but suspended by the roster") {
    e.want_account("hq").settings.set(Field::kStatus, "suspended");
    e.want_grant("hq", "kim", kAdmin);
    CHECK(text(e) == R"(0 w1 bind accounts.hq (came_back)
1 w3 revoke grants.hq/ana@example.com agent->- (user_left) needs 0
)");
  }
}

TEST_CASE("an id binds, and never changes") {
  Estates e;
  SECTION("a new key") {
    e.want_account("hq").id = 42;
    e.both_users({"ana"});
    e.want_grant("hq", "ana", kAgent);
    CHECK(text(e) == R"(0 w1 bind accounts.hq (bind_requested)
1 w2 grant grants.hq/ana@example.com -->agent (rule_gives) needs 0
)");
    const auto plan = e.make();
    const auto& account = std::get<plan::AccountAction>(plan->actions[0].object);
    CHECK(account.id == 42);
    CHECK(account.provenance == Provenance::kBound);
    CHECK(account.settings.changes.empty());
    CHECK(account.settings.wanted.text(Field::kName) == "Account hq");
  }
  SECTION("a recorded key with the same id") {
    e.both_accounts({"hq"});
    e.desired.accounts[0].id = e.recorded.accounts[0].id;
    CHECK(text(e).empty());
  }
  SECTION("a recorded key with another id") {
    e.both_accounts({"hq"});
    e.desired.accounts[0].id = 7;
    CHECK(
        text(e) ==
        "error: accounts.hq has `id: 7` (roster.yaml:10), but the state records it with the id 100.\n"
        "hint: Put the id 100 back, or forget the recorded account first: rollcall state rm accounts.hq.\n");
  }
  SECTION("an id that is recorded under another key") {
    e.has_account("old");
    e.want_account("new").id = 100;
    CHECK(text(e) ==
          "error: accounts.new has `id: 100` (roster.yaml:10), but the state records that account as "
          "accounts.old.\n"
          "hint: Write `moved: [{from: accounts.old, to: accounts.new}]`, or forget the old key: rollcall "
          "state rm "
          "accounts.old.\n");
  }
  SECTION("every such error is counted") {
    e.both_accounts({"b", "a"});
    e.desired.accounts[0].id = e.desired.accounts[1].id = 7;
    CHECK(text(e).find(
              "error: accounts.a has `id: 7` (roster.yaml:11), but the state records it with the id 101. "
              "There is 1 more like it.\n") == 0);
  }
}

TEST_CASE("what is missing on the server is warned about, and what hangs on it is left out") {
  Estates e;
  e.both_accounts({"hq", "ok"});
  e.recorded.accounts[0].missing_since = Time(std::chrono::hours(24));
  e.both_users({"ana", "kim"});
  e.recorded.users[1].missing_since = Time(std::chrono::hours(24));
  e.want_bot("triage", "hq");
  e.want_grant("hq", "ana", kAdmin);
  e.want_grant("ok", "ana", kAdmin);
  e.want_grant("ok", "kim", kAgent);
  e.has_grant("hq", "kim", kAgent);
  CHECK(text(e) == "0 w2 grant grants.ok/ana@example.com -->administrator (rule_gives)\n");
  const auto plan = e.make();
  REQUIRE(plan->warnings.size() == 2);
  CHECK(
      render(plan->warnings[0], false) ==
      "roster.yaml:10:3: warning: accounts.hq is gone from the server since 1970-01-02T00:00:00Z, so nothing "
      "is "
      "planned for it [R914]\n"
      "  hint: create it again with `rollcall apply --recreate accounts.hq`, or take it out of the roster\n");
  CHECK(
      plan->warnings[1].hint ==
      "create it again with `rollcall apply --recreate users.kim@example.com`, or take it out of the roster");
  REQUIRE(plan->missing.size() == 2);
  CHECK(plan->missing[0] ==
        plan::MissingObject{"accounts.hq", Time(std::chrono::hours(24)), e.desired.accounts[0].origin});
}

TEST_CASE("what is missing is created again with its grants") {
  Estates e;
  e.both_accounts({"hq", "ok"});
  e.both_users({"ana", "kim"});
  e.want_grant("hq", "ana", kAdmin);
  e.has_grant("hq", "ana", kAdmin);
  e.has_grant("hq", "kim", kAgent);
  e.want_bot("triage", "hq");
  e.sort();
  const auto recreate = [&](const std::string& pattern) {
    e.options.recreated = plan::find_missing(e.recorded, {pattern}, e.directory);
    e.recorded = plan::drop_missing(e.options.recreated, e.recorded);
  };
  SECTION("an account") {
    e.recorded.accounts[0].missing_since = Time{};
    recreate("accounts.*");
    CHECK(text(e) ==
          "0 w1 create accounts.hq name=\"Account hq\" (recreated)\n"
          "1 w1 create agent_bots.triage name=\"Bot triage\" account=\"hq\" (new) needs 0\n"
          "2 w2 grant grants.hq/ana@example.com -->administrator (rule_gives) needs 0\n");
  }
  SECTION("a user") {
    e.recorded.users[0].missing_since = Time{};
    recreate("users.ANA@example.com");
    CHECK(text(e).find("create users.ana@example.com name=\"User ana\" (recreated)\n") != std::string::npos);
    CHECK(text(e).find("grant grants.hq/ana@example.com -->administrator (rule_gives) needs") !=
          std::string::npos);
  }
  SECTION("only what is marked as missing") {
    recreate("accounts.*");
    CHECK(e.options.recreated.empty());
    CHECK(e.recorded.accounts.size() == 2);
  }
}

TEST_CASE("a setting that the roster no longer names is told, and is no change") {
  Estates e;
  e.both_accounts({"initech", "hq"});
  e.recorded.accounts[0].settings.set(Field::kStatus, "suspended");
  e.recorded.accounts[1].settings.set({Field::kFeatures, "macros"}, true);
  e.both_users({"ana"});
  e.recorded.users[0].settings.set(Field::kDisplayName, "Ana");
  const auto plan = e.make();
  REQUIRE(plan);
  CHECK(plan->empty());
  REQUIRE(plan->unmanaged.size() == 3);
  CHECK(plan->unmanaged[0].address == "accounts.hq");
  CHECK(
      warnings(e) ==
      "roster.yaml:10:3: warning: `status` of accounts.initech is no longer managed and stays \"suspended\" "
      "[R919]\n"
      "  hint: write `status: active` to change it\n"
      "roster.yaml:11:3: warning: `features.macros` of accounts.hq is no longer managed and stays true "
      "[R919]\n"
      "  hint: write `features.macros` here again to manage it\n"
      "roster.yaml:50:3: warning: `display_name` of users.ana@example.com is no longer managed and stays "
      "\"Ana\" [R919]\n"
      "  hint: write `display_name` here again to manage it\n");
  const auto forgotten = plan::forget_unmanaged(e.desired, e.recorded);
  CHECK(forgotten.accounts[0].settings.size() == 1);
  SECTION("a part of the plan forgets nothing") {
    e.options.only = {"accounts.hq"};
    CHECK(e.make()->unmanaged.empty());
  }
  SECTION("what is released or gone keeps its settings") {
    e.recorded.accounts[0].released = true;
    e.recorded.accounts[1].missing_since = Time{};
    REQUIRE(e.make()->unmanaged.size() == 1);
    CHECK(plan::forget_unmanaged(e.desired, e.recorded).accounts == e.recorded.accounts);
  }
}

TEST_CASE("a joiner with a leaver's name gets a second look") {
  Estates e;
  e.has_user("ana-old").settings.set(Field::kName, "Ana");
  e.want_user("ana").settings.set(Field::kName, "Ana");
  CHECK(warnings(e) ==
        "roster.yaml:50:3: warning: users.ana@example.com joins with the name `Ana` of "
        "users.ana-old@example.com, who leaves in the same plan [R911]\n"
        "  hint: a new address for the same user? Then write `moved: [{from: users.ana-old@example.com, to: "
        "users.ana@example.com}]`\n");
}

TEST_CASE("so does an account that joins with the name of one that leaves") {
  Estates e;
  e.has_account("support-eu").settings.set(Field::kName, "Support");
  e.want_account("support-emea").settings.set(Field::kName, "Support");
  e.has_user("ana").settings.set(Field::kName, "Support");
  CHECK(warnings(e) ==
        "roster.yaml:10:3: warning: accounts.support-emea joins with the name `Support` of "
        "accounts.support-eu, which leaves in the same plan [R911]\n"
        "  hint: a new key for the same account? Then write `moved: [{from: accounts.support-eu, to: "
        "accounts.support-emea}]`\n");
}

TEST_CASE("of two rules that ended, the one that gave the recorded role is the cause, with its day") {
  Estates e;
  e.options.today = Date{20000};
  e.both_accounts({"hq"});
  e.both_users({"ana"});
  e.expire("hq", "ana", kAdmin);
  e.desired.causes.rules.back().until = Date{100};
  const model::CauseId administrator = e.desired.expired.back().cause;
  e.expire("hq", "ana", kAgent);
  e.desired.causes.rules.back().until = Date{200};
  const model::CauseId agent = e.desired.expired.back().cause;
  e.desired.expired_agents = {e.desired.expired.back()};
  e.desired.expired.pop_back();
  const auto cause_of = [&](model::Role recorded) {
    e.recorded.grants.clear();
    e.has_grant("hq", "ana", recorded);
    const auto plan = e.make();
    REQUIRE(plan->actions.size() == 1);
    const auto& grant = std::get<plan::GrantAction>(plan->actions[0].object);
    REQUIRE(plan->causes.sets.at(grant.cause).size() == 1);
    const model::RuleFacts& rule = plan->causes.rules.at(plan->causes.sets[grant.cause][0]);
    CHECK(grant.ended == rule.until);
    return rule.origin;
  };
  CHECK(cause_of(kAgent) == e.desired.causes.rules[e.desired.causes.sets[agent][0]].origin);
  CHECK(cause_of(kAdmin) == e.desired.causes.rules[e.desired.causes.sets[administrator][0]].origin);
  SECTION("the user's own last day counts where it was earlier") {
    e.desired.users[0].until = Date{50};
    const auto plan = e.make();
    CHECK(std::get<plan::GrantAction>(plan->actions.at(0).object).ended == Date{50});
  }
}

TEST_CASE("a role that the server was found to have raised says so") {
  Estates e;
  e.both_accounts({"hq"});
  e.both_users({"ana"});
  e.want_grant("hq", "ana", kAgent);
  e.has_grant("hq", "ana", kAdmin);
  e.options.guardrails.min_administrators = 0;
  CHECK(text(e).find("(rule_lowers)") != std::string::npos);
  e.options.raised = e.recorded.grants;
  CHECK(text(e).find("(raised_on_server)") != std::string::npos);
}

TEST_CASE("a new account with agents only gets a second look where nobody demands administrators") {
  Estates e;
  e.options.guardrails.min_administrators = 0;
  e.want_account("a"), e.want_account("b"), e.want_account("empty");
  e.both_users({"ana", "kim"});
  e.want_grant("a", "ana", kAgent), e.want_grant("a", "kim", kAgent);
  e.want_grant("b", "ana", kAdmin), e.want_grant("b", "kim", kAgent);
  CHECK(warnings(e) ==
        "roster.yaml:10:3: warning: the new account `a` gets 2 agents and no administrator [R912]\n"
        "  hint: add a grant with `role: administrator` for it\n");
  // Policy warns already.
  e.options.guardrails.min_administrators = 1;
  CHECK(warnings(e).empty());
}

TEST_CASE("a plan says how long it is what the roster says") {
  Estates e;
  e.desired.valid_until = Date{20000};
  CHECK(e.make()->valid_until == Date{20000});
}

TEST_CASE("wanted objects that are gone from the server are counted") {
  Estates e;
  e.both_accounts({"hq"});
  e.both_users({"ana"});
  e.want_bot("triage", "hq");
  e.has_bot("triage", "hq").missing_since = Time{};
  e.recorded.accounts[0].missing_since = e.recorded.users[0].missing_since = Time{};
  const auto plan = e.make();
  REQUIRE(plan);
  CHECK(plan->empty());
  CHECK(plan->missing.size() == 3);
}
