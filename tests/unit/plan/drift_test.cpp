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
  return plan::find_drift(e.desired, e.recorded, e.live, e.directory, e.context);
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

TEST_CASE("the verdicts on a setting") {
  ThreeSides e = agreed();
  const auto set = [&](const char* wanted, const char* recorded, const char* live) {
    e.desired.accounts[0].settings.set(Field::kLocale, wanted);
    e.recorded.accounts[0].settings.set(Field::kLocale, recorded);
    e.live_account("hq").settings.set(Field::kLocale, live);
    return text(e);
  };
  CHECK(set("en", "en", "en").empty());
  CHECK(set("en", "en", "de") == "changed accounts.hq locale W=\"en\" R=\"en\" L=\"de\" !\n");
  CHECK(set("en", "de", "en") == "converged accounts.hq locale W=\"en\" R=\"de\" L=\"en\"\n");
  CHECK(set("en", "de", "de") == "pending accounts.hq locale W=\"en\" R=\"de\" L=\"de\" !\n");
  CHECK(set("en", "de", "fr") == "conflict accounts.hq locale W=\"en\" R=\"de\" L=\"fr\" !\n");
}

TEST_CASE("a setting that nobody recorded yet is pending or so already") {
  ThreeSides e = agreed();
  e.desired.accounts[0].settings.set(Field::kLocale, "en");
  e.live_account("hq").settings.set(Field::kLocale, "de");
  CHECK(text(e) == "pending accounts.hq locale W=\"en\" L=\"de\" !\n");
  e.live_account("hq").settings.set(Field::kLocale, "en");
  CHECK(text(e) == "converged accounts.hq locale W=\"en\" L=\"en\"\n");
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
          "gone users.kim@example.com W=User kim R=User kim !\n");
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
  SECTION("members who were left out, whatever is declined in writing") {
    e.live.unlisted_not_read = 2;
    const plan::Drift found = drift(e);
    CHECK(found.items.empty());
    CHECK_FALSE(plan::is_complete(found));
    CHECK(found.failures ==
          std::vector{plan::ReadFailure{
              "users.*",
              "2 members that the roster does not list were not looked up, because one "
              "run looks up at most 1,000 of them: list them, or say `unlisted_members: keep` "
              "where they are meant to be there"}});
  }
  SECTION("members whom the roster does not list, whatever is declined in writing") {
    for (const model::ServerId id : {907, 908, 909}) {
      e.live_account("hq").members.push_back({id, kAgent});
      model::LiveUser user;
      user.id = id;
      user.sight = id == 908 ? Sight::kNotPermitted : Sight::kFailed;
      if (user.sight == Sight::kFailed) user.failure = "timed out";
      e.live.users.push_back(user);
    }
    for (model::DesiredAccount& account : e.desired.accounts)
      account.unlisted_members = model::UnlistedMembers::kKeep;
    const plan::Drift found = drift(e);
    CHECK(std::none_of(found.items.begin(), found.items.end(), [](const auto& item) { return item.counts; }));
    CHECK_FALSE(plan::is_complete(found));
    CHECK(
        found.failures ==
        std::vector{plan::ReadFailure{
            "users.*", "2 members that the roster does not list could not be read (#907, #909): timed out"}});
  }
  SECTION("users whom nobody read") {
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
        "pending grants.hq/added@example.com role W=agent !\n"
        "changed grants.hq/changed@example.com role W=agent R=agent L=administrator ! [raised role]\n"
        "conflict grants.hq/conflict@example.com role W=administrator L=agent !\n"
        "gone grants.hq/gone@example.com role W=agent R=agent !\n"
        "pending grants.hq/kept@example.com role R=agent L=agent ! [ends access]\n"
        "changed grants.hq/odd@example.com role W=agent R=agent L=no role !\n"
        "converged grants.hq/raised@example.com role W=administrator R=agent L=administrator\n"
        "pending grants.hq/raising@example.com role W=administrator R=agent L=agent !\n"
        "converged grants.hq/revoked@example.com role R=agent\n");
}

