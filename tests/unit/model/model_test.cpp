#include <memory>

#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "model/address.hpp"
#include "model/desired.hpp"
#include "model/directory.hpp"
#include "model/live.hpp"
#include "model/names.hpp"
#include "model/recorded.hpp"
#include "model/settings.hpp"

namespace rollcall::model {
namespace {

TEST_CASE("a long value is shown cut, never inside an escape or a character") {
  const std::string letters(199, 'x');
  CHECK(model::to_text(letters) == '"' + letters + '"');
  CHECK(model::to_text(letters + "yz\xC3\xBC") == '"' + letters + "y…\"");
  CHECK(model::to_text(letters + "\xC3\xBC") == '"' + letters + "\xC3\xBC\"");
  CHECK(model::to_text(letters + "\xC3\xBC\xC3\xBC") == '"' + letters + "\xC3\xBC…\"");
  CHECK(model::to_text(letters + "\n\n") == '"' + letters + "\\n…\"");
  const model::Value::List list(100, model::Value("desk"));
  const std::string shown = model::to_text(list);
  CHECK(shown.ends_with(", \"desk\", …]"));
  CHECK(count_characters(shown) <= 210);
  CHECK(model::to_text(model::Value::Map{{std::string(5000, 'k'), model::Value(1)}}) == "{…}");
  CHECK(model::to_text(model::Value::Map{{"a", model::Value(1)}, {"b", list}}) == "{\"a\": 1, …}");
}

TEST_CASE("addresses of users are put in lower case or refused") {
  CHECK(parse_email("Ana.Silva+x@Example.COM") == "ana.silva+x@example.com");
  CHECK(parse_email(std::string(243, 'a') + "@example.com")->size() == 255);
  for (const std::string& bad :
       {std::string(""), std::string("@"), std::string("a@b"), std::string("@example.com"),
        std::string("a@@example.com"), std::string(" a@example.com"), std::string("a b@example.com"),
        std::string(".a@example.com"), std::string("a..b@example.com"), std::string("a@-x.com"),
        std::string("a@x..com"), std::string("a@example.com."), std::string("ü@example.com"),
        std::string(244, 'a') + "@example.com"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_email(bad));
  }
}

TEST_CASE("keys") {
  for (const char* good : {"a", "0", "support-emea", "a-"}) CHECK(is_key(good));
  for (const char* bad : {"", "-a", "A", "a_b", "a.b", "ä"}) CHECK_FALSE(is_key(bad));
  CHECK(is_key(std::string(100, 'a')));
  CHECK_FALSE(is_key(std::string(101, 'a')));
}

TEST_CASE("addresses of objects are read as they are written") {
  for (const char* text : {"accounts.hq", "users.ana@example.com", "agent_bots.triage",
                           "grants.hq/ana@example.com", "grants.hq/#17"}) {
    const auto address = parse_address(text);
    REQUIRE(address);
    CHECK(to_string(*address) == text);
  }
  CHECK(to_string(*parse_address("users.ANA@example.com")) == "users.ana@example.com");
  for (const char* bad : {"", "accounts", "accounts.", "accounts.A", "users.x", "grants.hq", "grants.hq/",
                          "grants.hq/#", "grants.hq/#1x", "groups.a"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_address(bad));
  }
}

TEST_CASE("each text gets one number, and texts never move") {
  constexpr std::uint32_t kTexts = 5000;
  Interner<UserRef> users;
  CHECK(users.find("ana@example.com") == std::nullopt);
  const std::string* first = &users.text(users.intern("ana@example.com"));
  for (std::uint32_t i = 1; i < kTexts; ++i) CHECK(users.intern(std::to_string(i)) == UserRef{i});
  for (std::uint32_t i = 1; i < kTexts; ++i) {
    CHECK(users.intern(std::to_string(i)) == UserRef{i});
    CHECK(users.find(std::to_string(i)) == UserRef{i});
    CHECK(users.text(UserRef{i}) == std::to_string(i));
  }
  CHECK(users.size() == kTexts);
  CHECK(users.find(std::to_string(kTexts)) == std::nullopt);
  CHECK(&users.text(UserRef{0}) == first);

  auto gone = std::make_unique<Interner<UserRef>>(users);
  Interner<UserRef> copy_of_gone;
  copy_of_gone = *gone;
  gone.reset();
  CHECK(copy_of_gone.find("ana@example.com") == UserRef{0});
  CHECK(copy_of_gone.find("7") == UserRef{7});
  const Interner<UserRef> copy = users;
  users.intern("new");
  CHECK(copy.find("new") == std::nullopt);
  CHECK(copy.find("17") == UserRef{17});
}

TEST_CASE("addresses are listed in byte order, ids as numbers") {
  const std::vector<std::string> listed = {"accounts.#9",          "accounts.#10", "accounts.a",
                                           "grants.a/#8",          "grants.a/#9",  "grants.a/#100",
                                           "grants.a/a@x.example", "grants.b/#10", "users.z@x.example"};
  for (std::size_t i = 0; i < listed.size(); ++i)
    for (std::size_t j = 0; j < listed.size(); ++j) {
      CAPTURE(listed[i], listed[j]);
      CHECK(address_before(listed[i], listed[j]) == (i < j));
    }
}

TEST_CASE("settings stay sorted and say what differs") {
  SettingsPatch recorded, wanted;
  wanted.set({Field::kFeatures, "b"}, true);
  wanted.set({Field::kFeatures, "a"}, false);
  wanted.set(Field::kName, "HQ");
  wanted.set(Field::kName, "North");
  REQUIRE(wanted.size() == 3);
  CHECK(wanted.begin()->name.field == Field::kName);
  CHECK(wanted.text(Field::kName) == "North");
  recorded.set(Field::kName, "HQ");
  recorded.set({Field::kFeatures, "a"}, false);
  const auto changes = differences(wanted, recorded);
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].before == Value("HQ"));
  CHECK_FALSE(changes[1].before);
  // A feature that the server does not name is off.
  const auto live = differences_from_live(wanted, recorded);
  REQUIRE(live.size() == 2);
  CHECK(live[1].before == Value(false));
  wanted.erase({Field::kName, {}});
  CHECK(wanted.find(Field::kName) == nullptr);
  for (const auto& setting : wanted) CHECK(parse_field(field_name(setting.name.field)) == setting.name.field);
}

