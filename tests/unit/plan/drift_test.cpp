#include <catch2/catch.hpp>

#include "support/random_estates.hpp"
#include "unit/plan/live.hpp"

using namespace rollcall;
using model::Field;
using model::ObjectKind;
using model::Role;
using model::Sight;
using test::agreed;
using test::Estates;
using test::kAdmin;
using test::kAgent;
using test::ThreeSides;

namespace {

plan::Drift drift(ThreeSides& e) {
  e.sort();
  return plan::find_drift(e.desired, e.recorded, e.live, e.directory);
}

std::string text(ThreeSides& e) {
  return test::describe(drift(e).items);
}

}  // namespace

TEST_CASE("three sides that agree show no drift, and what was looked at is counted") {
  ThreeSides e = agreed();
  const plan::Drift found = drift(e);
  CHECK(test::describe(found.items).empty());
  CHECK(found.accounts_checked == 1);
  CHECK(found.users_checked == 2);
  CHECK(found.grants_checked == 2);
  CHECK(found.accounts_listed);
  CHECK(found.users_read);
}

TEST_CASE("the six verdicts on a setting") {
  ThreeSides e = agreed();
  const auto set = [&](const char* wanted, const char* recorded, const char* live) {
    e.desired.accounts[0].settings.set(Field::kLocale, wanted);
    e.recorded.accounts[0].settings.set(Field::kLocale, recorded);
    e.live_account("hq").settings.set(Field::kLocale, live);
    return text(e);
  };
  CHECK(set("en", "en", "en").empty());
  CHECK(set("en", "en", "de") == "changed accounts.hq locale W=\"en\" R=\"en\" L=\"de\" !\n");
  CHECK(set("en", "de", "en") == "already_so accounts.hq locale W=\"en\" R=\"de\" L=\"en\"\n");
  CHECK(set("en", "de", "de") == "pending accounts.hq locale W=\"en\" R=\"de\" L=\"de\"\n");
  CHECK(set("en", "de", "fr") == "conflict accounts.hq locale W=\"en\" R=\"de\" L=\"fr\" !\n");
}

TEST_CASE("a setting that nobody recorded yet is pending or so already") {
  ThreeSides e = agreed();
  e.desired.accounts[0].settings.set(Field::kLocale, "en");
  e.live_account("hq").settings.set(Field::kLocale, "de");
  CHECK(text(e) == "pending accounts.hq locale W=\"en\" L=\"de\"\n");
  e.live_account("hq").settings.set(Field::kLocale, "en");
  CHECK(text(e) == "already_so accounts.hq locale W=\"en\" L=\"en\"\n");
}

TEST_CASE("settings that nobody manages are not compared") {
  ThreeSides e = agreed();
  e.live_account("hq").settings.set(Field::kLocale, "de");
  e.live_account("hq").settings.set({Field::kFeatures, "macros"}, true);
  e.live_user("ana").settings.set(Field::kDisplayName, "A");
  e.recorded.accounts[0].settings.set(Field::kDomain, "forgotten.example.com");
  CHECK(text(e).empty());
}

TEST_CASE("a feature that the server does not name is off, any other absence is null") {
  ThreeSides e = agreed();
  const auto both = [&](model::SettingName name, model::Value value) {
    e.desired.accounts[0].settings.set(name, value);
    e.recorded.accounts[0].settings.set(name, value);
  };
  both({Field::kFeatures, "macros"}, false);
  both({Field::kFeatures, "help_center"}, true);
  both({Field::kLimits, "agents"}, model::Value());
  both({Field::kCustomAttributes, "region"}, "emea");
  CHECK(text(e) ==
        "changed accounts.hq custom_attributes.region W=\"emea\" R=\"emea\" L=null !\n"
        "changed accounts.hq features.help_center W=true R=true L=false !\n");
}

TEST_CASE("a bot's outgoing_url is never compared, its account is") {
  ThreeSides e = agreed();
  e.live_bot("triage").settings.set(Field::kOutgoingUrl, "Bot triage");
  CHECK(text(e).empty());
  e.live_bot("triage").account_id = 4711;
  CHECK(text(e) == "changed agent_bots.triage account W=\"hq\" R=\"hq\" L=\"#4711\" !\n");
  e.live_bot("triage").account_id.reset();
  CHECK(text(e) == "changed agent_bots.triage account W=\"hq\" R=\"hq\" L=null !\n");
}