TEST_CASE("unlisted members, with and without an address") {
  ThreeSides e = agreed();
  e.stranger(900, "guest");
  e.stranger(901, "secret").sight = Sight::kNotPermitted;
  e.live_account("hq").members.push_back({900, kAdmin});
  e.live_account("hq").members.push_back({901, kAgent});
  e.live_account("hq").members.push_back({902, kAgent});
  CHECK(text(e) ==
        "unlisted grants.hq/#901 role L=agent ! (not permitted)\n"
        "unlisted grants.hq/#902 role L=agent ! (nobody read)\n"
        "unlisted grants.hq/guest@example.com role L=administrator ! [unlisted administrator]\n");
  e.context.policy.fail_on = {};
  e.desired.accounts[0].unlisted_members = model::UnlistedMembers::kRevoke;
  CHECK(text(e).find("#901 role L=agent ! (not permitted") != std::string::npos);
  e.desired.accounts[0].unlisted_members = model::UnlistedMembers::kReport;
  CHECK(text(e).find("#901 role L=agent (not permitted") != std::string::npos);
  e.context.policy = {};
  e.desired.accounts[0].unlisted_members = model::UnlistedMembers::kKeep;
  CHECK(text(e) ==
        "unlisted grants.hq/#901 role L=agent (not permitted)\n"
        "unlisted grants.hq/#902 role L=agent (nobody read)\n"
        "unlisted grants.hq/guest@example.com role L=administrator [unlisted administrator]\n");
}

TEST_CASE("members without an address are listed by the number of their id") {
  ThreeSides e = agreed();
  for (const model::ServerId id : {1000, 901, 9000}) e.live_account("hq").members.push_back({id, kAgent});
  CHECK(text(e) ==
        "unlisted grants.hq/#901 role L=agent ! (nobody read)\n"
        "unlisted grants.hq/#1000 role L=agent ! (nobody read)\n"
        "unlisted grants.hq/#9000 role L=agent ! (nobody read)\n");
}

TEST_CASE("a user of the roster who is a member where no rule says so is unlisted there") {
  ThreeSides e = agreed();
  e.both_accounts({"lab"});
  e.live_as_recorded();
  e.set_member("lab", "kim", kAgent);
  e.desired.accounts[1].unlisted_members = model::UnlistedMembers::kRevoke;
  CHECK(text(e) == "unlisted grants.lab/kim@example.com role L=agent ! (user of roster)\n");
}

TEST_CASE("objects that only the server has") {
  ThreeSides e = agreed();
  model::LiveAccount account;
  account.id = 800;
  account.sight = Sight::kSeen;
  account.settings.set(Field::kName, "Theirs");
  e.live.accounts.push_back(account);
  e.live.bots.push_back({{801, Sight::kSeen, {}, account.settings}, {}});
  CHECK(text(e) ==
        "unlisted accounts.#800 L=Theirs !\n"
        "unlisted agent_bots.#801 L=Theirs !\n");
  e.context.policy.keeps_accounts = true;
  CHECK(text(e) ==
        "unlisted accounts.#800 L=Theirs\n"
        "unlisted agent_bots.#801 L=Theirs !\n");
  e.context.policy = {};
  e.context.policy.keeps_bots = true;
  CHECK(text(e) ==
        "unlisted accounts.#800 L=Theirs !\n"
        "unlisted agent_bots.#801 L=Theirs\n");
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
  std::erase_if(e.desired.users, [&](const auto& user) { return user.ref == e.user("kim"); });
  CHECK(text(e) ==
        "pending accounts.new W=Account new !\n"
        "pending grants.new/joe@example.com role W=administrator !\n"
        "pending users.joe@example.com W=User joe L=? !\n"
        "pending users.kim@example.com R=User kim L=User kim !\n");
}

TEST_CASE("an e-mail address that was changed by hand") {
  ThreeSides e = agreed();
  e.live_user("kim").email = Estates::email("kimberly");
  CHECK(text(e) ==
        "changed users.kim@example.com email W=kim@example.com R=kim@example.com L=kimberly@example.com ! "
        "(address stays) [address]\n");
}