TEST_CASE("many settings at once are those one by one, and the last of equal names counts") {
  SettingsPatch one_by_one, at_once;
  one_by_one.set({Field::kFeatures, "macros"}, true);
  at_once.set({Field::kFeatures, "macros"}, true);
  const std::vector<Setting> more = {{{Field::kCustomAttributes, "b"}, 1},
                                     {{Field::kFeatures, "macros"}, false},
                                     {{Field::kCustomAttributes, "a"}, 2},
                                     {{Field::kCustomAttributes, "b"}, 3},
                                     {{Field::kName, ""}, "Desk"}};
  for (const Setting& setting : more) one_by_one.set(setting.name, setting.value);
  at_once.set_all(more);
  CHECK(at_once == one_by_one);
  CHECK(at_once.size() == 4);
  at_once.set_all({});
  CHECK(at_once == one_by_one);
}

TEST_CASE("values compare as the server's do") {
  CHECK(Value(3) == Value(3.0));
  CHECK_FALSE(Value(3) == Value(3.5));
  CHECK_FALSE(Value(1) == Value(true));
  CHECK_FALSE(Value() == Value(""));
  CHECK(Value(Value::Map{{"b", 1}, {"a", Value::List{1, 2}}}) ==
        Value(Value::Map{{"a", Value::List{1.0, 2}}, {"b", 1}}));
  CHECK(to_text(Value::Map{{"b", "x\n\""}, {"a", Value::List{Value(), true, 1.5}}}) ==
        R"({"a": [null, true, 1.5], "b": "x\n\""})");
}

