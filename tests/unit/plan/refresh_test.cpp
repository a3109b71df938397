#include "plan/refresh.hpp"

#include <catch2/catch.hpp>

#include "support/random_estates.hpp"
#include "unit/plan/live.hpp"

using namespace rollcall;
using model::Field;
using model::Role;
using model::Sight;
using test::agreed;
using test::Estates;
using test::kAdmin;
using test::kAgent;
using test::ThreeSides;

namespace {

const Time kNow{std::chrono::hours(48)};

plan::Refreshed refresh(ThreeSides& e) {
  return plan::refresh(e.recorded, e.live, e.directory, kNow);
}

}  // namespace

TEST_CASE("a server that says what the record says changes nothing") {
  ThreeSides e = agreed();
  const auto done = refresh(e);
  CHECK(done.recorded == e.recorded);
  CHECK(done.changes.empty());
}

TEST_CASE("managed settings are adopted, others are not") {
  ThreeSides e = agreed();
  e.recorded.accounts[0].settings.set({Field::kFeatures, "macros"}, true);
  e.live_account("hq").settings.set(Field::kName, "Other");
  e.live_account("hq").settings.set(Field::kLocale, "de");
  e.live_bot("triage").settings.set(Field::kOutgoingUrl, "Bot triage");
  e.live_bot("triage").account_id.reset();
  const auto done = refresh(e);
  CHECK(test::describe(done.changes) ==
        "changed accounts.hq features.macros R=true L=false !\n"
        "changed accounts.hq name R=\"Account hq\" L=\"Other\" !\n"
        "changed agent_bots.triage account R=\"hq\" L=null !\n");
  const auto& settings = done.recorded.accounts[0].settings;
  CHECK(settings.text(Field::kName) == "Other");
  CHECK(*settings.find({Field::kFeatures, "macros"}) == model::Value(false));
  CHECK(settings.find(Field::kLocale) == nullptr);
  CHECK(done.recorded.bots[0].settings.text(Field::kOutgoingUrl) == "https://bots.example.com/triage");
}

TEST_CASE("nothing is forgotten: what is gone is marked, and unmarked when it is back") {
  ThreeSides e = agreed();
  e.live_account("hq").sight = Sight::kMissing;
  e.live_user("kim").sight = Sight::kMissing;
  const auto done = refresh(e);
  CHECK(test::describe(done.changes) ==
        "gone accounts.hq R=Account hq !\n"
        "gone users.kim@example.com R=User kim !\n");
  REQUIRE(done.recorded.accounts.size() == 1);
  CHECK(done.recorded.accounts[0].missing_since == kNow);
  CHECK(done.recorded.grants == e.recorded.grants);

  e.recorded = done.recorded;
  const auto later = plan::refresh(e.recorded, e.live, e.directory, kNow + std::chrono::hours(1));
  CHECK(later.recorded == e.recorded);
  CHECK(later.changes.empty());

  e.live_account("hq").sight = e.live_user("kim").sight = Sight::kSeen;
  const auto back = refresh(e);
  CHECK_FALSE(back.recorded.accounts[0].missing_since);
  CHECK(test::describe(back.changes).find("changed accounts.hq L=Account hq ! (back)\n") == 0);
}

TEST_CASE("a grant that is gone leaves the record, one that changed is recorded as it is") {
  ThreeSides e = agreed();
  e.drop_member("hq", "kim");
  e.set_member("hq", "ana", kAgent);
  const auto done = refresh(e);
  CHECK(test::describe(done.changes) ==
        "changed grants.hq/ana@example.com role R=administrator L=agent !\n"
        "gone grants.hq/kim@example.com role R=agent !\n");
  CHECK(done.recorded.grants == std::vector{model::Grant{e.account("hq"), e.user("ana"), kAgent}});
  e.recorded = done.recorded;
  CHECK(test::describe(*e.make(), e.directory) ==
        "0 w2 change_role grants.hq/ana@example.com agent->administrator (rule_raises)\n"
        "1 w2 grant grants.hq/kim@example.com -->agent (rule_gives)\n");
}

TEST_CASE("a membership without a role is granted anew") {
  ThreeSides e = agreed();
  e.set_member("hq", "kim", std::nullopt);
  const auto done = refresh(e);
  CHECK(test::describe(done.changes) == "changed grants.hq/kim@example.com role R=agent L=no role !\n");
  e.recorded = done.recorded;
  CHECK(test::describe(*e.make(), e.directory) ==
        "0 w2 grant grants.hq/kim@example.com -->agent unlisted (rule_gives)\n");
}

