#include <catch2/catch.hpp>

#include "plan/live_view.hpp"
#include "support/estates.hpp"

using namespace rollcall;
using model::Field;
using model::Role;
using model::Sight;
using test::Estates;
using test::kAdmin;
using test::kAgent;

namespace {

/// The roster binds `hq` to account 42 and adopts ana; the server has both, and joe, whom the roster does not
/// list.
struct Brownfield : Estates {
  model::LiveEstate live;

  Brownfield() {
    model::DesiredAccount& hq = want_account("hq");
    hq.id = 42;
    hq.settings.set(Field::kLocale, "de");
    want_user("ana").adopt = true;
    want_user("kim");
    has_user("kim");
    want_grant("hq", "ana", kAdmin);
    want_grant("hq", "kim", kAgent);
    user("joe");
    live.accounts.push_back(
        {{42, Sight::kSeen, {}, {}}, {{}, Sight::kSeen, {}, {{7, kAdmin}, {8, kAgent}, {100, kAdmin}}}});
    live.accounts[0].settings.set(Field::kName, "Account hq");
    live.accounts[0].settings.set(Field::kLocale, "en");
    live.users.push_back({{7, Sight::kSeen, {}, {}}, {{}, email("ana"), {}}});
    live.users[0].settings.set(Field::kName, "Ana");
    live.users.push_back({{8, Sight::kSeen, {}, {}}, {{}, email("joe"), {}}});
    live.users.push_back({{100, Sight::kSeen, {}, {}}, {{}, email("kim"), {}}});
  }

  void look() {
    sort();
    options.existing = plan::find_existing(desired, recorded, live, directory);
  }
};

}  // namespace

TEST_CASE("what is bound is unknown unless the server was read") {
  Brownfield e;
  CHECK(text(e) ==
        "0 w1 bind accounts.hq (bind_requested)\n"
        "1 w1 create users.ana@example.com adopt name=\"User ana\" (new)\n"
        "2 w2 grant grants.hq/ana@example.com -->administrator (rule_gives) needs 0,1\n"
        "3 w2 grant grants.hq/kim@example.com -->agent (rule_gives) needs 0\n");
}

TEST_CASE("a look at the server shows what really differs, and no member as new") {
  Brownfield e;
  e.look();
  e.options.guardrails.min_administrators = 0;
  CHECK(text(e) ==
        "0 w1 bind accounts.hq locale=\"de\" (bind_requested)\n"
        "1 w1 create users.ana@example.com adopt name=\"User ana\" (new)\n"
        "2 w2 bind grants.hq/ana@example.com administrator->administrator unlisted (rule_gives) needs 0,1\n"
        "3 w3 change_role grants.hq/kim@example.com administrator->agent unlisted (rule_lowers) needs 0\n");
  const auto plan = e.make();
  const auto& account = std::get<plan::AccountAction>(plan->actions[0].object);
  CHECK(account.settings.compared);
  CHECK(account.settings.changes.at(0).before == model::Value("en"));
  const auto& user = std::get<plan::UserAction>(plan->actions[1].object);
  CHECK(user.id == 7);
  CHECK(user.settings.changes.at(0).before == model::Value("Ana"));
  CHECK(plan::count(*plan).create == 1);
  CHECK(plan::count(*plan).update == 3);
}

TEST_CASE("members of a bound account count for the guardrails, and are revoked where the roster says so") {
  Brownfield e;
  e.desired.accounts[0].unlisted_members = model::UnlistedMembers::kRevoke;
  e.desired.grants.clear();
  e.look();
  CHECK(text(e).find("revoke grants.hq/ana@example.com administrator->- unlisted (unlisted_member)") !=
        std::string::npos);
  CHECK(text(e).find("revoke grants.hq/joe@example.com agent->- unlisted (unlisted_member)") !=
        std::string::npos);
  e.want_grant("hq", "joe", kAgent);
  e.want_user("joe");
  const auto plan = e.make();
  REQUIRE(plan->violations.size() == 1);
  CHECK(plan->violations[0].guardrail == plan::Guardrail::kMinAdministrators);
}

TEST_CASE("a bind that suspends is a removal once it is known to be one") {
  Brownfield e;
  e.desired.accounts[0].settings.set(Field::kStatus, "suspended");
  CHECK_FALSE(plan::takes_away(e.make()->actions[0]));
  e.live.accounts[0].settings.set(Field::kStatus, "active");
  e.look();
  CHECK(plan::takes_away(e.make()->actions[0]));
  CHECK(std::get<plan::AccountAction>(e.make()->actions[0].object).members == 3);
  e.live.accounts[0].settings.set(Field::kStatus, "suspended");
  e.look();
  CHECK_FALSE(plan::takes_away(e.make()->actions[0]));
}

TEST_CASE("a look at what comes back shows what really differs") {
  Brownfield e;
  model::RecordedAccount& hq = e.has_account("hq");
  hq.id = 42;
  hq.released = true;
  model::RecordedUser& ana = e.has_user("ana");
  ana.id = 7;
  ana.released = true;
  e.options.guardrails.min_administrators = 0;
  e.look();
  const auto plan = e.make();
  REQUIRE(plan->actions.size() >= 2);
  const auto& account = std::get<plan::AccountAction>(plan->actions[0].object);
  CHECK(account.settings.compared);
  REQUIRE(account.settings.changes.size() == 1);
  CHECK(account.settings.changes[0].before == model::Value("en"));
  const auto& user = std::get<plan::UserAction>(plan->actions[1].object);
  CHECK(user.settings.compared);
  CHECK(user.settings.changes.at(0).before == model::Value("Ana"));
}

TEST_CASE("who may stay unread: members of an account that keeps them, where nobody else is looked for") {
  Estates e;
  e.both_accounts({"hq"});
  e.both_users({"ana"});
  e.both_grant("hq", "ana", kAdmin);
  const auto may = [&] {
    e.sort();
    return plan::may_stay_unread(e.desired, e.recorded, e.desired.accounts[0]);
  };
  CHECK_FALSE(may());
  e.desired.accounts[0].unlisted_members = model::UnlistedMembers::kKeep;
  CHECK(may());
  SECTION("somebody is wanted there who has no recorded id") {
    e.want_user("joe");
    e.want_grant("hq", "joe", kAgent);
  }
  SECTION("somebody was wanted there who has no recorded id") {
    e.want_user("joe");
    e.desired.expired.push_back({{e.account("hq"), e.user("joe"), kAgent}, 0});
  }
  SECTION("somebody is wanted there who is marked missing") {
    e.recorded.users[0].missing_since = Time{};
  }
  CHECK_FALSE(may());
}

TEST_CASE("only what is not recorded and was seen is taken for existing") {
  Brownfield e;
  SECTION("an account that the record has under another key") {
    e.has_account("other").id = 42;
  }
  SECTION("an account that is not there") {
    e.live.accounts[0].sight = Sight::kMissing;
  }
  e.desired.users[0].adopt = false;
  e.look();
  CHECK(e.options.existing == plan::Existing{});
}