TEST_CASE("a recorded estate is searched by reference") {
  RecordedEstate estate;
  estate.grants = {{AccountRef{1}, UserRef{2}, Role::kAdministrator},
                   {AccountRef{3}, UserRef{0}, Role::kAgent}};
  REQUIRE(find(estate, AccountRef{1}, UserRef{2}) != nullptr);
  CHECK(find(estate, AccountRef{1}, UserRef{2})->role == Role::kAdministrator);
  CHECK(find(estate, AccountRef{1}, UserRef{0}) == nullptr);
  CHECK(find(estate, AccountRef{4}) == nullptr);
}

TEST_CASE("the grants of one account are a part of the estate's") {
  RecordedEstate recorded;
  recorded.grants = {{AccountRef{1}, UserRef{0}, Role::kAgent},
                     {AccountRef{3}, UserRef{0}, Role::kAgent},
                     {AccountRef{3}, UserRef{2}, Role::kAdministrator},
                     {AccountRef{4}, UserRef{1}, Role::kAgent}};
  DesiredEstate desired;
  for (const Grant& grant : recorded.grants) desired.grants.push_back({grant, 0});
  CHECK(grants_of(recorded, AccountRef{0}).empty());
  CHECK(grants_of(recorded, AccountRef{1}).size() == 1);
  CHECK(grants_of(recorded, AccountRef{2}).empty());
  CHECK(grants_of(recorded, AccountRef{5}).empty());
  const auto grants = grants_of(recorded, AccountRef{3});
  REQUIRE(grants.size() == 2);
  CHECK(grants.data() == &recorded.grants[1]);
  REQUIRE(grants_of(desired, AccountRef{3}).size() == 2);
  CHECK(grants_of(desired, AccountRef{3})[1].grant.role == Role::kAdministrator);
  desired.accounts.resize(1);
  desired.accounts[0].ref = AccountRef{7};
  CHECK(find(desired, AccountRef{7}) == desired.accounts.data());
  CHECK(find(desired, AccountRef{3}) == nullptr);
}

TEST_CASE("members are found by the user's id") {
  const std::vector<LiveMember> live = {{2, Role::kAgent}, {5, std::nullopt}};
  CHECK(find_member(live, 5) == &live[1]);
  CHECK(find_member(live, 4) == nullptr);
  const std::vector<UnlistedMember> unlisted = {{2, Role::kAgent, {}}, {5, std::nullopt, {}}};
  CHECK(find_member(unlisted, 2) == &unlisted[0]);
  CHECK(find_member(unlisted, 6) == nullptr);
}

TEST_CASE("a narrow pattern names a kind and more than wildcards") {
  for (const char* narrow : {"accounts.hq", "accounts.initech-*", "accounts.?a", "agent_bots.*triage",
                             "users.ana@example.com", "users.*@initech.example", "users.ana*",
                             "grants.initech/*", "grants.*/ana@example.com", "grants.initech/#12"})
    CHECK(parse_narrow_pattern(narrow) == narrow);
  CHECK(parse_narrow_pattern("accounts.Initech*") == "accounts.initech*");
  for (const char* wide :
       {"*", "?ccounts.hq", "accounts.*", "accounts.*-*", "accounts.[a-z0-9]*", "accounts.[!]a]*", "users.*",
        "users.*@*", "users.*@*.com", "agent_bots.??*", "grants.*/*", "grants.*/*@*.com", "[ag]*.hq"})
    CHECK(parse_narrow_pattern(wide).error().message ==
          "`" + std::string(wide) + "` covers a whole kind of object.");
  for (const char* none :
       {"", "hq", "hq*", "accounts.hq/*", "grants.hq*", "people.ana*", "users.ana", "grants.hq/ana"})
    CHECK(parse_narrow_pattern(none).error().message == "`" + std::string(none) + "` is not an address.");
}

}  // namespace
}  // namespace rollcall::model
