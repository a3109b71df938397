#include <fmt/format.h>

#include <chrono>

#include <catch2/catch.hpp>

#include "golden/golden.hpp"
#include "sample.hpp"
#include "scenarios.hpp"

namespace {

using namespace rollcall;
using model::Field;
using model::Role;
using plan::ReasonCode;
using plan::Verb;
using sample::change;
using sample::day;
using sample::Sample;

/// The plan's text after its first line, which every plan has.
std::string body_of(const Sample& sample) {
  const std::string text = sample.text();
  const std::string title = "Plan for https://chat.example.com, state serial 41, 2027-02-15\n\n";
  REQUIRE(text.starts_with(title));
  return text.substr(title.size());
}

void check_both(const std::string& name, const Sample& sample) {
  golden::check("plan/" + name + ".txt", sample.text());
  golden::check("plan/" + name + ".json", sample.json());
}

}  // namespace

TEST_CASE("A plan without actions is one line") {
  const Sample sample;
  CHECK(body_of(sample) == "No changes. The recorded state matches the roster.\n");
  golden::check("plan/empty.json", sample.json());
}

TEST_CASE("What comes from `defaults` shows its line there") {
  Sample sample;
  plan::Action& account =
      sample.account(Verb::kUpdate, ReasonCode::kSettingsDiffer, "emea", 9,
                     {change(Field::kName, "Emea", "EMEA"), change(Field::kLocale, "en", "de"),
                      change(Field::kFeatures, false, true, "macros")});
  plan::SettingsEffect& settings = std::get<plan::AccountAction>(account.object).settings;
  settings.on_remove = model::OnRemove::kSuspend;
  settings.defaulted.on_remove = sample.at(3);
  settings.defaulted.settings = {{{Field::kLocale, ""}, sample.at(4)},
                                 {{Field::kStatus, ""}, sample.at(5)},
                                 {{Field::kFeatures, "macros"}, sample.at(4)}};
  const std::string text = sample.text();
  CHECK_THAT(text, Catch::Contains("name             \"Emea\" -> \"EMEA\"\n"));
  CHECK_THAT(text, Catch::Contains("locale           \"en\" -> \"de\"       roster/a.yaml:4\n"));
  CHECK_THAT(text, Catch::Contains("features.macros  false -> true      roster/a.yaml:4\n"));
  CHECK_THAT(text, Catch::Contains("on_remove        retain -> suspend  roster/a.yaml:3\n"));
  CHECK_THAT(sample.json(), Catch::Contains(R"("origins": [{"file": "roster/a.yaml", "line": 9}, )"
                                            R"({"file": "roster/a.yaml", "line": 4}, )"
                                            R"({"file": "roster/a.yaml", "line": 3}])"));
}

TEST_CASE("A selection without actions does not speak of everything") {
  Sample sample;
  sample.plan.left_out = 1;
  CHECK(body_of(sample) == "No changes within the selection. 1 other change is left out.\n");
  sample.plan.left_out = 1200;
  CHECK(body_of(sample) == "No changes within the selection. 1,200 other changes are left out.\n");
}

TEST_CASE("What is left out of a plan stands after its total") {
  Sample sample = sample::first();
  sample.plan.left_out = 2;
  CHECK(sample.text().ends_with(
      "\nPlan: 6 to create, 0 to update, 0 to remove. 2 other changes are left out.\n"));
  CHECK(sample.json().find("\"left_out\": 2,") != std::string::npos);
}

TEST_CASE("No plan claims that all is well where it is not known") {
  Sample sample;
  sample.plan.missing = {{"accounts.hq", Time(std::chrono::hours(24)), {}},
                         {"users.ana@example.com", Time(std::chrono::hours(24)), {sample.roster, 3, 1}}};
  CHECK(body_of(sample) == "No changes can be planned: 2 objects are gone from the server.\n");
  CHECK(sample.json().find(
            "{\"address\": \"accounts.hq\", \"since\": \"1970-01-02T00:00:00Z\", \"origin\": null}") !=
        std::string::npos);
  sample.plan.missing.clear();
  sample.plan.unread = 1;
  CHECK(body_of(sample) ==
        "No changes in what could be read. 1 read of the server failed, so there may be more to do.\n");
  CHECK(sample.json().find("\"unread\": 1,") != std::string::npos);
}