TEST_CASE("members that the roster does not list are recorded as seen") {
  ThreeSides e = agreed();
  e.recorded.accounts[0].unlisted = {{899, kAgent, Estates::email("old")}};
  e.live_account("hq").members.push_back({900, kAdmin});
  e.live_account("hq").members.push_back({901, std::nullopt});
  e.stranger(900, "guest");
  const auto done = refresh(e);
  CHECK(test::describe(done.changes) ==
        "unlisted grants.hq/#901 role L=no role (nobody read)\n"
        "unlisted grants.hq/guest@example.com role L=administrator\n");
  CHECK(done.recorded.accounts[0].unlisted ==
        std::vector<model::UnlistedMember>{{900, kAdmin, Estates::email("guest")},
                                           {901, std::nullopt, std::nullopt}});
  CHECK(done.recorded.grants == e.recorded.grants);
  e.recorded = done.recorded;
  CHECK(refresh(e).changes.empty());
}

TEST_CASE("an address that was read once is kept where a later look at its user fails") {
  ThreeSides e = agreed();
  e.recorded.accounts[0].unlisted = {{900, kAgent, Estates::email("guest")}};
  e.live_account("hq").members.push_back({900, kAgent});
  model::LiveUser guest;
  guest.id = 900;
  guest.sight = Sight::kFailed;
  guest.failure = "timed out";
  e.live.users.push_back(guest);
  const auto done = refresh(e);
  CHECK(done.recorded == e.recorded);
  CHECK(done.changes.empty());
  CHECK(done.failures ==
        std::vector{plan::ReadFailure{
            "users.*", "1 member that the roster does not list could not be read (#900): timed out"}});
  e.live.users.clear();
  CHECK(refresh(e).recorded == e.recorded);
  e.live.unlisted_not_read = 1;
  CHECK(refresh(e).failures ==
        std::vector{
            plan::ReadFailure{"users.*",
                              "1 member that the roster does not list was not looked up, because one run "
                              "looks up at most 1,000 of them: list them, or say `unlisted_members: keep` "
                              "where they are meant to be there"}});
}

TEST_CASE("failed reads leave things as they are") {
  ThreeSides e = agreed();
  e.recorded.accounts[0].unlisted = {{900, kAgent, std::nullopt}};
  SECTION("the account") {
    e.live_account("hq").sight = Sight::kNotPermitted;
  }
  SECTION("its members") {
    e.live_account("hq").members_sight = Sight::kFailed;
  }
  SECTION("everything") {
    e.live = {};
  }
  if (!e.live.accounts.empty()) e.live_account("hq").members.clear();
  const auto done = refresh(e);
  CHECK(done.recorded == e.recorded);
  CHECK(done.changes.empty());
}

TEST_CASE("released objects stay as they were released") {
  ThreeSides e = agreed();
  e.recorded.accounts[0].released = true;
  e.recorded.users[1].released = true;
  e.live_account("hq").settings.set(Field::kName, "Other");
  e.live_account("hq").members.clear();
  e.live_user("kim").sight = Sight::kMissing;
  const auto done = refresh(e);
  CHECK(done.recorded == e.recorded);
}

TEST_CASE("whether a suspension by on_remove holds is recorded as seen") {
  ThreeSides e = agreed();
  model::RecordedAccount& closed = e.has_account("closed");
  closed.on_remove = model::OnRemove::kSuspend;
  closed.released = closed.suspended_by_removal = true;
  closed.settings.set(Field::kStatus, "active");
  e.live_as_recorded();
  CHECK(refresh(e).changes.empty());
  e.live_account("closed").settings.set(Field::kStatus, "active");
  const auto lifted = refresh(e);
  CHECK(test::describe(lifted.changes) ==
        "changed accounts.closed status R=\"suspended\" L=\"active\" ! (active again)\n");
  const auto* now = model::find(lifted.recorded, e.account("closed"));
  CHECK(now->released);
  CHECK_FALSE(now->suspended_by_removal);
  e.recorded = lifted.recorded;
  CHECK(refresh(e).changes.empty());
  e.live_account("closed").settings.set(Field::kStatus, "suspended");
  const auto again = refresh(e);
  CHECK(test::describe(again.changes) == "changed accounts.closed status L=\"suspended\" !\n");
  CHECK(model::find(again.recorded, e.account("closed"))->suspended_by_removal);
  e.live_account("closed").sight = Sight::kMissing;
  CHECK(model::find(refresh(e).recorded, e.account("closed"))->missing_since == kNow);
  e.live_account("closed").sight = Sight::kFailed;
  CHECK(refresh(e).failures.size() == 1);
}