TEST_CASE("a move that waits for an apply is pending, not gone and new") {
  ThreeSides e = agreed();
  e.desired.users[1].ref = e.user("kimberly");
  e.desired.grants[1].grant.user = e.user("kimberly");
  e.move(ObjectKind::kUser, "kim", "kimberly");
  CHECK(text(e) ==
        "pending users.kimberly@example.com email W=kimberly@example.com R=kim@example.com "
        "L=kim@example.com !\n");
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

TEST_CASE("an account that the roster binds is read before it is recorded") {
  ThreeSides e = agreed();
  model::DesiredAccount& wanted = e.want_account("theirs");
  wanted.id = 800;
  wanted.settings.set(Field::kLocale, "en");
  e.want_grant("theirs", "kim", kAgent);
  SECTION("it exists: pending, with its settings and members") {
    e.stranger(900, "guest");
    model::LiveAccount account;
    account.id = 800;
    account.sight = account.members_sight = Sight::kSeen;
    account.settings.set(Field::kName, "Theirs");
    account.settings.set(Field::kLocale, "de");
    account.members.push_back({900, kAdmin});
    e.live.accounts.push_back(account);
    CHECK(text(e) ==
          "pending accounts.theirs W=Account theirs L=Theirs !\n"
          "pending accounts.theirs locale W=\"en\" L=\"de\" !\n"
          "pending accounts.theirs name W=\"Account theirs\" L=\"Theirs\" !\n"
          "unlisted grants.theirs/guest@example.com role L=administrator ! [unlisted administrator]\n"
          "pending grants.theirs/kim@example.com role W=agent !\n");
  }
  SECTION("it does not exist") {
    e.live.accounts.push_back({{800, Sight::kMissing, {}, {}}, {{}, Sight::kMissing, {}, {}}});
    CHECK(text(e) == "gone accounts.theirs W=Account theirs ! (no such id)\n");
  }
  SECTION("the token may not read it: a failed read, not an absence") {
    e.live.accounts.push_back({{800, Sight::kNotPermitted, {}, {}}, {{}, Sight::kNotPermitted, {}, {}}});
    CHECK(text(e) == "pending accounts.theirs W=Account theirs L=? !\n");
    CHECK(drift(e).failures.size() == 1);
  }
}

TEST_CASE("a user to be adopted is not read, unless a member that was read has the address") {
  ThreeSides e = agreed();
  e.want_user("joe").adopt = true;
  CHECK(text(e) == "pending users.joe@example.com W=User joe L=? !\n");
  e.stranger(900, "joe");
  CHECK(text(e) == "pending users.joe@example.com W=User joe L=Stranger joe !\n");
  e.desired.users.back().adopt = false;
  CHECK(text(e) == "pending users.joe@example.com W=User joe L=Stranger joe ! (not adopted)\n");
}

TEST_CASE("what was released and is wanted again is pending where it exists, and gone where it does not") {
  ThreeSides e = agreed();
  e.recorded.accounts[0].released = e.recorded.accounts[0].suspended_by_removal = true;
  e.recorded.users[1].released = true;
  e.desired.accounts[0].settings.set(Field::kStatus, "active");
  e.recorded.accounts[0].settings.set(Field::kStatus, "active");
  e.live_account("hq").settings.set(Field::kStatus, "suspended");
  CHECK(text(e) ==
        "pending accounts.hq W=Account hq R=Account hq L=Account hq !\n"
        "pending accounts.hq status W=\"active\" R=\"suspended\" L=\"suspended\" !\n"
        "pending users.kim@example.com W=User kim R=User kim L=User kim !\n");
  e.desired.accounts[0].settings.set(Field::kLocale, "en");
  e.recorded.accounts[0].settings.set(Field::kLocale, "en");
  e.live_account("hq").settings.set(Field::kLocale, "de");
  CHECK(text(e).find("pending accounts.hq locale W=\"en\" L=\"de\" !\n") != std::string::npos);
  e.live_account("hq").sight = e.live_user("kim").sight = Sight::kMissing;
  CHECK(text(e) ==
        "gone accounts.hq W=Account hq R=Account hq !\n"
        "gone users.kim@example.com W=User kim R=User kim !\n");
}

TEST_CASE("a suspension by on_remove that was lifted by hand is drift") {
  ThreeSides e = agreed();
  model::RecordedAccount& closed = e.has_account("closed");
  closed.on_remove = model::OnRemove::kSuspend;
  closed.released = closed.suspended_by_removal = true;
  e.live_as_recorded();
  CHECK(text(e).empty());
  e.live_account("closed").settings.set(Field::kStatus, "active");
  CHECK(text(e) ==
        "changed accounts.closed status R=\"suspended\" L=\"active\" ! (active again) [active again]\n");
  e.live_account("closed").sight = Sight::kNotPermitted;
  CHECK(drift(e).failures.size() == 1);
}

TEST_CASE("a lifted suspension that is recorded is pending until it is made anew, whatever fail_on says") {
  ThreeSides e = agreed();
  model::RecordedAccount& closed = e.has_account("closed");
  closed.on_remove = model::OnRemove::kSuspend;
  closed.released = true;
  e.live_as_recorded();
  e.live_account("closed").settings.set(Field::kStatus, "active");
  e.context.policy.fail_on = {};
  CHECK(text(e) ==
        "pending accounts.closed status R=\"active\" L=\"active\" ! (active again) [active again]\n");
  e.live_account("closed").settings.set(Field::kStatus, "suspended");
  CHECK(text(e).empty());
}

TEST_CASE("a leaver who is deleted once no membership is left stays listed as pending") {
  ThreeSides e = agreed();
  model::RecordedUser& joe = e.has_user("joe");
  joe.released = true;
  joe.on_remove = model::OnRemove::kDelete;
  e.live_as_recorded();
  CHECK(text(e) == "pending users.joe@example.com R=User joe L=User joe ! (membership left)\n");
  e.live_user("joe").sight = Sight::kMissing;
  CHECK(text(e) == "converged users.joe@example.com R=User joe\n");
  e.live_user("joe").sight = Sight::kFailed;
  CHECK(drift(e).failures.size() == 1);
  e.recorded.users.back().provenance = model::Provenance::kAdopted;
  CHECK(text(e).empty());
}

TEST_CASE("a status that was lifted by hand deserves a second look") {
  ThreeSides e = agreed();
  e.desired.accounts[0].settings.set(Field::kStatus, "suspended");
  e.recorded.accounts[0].settings.set(Field::kStatus, "suspended");
  e.live_account("hq").settings.set(Field::kStatus, "active");
  CHECK(text(e) ==
        "changed accounts.hq status W=\"suspended\" R=\"suspended\" L=\"active\" ! [active again]\n");
}

TEST_CASE("what was missing and is back is converged") {
  ThreeSides e = agreed();
  e.recorded.accounts[0].missing_since = Time(std::chrono::hours(24));
  CHECK(text(e) == "converged accounts.hq W=Account hq R=Account hq L=Account hq (back)\n");
}

TEST_CASE("access that has expired, also where it was raised, never recorded, or kept") {
  ThreeSides e;
  e.both_accounts({"hq"});
  e.both_users({"plain", "raised", "unrecorded", "over", "demoted"});
  e.has_grant("hq", "plain", kAgent), e.has_grant("hq", "raised", kAgent);
  e.has_grant("hq", "over", kAgent), e.has_grant("hq", "demoted", kAdmin);
  e.want_grant("hq", "demoted", kAgent);
  for (const char* name : {"plain", "raised", "unrecorded", "over"}) e.expire("hq", name, kAgent);
  e.expire("hq", "demoted", kAdmin);
  e.live_as_recorded();
  e.set_member("hq", "raised", kAdmin);
  e.set_member("hq", "unrecorded", kAgent);
  e.drop_member("hq", "over");
  e.desired.accounts[0].unlisted_members = model::UnlistedMembers::kKeep;
  for (auto& rule : e.desired.causes.rules) rule.until = parse_date("2026-01-31");
  std::find_if(e.desired.users.begin(), e.desired.users.end(), [&](const auto& one) {
    return one.ref == e.user("raised");
  })->until = parse_date("2026-01-15");
  CHECK(text(e) ==
        "pending grants.hq/demoted@example.com role W=agent R=administrator L=administrator ! (ended "
        "2026-01-31) [expired]\n"
        "converged grants.hq/over@example.com role R=agent\n"
        "expired grants.hq/plain@example.com role R=agent L=agent ! (ended 2026-01-31) [expired]\n"
        "expired grants.hq/raised@example.com role R=agent L=administrator ! (ended 2026-01-15) [expired]\n"
        "expired grants.hq/unrecorded@example.com role L=agent ! (ended 2026-01-31) [expired]\n");
  e.context.policy.fail_on = {model::Verdict::kChanged};
  CHECK(
      text(e).find("expired grants.hq/plain@example.com role R=agent L=agent (ended 2026-01-31) [expired]") !=
      std::string::npos);
  CHECK(text(e).find("L=administrator ! (ended 2026-01-31) [expired]") != std::string::npos);
}

TEST_CASE("a leaver who still has access deserves a second look and counts whatever fail_on says") {
  ThreeSides e = agreed();
  std::erase_if(e.desired.users, [&](const auto& user) { return user.ref == e.user("kim"); });
  std::erase_if(e.desired.grants, [&](const auto& grant) { return grant.grant.user == e.user("kim"); });
  e.context.policy.fail_on = {};
  CHECK(text(e) ==
        "pending grants.hq/kim@example.com role R=agent L=agent ! [leaver]\n"
        "pending users.kim@example.com R=User kim L=User kim\n");
  e.set_member("hq", "kim", kAdmin);
  CHECK(text(e).find("conflict grants.hq/kim@example.com role R=agent L=administrator [raised role]") == 0);
}

TEST_CASE("an account that is to be suspended counts whatever fail_on says, one to be released does not") {
  ThreeSides e = agreed();
  e.desired = {};
  e.desired.users.clear();
  e.context.policy.fail_on = {};
  CHECK(text(e).find("pending accounts.hq R=Account hq L=Account hq\n") == 0);
  e.recorded.accounts[0].on_remove = model::OnRemove::kSuspend;
  CHECK(text(e).find("pending accounts.hq R=Account hq L=Account hq !") == 0);
}

TEST_CASE("a move that was not applied is pending, for accounts by their marker") {
  ThreeSides e = agreed();
  e.desired.accounts[0].ref = e.account("main");
  for (auto& grant : e.desired.grants) grant.grant.account = e.account("main");
  e.desired.bots[0].settings.set(Field::kAccount, "main");
  e.move(ObjectKind::kAccount, "hq", "main");
  e.desired.bots[0].ref = e.bot("triage-2");
  e.move(ObjectKind::kBot, "triage", "triage-2");
  e.desired.accounts[0].settings = e.recorded.accounts[0].settings;
  e.desired.bots[0].settings.set(Field::kName, "Bot triage");
  e.live_account("hq").marker = "ours/hq/nhq";
  CHECK(text(e) ==
        "pending accounts.main key W=main R=hq L=hq !\n"
        "pending agent_bots.triage-2 key W=triage-2 R=triage L=? !\n");
  e.live_account("hq").marker.reset();
  CHECK(text(e).find("pending accounts.main key W=main R=hq L=? !") == 0);
}

TEST_CASE("what an interrupted run left open is pending, found or not") {
  ThreeSides e = agreed();
  e.live_account("hq").settings.set(Field::kName, "New");
  e.want_account("new");
  e.context.open = {
      {"accounts.hq", "", false}, {"accounts.new", "n1", false}, {"grants.hq/kim@example.com", "", false}};
  CHECK(text(e) ==
        "pending accounts.hq name W=\"Account hq\" R=\"Account hq\" L=\"New\" ! (interrupted)\n"
        "pending accounts.new W=Account new ! (interrupted)\n"
        "pending grants.hq/kim@example.com L=? ! (interrupted)\n");
  model::LiveAccount found;
  found.id = 800;
  found.sight = Sight::kSeen;
  found.settings.set(Field::kName, "Account new");
  found.marker = "ours/new/n1";
  e.live.accounts.push_back(found);
  CHECK(text(e).find("pending accounts.new W=Account new L=Account new ! (interrupted)") !=
        std::string::npos);
  CHECK(text(e).find("#800") == std::string::npos);
}

TEST_CASE("the creation of a user whom the roster does not have is looked up by no apply") {
  ThreeSides e = agreed();
  const auto zoe = e.directory.users.intern("zoe@example.com");
  e.context.open = {{"users.zoe@example.com", "n1", false, zoe}};
  const auto note_of = [&] {
    const auto items = drift(e).items;
    REQUIRE(items.size() == 1);
    CHECK(items[0].verdict == plan::Verdict::kPending);
    CHECK(items[0].counts);
    return items[0].note.code;
  };
  CHECK(note_of() == plan::NoteCode::kNeverLooked);
  e.want_user("zoe");
  CHECK(note_of() == plan::NoteCode::kInterrupted);
}

TEST_CASE("a deletion that was accepted waits for the server's jobs") {
  ThreeSides e = agreed();
  std::erase_if(e.desired.users, [&](const auto& user) { return user.ref == e.user("kim"); });
  std::erase_if(e.desired.grants, [&](const auto& grant) { return grant.grant.user == e.user("kim"); });
  e.recorded.grants.pop_back();
  e.drop_member("hq", "kim");
  e.context.open = {{"users.kim@example.com", "", true}};
  CHECK(text(e) == "pending users.kim@example.com R=User kim L=User kim ! (deletion waits)\n");
}

TEST_CASE("an account with a marker that this state should know means that the state is old") {
  ThreeSides e = agreed();
  model::LiveAccount account;
  account.id = 800;
  account.sight = Sight::kSeen;
  account.settings.set(Field::kName, "Other");
  account.marker = "ours/lab/n1";
  e.live.accounts.push_back(account);
  e.context.policy.fail_on = {};
  e.context.policy.keeps_accounts = true;
  CHECK(text(e) == "stale_state accounts.#800 L=Other ! (old state) [stale state]\n");
  e.want_account("lab");
  e.want_grant("lab", "kim", kAgent);
  CHECK(text(e) ==
        "stale_state accounts.lab W=Account lab L=Other ! (old state) [stale state]\n"
        "pending grants.lab/kim@example.com role W=agent\n");
  e.has_account("lab").id = 700;
  CHECK(text(e) == "stale_state accounts.#800 L=Other ! (old state) [stale state]\n");
}

TEST_CASE("what `state rm` has forgotten is unlisted, never a sign of an old state") {
  ThreeSides e = agreed();
  model::LiveAccount account;
  account.id = 800;
  account.sight = Sight::kSeen;
  account.settings.set(Field::kName, "Other");
  account.marker = "ours/lab/n1";
  e.live.accounts.push_back(account);
  e.stranger(900, "joe").marker = "ours/joe@example.com/n2";
  model::forget(e.recorded, {{ObjectKind::kAccount, "lab", {}}, 800, "n1"});
  model::forget(e.recorded, {{ObjectKind::kUser, "joe@example.com", {}}, 900, "n2"});
  CHECK(text(e) == "unlisted accounts.#800 L=Other !\n");
}

TEST_CASE("an account of another state stands in the way of a key that is to be created, and of no other") {
  ThreeSides e = agreed();
  model::LiveAccount account;
  account.id = 800;
  account.sight = Sight::kSeen;
  account.settings.set(Field::kName, "Other");
  account.marker = "theirs/lab/n1";
  e.live.accounts.push_back(account);
  CHECK(text(e) == "unlisted accounts.#800 L=Other ! (other state)\n");
  e.want_account("lab");
  CHECK(text(e) == "stale_state accounts.lab W=Account lab L=Other ! (other state) [stale state]\n");
  e.has_account("lab").id = 700;
  CHECK(text(e) == "unlisted accounts.#800 L=Other ! (other state)\n");
  e.live.accounts.back().marker = "theirs/hq/n1";
  CHECK(text(e) == "unlisted accounts.#800 L=Other ! (other state)\n");
}

TEST_CASE("a user with a marker that this state should know means that the state is old") {
  ThreeSides e = agreed();
  e.stranger(900, "joe").marker = "ours/joe@example.com/n1";
  e.live_account("hq").members.push_back({900, kAgent});
  CHECK(text(e) ==
        "unlisted grants.hq/joe@example.com role L=agent !\n"
        "stale_state users.#900 L=Stranger joe ! (old state) [stale state]\n");
  e.want_user("joe");
  CHECK(text(e) ==
        "unlisted grants.hq/joe@example.com role L=agent ! (user of roster)\n"
        "stale_state users.joe@example.com W=User joe L=Stranger joe ! (old state) [stale state]\n");
  e.live.users.back().marker = "theirs/joe@example.com/n1";
  CHECK(text(e).find("stale_state users.joe@example.com W=User joe L=Stranger joe ! (other state)") !=
        std::string::npos);
  e.desired.users.back().adopt = true;
  CHECK(text(e).find("pending users.joe@example.com W=User joe L=Stranger joe !\n") != std::string::npos);
}