TEST_CASE("What stays unmanaged on the server and what was changed there stands after the total") {
  Sample sample;
  sample.plan.unmanaged = {{"accounts.hq", {Field::kStatus, {}}, std::string("suspended"), sample.at(3)}};
  CHECK(body_of(sample) == "No changes. 1 setting is no longer managed.\n");
  CHECK(
      sample.json().find("{\"address\": \"accounts.hq\", \"setting\": \"status\", \"value\": \"suspended\", "
                         "\"origin\": {\"file\": \"roster/a.yaml\", \"line\": 3}}") != std::string::npos);
  sample.plan.changed_addresses = {{"users.ana@example.com", "ana@new.example.com"}};
  CHECK(body_of(sample) ==
        "No changes. 1 setting is no longer managed. 1 sign-in address was changed on the server.\n");
  CHECK(sample.json().find("{\"address\": \"users.ana@example.com\", \"live\": \"ana@new.example.com\"}") !=
        std::string::npos);
}

TEST_CASE("An exception of the guardrails is shown with what it lets pass") {
  Sample sample;
  sample.grant(ReasonCode::kNoRule, "initech", "kim@example.com", Role::kAgent, {});
  sample.account(Verb::kSuspend, ReasonCode::kAccountLeft, "initech", 0);
  sample.plan.exceptions = {
      {{{"accounts.initech", "grants.initech/*"}, "OPS-99", day("2027-02-20"), sample.at(7)}, {0, 1}}};
  CHECK(sample.text().find(R"(Worth a second look
  Let pass by `allow` of the guardrails
    ! roster/a.yaml:7 until 2027-02-20 (OPS-99)
        - accounts.initech: suspend
        - kim@example.com: agent in initech
)") != std::string::npos);
  CHECK(sample.json().find(
            "{\"origin\": {\"file\": \"roster/a.yaml\", \"line\": 7}, \"reason\": \"OPS-99\", \"until\": "
            "\"2027-02-20\", \"actions\": [\"grants.initech/kim@example.com\", "
            "\"accounts.initech\"]}") != std::string::npos);
}

TEST_CASE("What is withheld is named, and the plan is not refused") {
  Sample sample;
  sample.grant(ReasonCode::kExpired, "lab", "kim@example.com", Role::kAgent, {}).blocked = true;
  sample.plan.violations = {{plan::Guardrail::kProtectedUser,
                             {},
                             sample.directory.users.intern("kim@example.com"),
                             0,
                             0,
                             {0},
                             true}};
  CHECK(sample.text().find("  Refused by guardrails: left out, and the rest runs\n"
                           "    ! users.kim@example.com is protected") != std::string::npos);
  CHECK(sample.text().ends_with("Plan: 0 to create, 0 to update, 0 to remove, 1 blocked.\n"));
  CHECK(sample.json().find("\"refused\": false,") != std::string::npos);
  CHECK(sample.json().find("\"withheld\": true, \"let_pass\": null}") != std::string::npos);
}

TEST_CASE("A suspension by the roster is an update that deserves a second look") {
  Sample sample;
  sample.account(Verb::kUpdate, ReasonCode::kSettingsDiffer, "vip", 4,
                 {change(Field::kStatus, "active", "suspended")});
  CHECK(body_of(sample) == R"(Changes
  Accounts    1 to update

Worth a second look
  Suspended or deleted
    - accounts.vip: update, suspends it

Accounts
  - vip  update, suspends it, roster/a.yaml:4
      status  "active" -> "suspended"

Plan: 0 to create, 1 to update, 0 to remove.
)");
}

TEST_CASE("What comes back under a new address names the old one") {
  Sample sample;
  sample.user(Verb::kBind, ReasonCode::kCameBack, "ana@example.com", 60);
  auto& user = std::get<plan::UserAction>(sample.plan.actions.back().object);
  user.id = 11;
  user.moved_from = sample.directory.users.intern("ana@old.example.com");
  CHECK(sample.text().find("bind to id 11, released earlier, in the roster again, moved from "
                           "users.ana@old.example.com, roster/a.yaml:60\n") != std::string::npos);
}

TEST_CASE("A member who becomes managed has one role where it stays, and words of their own where it sinks") {
  Sample sample;
  const model::CauseId cause = sample.rule(9);
  sample.grant(ReasonCode::kRuleGives, "hq", "same@example.com", Role::kAgent, Role::kAgent, cause);
  sample.plan.actions.back().verb = Verb::kGrant;
  std::get<plan::GrantAction>(sample.plan.actions.back().object).unlisted = true;
  sample.grant(ReasonCode::kRuleLowers, "hq", "boss@example.com", Role::kAdministrator, Role::kAgent, cause);
  std::get<plan::GrantAction>(sample.plan.actions.back().object).unlisted = true;
  const std::string text = sample.text();
  CAPTURE(text);
  CHECK(text.find("+ same@example.com  agent                   roster/a.yaml:9; "
                  "already a member, but not through the roster\n") != std::string::npos);
  CHECK(
      text.find("~ boss@example.com  administrator -> agent  the roster gives a lower role, roster/a.yaml:9; "
                "already a member, but not through the roster\n") != std::string::npos);
  CHECK(sample.json().find("the roster gives a lower role, by roster/a.yaml:9") != std::string::npos);
}

TEST_CASE("Warnings are shown even where nothing changes") {
  Sample sample;
  Diagnostic warning;
  warning.severity = Severity::kWarning;
  warning.file = "roster/a.yaml";
  warning.line = 9;
  warning.column = 5;
  warning.message = "This rule reaches nobody";
  warning.hint = "Remove it, or check its groups.";
  sample.plan.warnings = {warning};
  check_both("only_warnings", sample);
}

TEST_CASE("A first plan") {
  check_both("first", sample::first());
}

TEST_CASE("Every verb and every reason") {
  const Sample everything = sample::everything();
  check_both("everything", everything);
  golden::check("plan/everything_full.txt", everything.text({false, true}));
  golden::check("plan/everything_colour.txt", everything.text({true, false}));
}

TEST_CASE("Colour changes nothing but colour") {
  const Sample everything = sample::everything();
  std::string plain;
  const std::string coloured = everything.text({true, false});
  for (std::size_t at = 0; at < coloured.size(); ++at) {
    if (coloured[at] == '\033')
      at = coloured.find('m', at);
    else
      plain += coloured[at];
  }
  CHECK(plain == everything.text());
}

TEST_CASE("Guardrails name each offending action") {
  check_both("guardrails", sample::refused());
}

TEST_CASE("A plan of removals alone, some of them blocked") {
  Sample sample;
  sample.account(Verb::kDelete, ReasonCode::kAccountLeft, "old", 0).blocked = true;
  sample.user(Verb::kDelete, ReasonCode::kUserLeft, "joe@example.com", 0).blocked = true;
  check_both("blocked", sample);
}

TEST_CASE("Names of any script and any length keep the layout") {
  Sample sample;
  sample.account(Verb::kCreate, ReasonCode::kNew, "tokyo", 4, {change(Field::kName, {}, "東京サポート")});
  sample.account(Verb::kUpdate, ReasonCode::kSettingsDiffer, "athens", 9,
                 {change(Field::kName, "Υποστήριξη", "Υποστήριξη Αθήνας"),
                  change(Field::kSupportEmail, std::string(70, 'a') + "@example.com",
                         std::string(70, 'b') + "@example.com")});
  sample.account(Verb::kUpdate, ReasonCode::kSettingsDiffer, std::string(100, 'k'), 12,
                 {change(Field::kName, "a\x1b[31mred\xff", "quote \" and \\ and \n")});
  const model::CauseId cause = sample.rule(20, "due to \xe2\x80\xae reversal");
  sample.grant(ReasonCode::kRuleGives, "tokyo", std::string(60, 'x') + "@example.com", {}, Role::kAgent,
               cause);
  sample.grant(ReasonCode::kRuleGives, "tokyo", "kim@example.com", {}, Role::kAdministrator, cause);
  check_both("names", sample);
}

TEST_CASE("Rules that reach many are one line each") {
  const Sample sample = sample::crowded();
  golden::check("plan/folded.txt", sample.text());
  const std::string full = sample.text({false, true});
  CHECK(full.find("--full") == std::string::npos);
  CHECK(std::count(full.begin(), full.end(), '\n') > 1000);
}

TEST_CASE("Forty grants are still shown one by one, forty-one of one rule are not") {
  Sample sample;
  const model::CauseId cause = sample.rule(9);
  for (int i = 0; i < 40; ++i)
    sample.grant(ReasonCode::kRuleGives, fmt::format("a{:02}", i), "kim@example.com", {}, Role::kAgent,
                 cause);
  CHECK(sample.text() == sample.text({false, true}));
  sample.grant(ReasonCode::kRuleGives, "a40", "kim@example.com", {}, Role::kAgent, cause);
  CHECK(sample.text().find("    + kim@example.com: agent in 41 accounts, roster/a.yaml:9\n") !=
        std::string::npos);
}

TEST_CASE("Very many grants are folded in the text, and whole in the JSON") {
  Sample sample;
  for (int account = 0; account < 200; ++account) {
    const model::CauseId cause = sample.rule(static_cast<std::uint32_t>(account + 1), "OPS-17");
    for (int user = 0; user < 100; ++user)
      sample.grant(ReasonCode::kRuleGives, fmt::format("account-{}", account),
                   fmt::format("p{}@example.com", user), {}, Role::kAgent, cause);
  }
  CHECK(sample.text().size() < 100'000);
  const std::string json = sample.json();
  std::size_t actions = 0;
  for (std::size_t at = json.find("\"verb\": "); at != std::string::npos;
       at = json.find("\"verb\": ", at + 1))
    ++actions;
  CHECK(actions == 20'000);
}