TEST_CASE("objects that are gone, and objects that could not be read") {
  ThreeSides e = agreed();
  SECTION("gone") {
    e.live_account("hq").sight = Sight::kMissing;
    e.live_user("kim").sight = Sight::kMissing;
    e.live_bot("triage").sight = Sight::kMissing;
    CHECK(text(e) ==
          "gone accounts.hq W=Account hq R=Account hq !\n"
          "gone agent_bots.triage W=Bot triage R=Bot triage !\n"
          "gone users.kim@example.com W=Person kim R=Person kim !\n");
  }
  SECTION("gone, and seen to be gone before") {
    e.recorded.accounts[0].missing_since = Time(std::chrono::hours(24));
    e.live_account("hq").sight = Sight::kMissing;
    CHECK(text(e) == "gone accounts.hq W=Account hq R=Account hq ! (first missed 1970-01-02T00:00:00Z)\n");
  }
  SECTION("failed reads are never taken for gone") {
    e.live_account("hq").sight = Sight::kFailed;
    e.live_account("hq").failure = "the server answered 500";
    e.live_user("kim").sight = Sight::kNotPermitted;
    const plan::Drift found = drift(e);
    CHECK(found.items.empty());
    REQUIRE(found.failures.size() == 2);
    CHECK(found.failures[0] == plan::ReadFailure{"accounts.hq", "the server answered 500"});
    CHECK(found.failures[1] == plan::ReadFailure{"users.kim@example.com",
                                                 "the server has it, but does not let this token read it"});
  }
  SECTION("members that could not be read") {
    e.live_account("hq").members_sight = Sight::kFailed;
    e.live_account("hq").members_failure = "timed out";
    e.live_account("hq").members.clear();
    const plan::Drift found = drift(e);
    CHECK(found.items.empty());
    CHECK(found.failures == std::vector{plan::ReadFailure{"accounts.hq", "timed out"}});
  }
  SECTION("people whom nobody read") {
    e.live.users.clear();
    const plan::Drift found = drift(e);
    CHECK(found.items.empty());
    CHECK(found.failures.empty());
    CHECK_FALSE(found.users_read);
  }
}

TEST_CASE("the verdicts on a grant") {
  ThreeSides e;
  e.both_accounts({"hq"});
  e.both_users({"changed", "gone", "raised", "raising", "conflict", "kept", "revoked", "added", "odd"});
  e.both_grant("hq", "changed", kAgent);
  e.both_grant("hq", "gone", kAgent);
  e.has_grant("hq", "raised", kAgent), e.want_grant("hq", "raised", kAdmin);
  e.has_grant("hq", "raising", kAgent), e.want_grant("hq", "raising", kAdmin);
  e.has_grant("hq", "kept", kAgent);
  e.has_grant("hq", "revoked", kAgent);
  e.want_grant("hq", "added", kAgent);
  e.want_grant("hq", "conflict", kAdmin);
  e.both_grant("hq", "odd", kAgent);
  e.live_as_recorded();
  e.set_member("hq", "changed", kAdmin);
  e.drop_member("hq", "gone");
  e.set_member("hq", "raised", kAdmin);
  e.drop_member("hq", "revoked");
  e.set_member("hq", "conflict", kAgent);
  e.set_member("hq", "odd", std::nullopt);
  CHECK(text(e) ==
        "pending grants.hq/added@example.com role W=agent\n"
        "changed grants.hq/changed@example.com role W=agent R=agent L=administrator !\n"
        "conflict grants.hq/conflict@example.com role W=administrator L=agent !\n"
        "gone grants.hq/gone@example.com role W=agent R=agent !\n"
        "pending grants.hq/kept@example.com role R=agent L=agent\n"
        "changed grants.hq/odd@example.com role W=agent R=agent L=no role !\n"
        "already_so grants.hq/raised@example.com role W=administrator R=agent L=administrator\n"
        "pending grants.hq/raising@example.com role W=administrator R=agent L=agent\n"
        "already_so grants.hq/revoked@example.com role R=agent\n");
}

TEST_CASE("unlisted members, with and without an address") {
  ThreeSides e = agreed();
  e.stranger(900, "guest");
  e.stranger(901, "secret").sight = Sight::kNotPermitted;
  e.live_account("hq").members.push_back({900, kAdmin});
  e.live_account("hq").members.push_back({901, kAgent});
  e.live_account("hq").members.push_back({902, kAgent});
  CHECK(text(e) ==
        "unlisted grants.hq/#901 role L=agent (not permitted)\n"
        "unlisted grants.hq/#902 role L=agent (nobody read)\n"
        "unlisted grants.hq/guest@example.com role L=administrator\n");
  e.desired.accounts[0].unlisted_members = model::UnlistedMembers::kRevoke;
  CHECK(text(e).find("unlisted grants.hq/guest@example.com role L=administrator !\n") != std::string::npos);
  CHECK(text(e).find("#901 role L=agent ! (not permitted") != std::string::npos);
}