TEST_CASE("a leaver who is to be deleted tells which memberships in released accounts are over") {
  ThreeSides e = agreed();
  e.has_account("old").released = true;
  model::RecordedUser& joe = e.has_user("joe");
  joe.released = true;
  joe.on_remove = model::OnRemove::kDelete;
  e.has_grant("old", "joe", kAgent);
  e.has_grant("old", "kim", kAgent);
  e.live_as_recorded();
  const model::ServerId old = model::find(e.recorded, e.account("old"))->id;
  const model::ServerId id = model::find(e.recorded, e.user("joe"))->id;
  const_cast<model::RecordedAccount*>(model::find(e.recorded, e.account("old")))->unlisted = {
      {id, kAgent, std::nullopt}, {900, kAgent, std::nullopt}};
  e.live_user("joe").memberships = {{old, kAgent}};
  CHECK(refresh(e).changes.empty());
  e.live_user("joe").memberships = {{old + 500, kAgent}};
  const auto done = refresh(e);
  CHECK(test::describe(done.changes) == "gone grants.old/joe@example.com role R=agent !\n");
  CHECK(model::find(done.recorded, e.account("old"), e.user("joe")) == nullptr);
  // Whoever stays is not asked about accounts that were let go.
  CHECK(model::find(done.recorded, e.account("old"), e.user("kim")) != nullptr);
  CHECK(model::find(done.recorded, e.account("old"))->unlisted ==
        std::vector<model::UnlistedMember>{{900, kAgent, std::nullopt}});
  e.live_user("joe").sight = Sight::kMissing;
  CHECK(model::find(refresh(e).recorded, e.user("joe"))->missing_since == kNow);
  e.live_user("joe").sight = Sight::kFailed;
  const auto failed = refresh(e);
  CHECK(failed.recorded == e.recorded);
  CHECK(failed.failures.size() == 1);
}

TEST_CASE("an address that was changed by hand stays recorded as it was") {
  ThreeSides e = agreed();
  e.live_user("kim").email = Estates::email("kimberly");
  const auto done = refresh(e);
  CHECK(done.recorded == e.recorded);
  REQUIRE(done.told.size() == 1);
  CHECK(done.told[0].what == "email");
}

TEST_CASE("a refreshed record shows no drift that counts but what the roster says otherwise") {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    INFO("seed " << seed);
    test::RandomEstates random(seed);
    random.record_something();
    random.want_something(5000);
    ThreeSides e;
    static_cast<Estates&>(e) = random.estates();
    e.live_as_recorded();
    for (auto& account : e.recorded.accounts) account.missing_since.reset();
    for (auto& user : e.recorded.users) user.missing_since.reset();
    for (auto& account : e.live.accounts) {
      if (!account.members.empty() && random.one_in(2)) account.members.erase(account.members.begin());
      if (random.one_in(3)) account.settings.set(Field::kName, "By hand");
    }
    e.recorded = refresh(e).recorded;
    // Of what was released a refresh takes nothing.
    const auto of_released = [&](const std::string& address) {
      return std::any_of(e.recorded.accounts.begin(), e.recorded.accounts.end(), [&](const auto& account) {
        return account.released &&
               address.find("." + e.directory.key(account.ref) + "/") != std::string::npos;
      });
    };
    for (const plan::DriftItem& item :
         plan::find_drift(e.desired, e.recorded, e.live, e.directory, e.context).items) {
      INFO(test::describe({item}));
      REQUIRE((item.verdict == plan::Verdict::kPending || item.verdict == plan::Verdict::kUnlisted ||
               item.verdict == plan::Verdict::kConverged || item.verdict == plan::Verdict::kExpired ||
               of_released(item.address) || (item.wanted && !item.recorded && item.live)));
    }
    REQUIRE(refresh(e).changes.empty());
  }
}

TEST_CASE("the mark of a search does not pass an account that may show that the state is old") {
  ThreeSides e = agreed();
  const auto known = e.live.accounts.front().id;
  model::LiveAccount unknown;
  unknown.id = known + 5;
  unknown.sight = Sight::kSeen;
  unknown.marker = "lineage/lost/nonce";
  e.live.accounts.push_back(unknown);
  e.live.accounts_seen_to = known + 9;
  CHECK(refresh(e).recorded.accounts_seen_to == known + 4);
  model::forget(e.recorded, {{model::ObjectKind::kAccount, "lost", {}}, unknown.id, "nonce"});
  CHECK(refresh(e).recorded.accounts_seen_to == known + 9);
}

TEST_CASE("a refresh counts what the server told, and nothing else") {
  ThreeSides e = agreed();
  const auto all = refresh(e);
  CHECK(all.accounts_checked == 1);
  CHECK(all.users_checked == 2);
  CHECK(all.grants_checked == 2);
  e.live_account("hq").members.push_back({999, kAgent});
  e.live_user("kim").sight = Sight::kMissing;
  const auto more = refresh(e);
  CHECK(more.users_checked == 2);
  CHECK(more.grants_checked == 3);
  for (auto& account : e.live.accounts) account.sight = account.members_sight = Sight::kFailed;
  for (auto& user : e.live.users) user.sight = Sight::kNotPermitted;
  const auto none = refresh(e);
  CHECK(none.accounts_checked == 0);
  CHECK(none.users_checked == 0);
  CHECK(none.grants_checked == 0);
  CHECK(none.changes.empty());
  CHECK(none.failures.size() == 3);
}
