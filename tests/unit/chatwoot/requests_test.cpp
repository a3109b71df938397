#include "chatwoot/requests.hpp"

#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

#include "chatwoot/encode.hpp"
#include "support/fake_clock.hpp"

namespace rollcall::chatwoot {
namespace {

using model::Field;
using model::SettingChange;
using model::Value;

model::LiveAccount live_account() {
  model::LiveAccount live;
  live.id = 3;
  live.marker = "lineage/key/nonce";
  live.settings.set(Field::kName, "Acme");
  live.settings.set({Field::kLimits, "agents"}, 5);
  live.settings.set({Field::kCustomAttributes, "theirs"}, Value::Map{{"deep", Value::List{1, Value()}}});
  live.settings.set({Field::kCustomAttributes, "zone"}, "a");
  return live;
}

TEST_CASE("an account's PATCH holds only what changes, replaced sections whole and with the marker") {
  const AccountPatch patch =
      account_patch(live_account(), {SettingChange{{Field::kName, ""}, {}, "Acme 2"},
                                     SettingChange{{Field::kFeatures, "macros"}, {}, false},
                                     SettingChange{{Field::kCustomAttributes, "zone"}, {}, Value()},
                                     SettingChange{{Field::kCustomAttributes, "region"}, {}, "emea"}});
  CHECK(encode(patch) ==
        R"({"custom_attributes":{"region":"emea","rollcall":"lineage/key/nonce","theirs":{"deep":[1,null]}},)"
        R"("features":{"macros":false},"name":"Acme 2"})");
}

TEST_CASE("the last limit that goes leaves an empty section, not none") {
  const AccountPatch patch =
      account_patch(live_account(), {SettingChange{{Field::kLimits, "agents"}, {}, Value()}});
  CHECK(encode(patch) == R"({"limits":{}})");
  CHECK_FALSE(patch.empty());
}

TEST_CASE("a new marker takes the place of the old one and keeps every other attribute") {
  CHECK(encode(account_patch(live_account(), {}, "lineage/new/nonce")) ==
        R"({"custom_attributes":{"rollcall":"lineage/new/nonce","theirs":{"deep":[1,null]},"zone":"a"}})");
  CHECK(account_patch(live_account(), {}).empty());
}

TEST_CASE("a user's PATCH sends only the attributes that change") {
  UserPatch patch = user_patch({SettingChange{{Field::kCustomAttributes, "team"}, {}, "emea"}});
  patch.email = "new@example.com";
  CHECK(encode(patch) == R"({"custom_attributes":{"team":"emea"},"email":"new@example.com"})");
}

TEST_CASE("the bodies of creations and grants") {
  CHECK(encode(NewAccount{"Größe", "l/k/n"}) ==
        R"({"custom_attributes":{"rollcall":"l/k/n"},"name":"Größe"})");
  NewUser user{"ana@example.com", {}, "l/k/n", Secret("pass")};
  user.settings.set(Field::kName, "Ana");
  CHECK(
      encode(user) ==
      R"({"custom_attributes":{"rollcall":"l/k/n"},"email":"ana@example.com","name":"Ana","password":"pass"})");
  BotSettings bot;
  bot.settings.set(Field::kName, "Triage");
  bot.settings.set(Field::kAccount, "support");
  bot.account_id = 4;
  CHECK(encode(bot) == R"({"account_id":4,"name":"Triage"})");
  CHECK(encode_member(5, model::Role::kAdministrator) == R"({"role":"administrator","user_id":5})");
  CHECK(encode_member(5) == R"({"user_id":5})");
}

TEST_CASE("what a response does not show is told, save for what no response can show") {
  model::SettingsPatch wanted;
  wanted.set(Field::kName, "Acme");
  wanted.set(Field::kOutgoingUrl, "https://bots.example.com");
  wanted.set({Field::kFeatures, "macros"}, false);
  wanted.set({Field::kLimits, "agents"}, 6);
  const auto missing = not_shown(wanted, live_account().settings);
  REQUIRE(missing.size() == 1);
  CHECK(missing[0] == SettingChange{{Field::kLimits, "agents"}, Value(5), 6});
}

TEST_CASE("a one-time password has 32 characters of every class that the server demands, and no others") {
  const std::string special = " !@#$%^&*()_+-=[]{}|\"/\\.,`<>:;?~'";
  testing::FakeEntropy entropy;
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    const Secret secret = one_time_password(entropy);
    const std::string& password = secret.reveal();
    const auto has = [&](auto in_class) { return std::any_of(password.begin(), password.end(), in_class); };
    const auto is_special = [&](char c) { return special.find(c) != std::string::npos; };
    const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    REQUIRE(password.size() == 32);
    REQUIRE((has(is_upper) && has(is_lower) && has(is_digit) && has(is_special)));
    REQUIRE(std::all_of(password.begin(), password.end(),
                        [&](char c) { return is_upper(c) || is_lower(c) || is_digit(c) || is_special(c); }));
    seen.insert(password);
  }
  CHECK(seen.size() == 200);
}

}  // namespace
}  // namespace rollcall::chatwoot