TEST_CASE("members without an address are listed by the number of their id") {
  ThreeSides e = agreed();
  for (const model::ServerId id : {1000, 901, 9000}) e.live_account("hq").members.push_back({id, kAgent});
  CHECK(text(e) ==
        "unlisted grants.hq/#901 role L=agent (nobody read)\n"
        "unlisted grants.hq/#1000 role L=agent (nobody read)\n"
        "unlisted grants.hq/#9000 role L=agent (nobody read)\n");
}

TEST_CASE("a person of the roster who is a member where no rule says so is unlisted there") {
  ThreeSides e = agreed();
  e.both_accounts({"lab"});
  e.live_as_recorded();
  e.set_member("lab", "kim", kAgent);
  e.desired.accounts[1].unlisted_members = model::UnlistedMembers::kRevoke;
  CHECK(text(e) == "unlisted grants.lab/kim@example.com role L=agent !\n");
}

TEST_CASE("objects that only the server has") {
  ThreeSides e = agreed();
  model::LiveAccount account;
  account.id = 800;
  account.sight = Sight::kSeen;
  account.settings.set(Field::kName, "Theirs");
  e.live.accounts.push_back(account);
  e.live.bots.push_back({801, Sight::kSeen, {}, account.settings, {}});
  e.stranger(900, "guest");
  CHECK(text(e) ==
        "unlisted accounts.#800 L=Theirs\n"
        "unlisted agent_bots.#801 L=Theirs\n"
        "unlisted users.guest@example.com L=Stranger guest\n");
  e.want_account("theirs").id = 800;
  CHECK(text(e).find("accounts.#800") == std::string::npos);
}

TEST_CASE("what waits for an apply is pending, and released objects are no drift") {
  ThreeSides e = agreed();
  e.has_account("closed").released = true;
  e.has_user("away").released = true;
  e.has_grant("closed", "kim", kAgent);
  e.live_as_recorded();
  e.live_account("closed").settings.set(Field::kName, "Renamed");
  e.live_account("closed").members.clear();
  e.live_user("away").sight = Sight::kMissing;
  CHECK(text(e).empty());
  e.want_account("new");
  e.want_user("joe");
  e.want_grant("new", "joe", kAdmin);
  std::erase_if(e.desired.users, [&](const auto& user) { return user.user == e.user("kim"); });
  CHECK(text(e) ==
        "pending accounts.new W=Account new\n"
        "pending grants.new/joe@example.com role W=administrator\n"
        "pending users.joe@example.com W=Person joe\n"
        "pending users.kim@example.com R=Person kim L=Person kim\n");
}

TEST_CASE("an e-mail address that was changed by hand") {
  ThreeSides e = agreed();
  e.live_user("kim").email = Estates::email("kimberly");
  CHECK(text(e) ==
        "changed users.kim@example.com email W=kim@example.com R=kim@example.com L=kimberly@example.com ! "
        "(address stays)\n");
}

TEST_CASE("a move that waits for an apply is pending, not gone and new") {
  ThreeSides e = agreed();
  e.desired.users[1].user = e.user("kimberly");
  e.desired.grants[1].grant.user = e.user("kimberly");
  e.move(ObjectKind::kUser, "kim", "kimberly");
  CHECK(text(e) ==
        "pending users.kimberly@example.com email W=kimberly@example.com R=kim@example.com "
        "L=kim@example.com\n");
}

TEST_CASE("the place in the roster comes along") {
  ThreeSides e = agreed();
  e.live_account("hq").settings.set(Field::kName, "X");
  e.drop_member("hq", "ana");
  const plan::Drift found = drift(e);
  REQUIRE(found.items.size() == 2);
  CHECK(found.items[0].origin.line == 10);
  CHECK(found.items[1].origin.line == 100);
}

TEST_CASE("the place of a default is its line in `defaults`") {
  ThreeSides e = agreed();
  e.desired.accounts[0].settings.set(Field::kLocale, "de");
  e.desired.accounts[0].defaulted.settings.push_back({{Field::kLocale, ""}, Origin{e.file, 3, 5}});
  e.recorded.accounts[0].settings.set(Field::kLocale, "de");
  e.live_account("hq").settings.set(Field::kLocale, "fr");
  e.live_account("hq").settings.set(Field::kName, "X");
  const plan::Drift found = drift(e);
  REQUIRE(found.items.size() == 2);
  CHECK(found.items[0].what == "locale");
  CHECK(found.items[0].origin.line == 3);
  CHECK(found.items[1].what == "name");
  CHECK(found.items[1].origin.line == 10);
}

TEST_CASE("a broken listing is told") {
  ThreeSides e = agreed();
  e.live.accounts_listing = model::AccountListing::kNone;
  e.live.bots_listed = false;
  CHECK_FALSE(drift(e).accounts_listed);
  CHECK_FALSE(drift(e).bots_listed);
}
