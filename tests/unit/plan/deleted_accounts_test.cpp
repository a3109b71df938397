#include <catch2/catch.hpp>

#include "support/estates.hpp"

using namespace rollcall;
using model::Field;
using model::OnRemove;
using test::Estates;

namespace {

/// The account `old`, which is to be deleted, with the bot `triage` in it.
Estates with_bot() {
  Estates e;
  e.both_accounts({"hq"});
  e.has_account("old").on_remove = OnRemove::kDelete;
  e.has_bot("triage", "old");
  e.options.allow_deletes = true;
  return e;
}

std::string with_warnings(Estates& e) {
  const auto plan = e.make();
  if (!plan) return test::text(e);
  std::string out = test::describe(*plan, e.directory);
  // Every deletion of an account has R920.
  for (const Diagnostic& warning : plan->warnings)
    if (warning.rule != "R920") out += warning.rule + " " + warning.message + "\n";
  return out;
}

const std::string kStays =
    "R918 agent_bots.triage is in accounts.old, which is to be deleted, and has nowhere to go: the account "
    "stays "
    "as long as the bot is in it\n";
const std::string kUnmanaged = "R919 `account` of agent_bots.triage is no longer managed and stays \"old\"\n";
const std::string kGoes =
    "R918 agent_bots.triage is not to be deleted, but it is in accounts.old, and the server deletes the "
    "bots of "
    "an account with it\n";

}  // namespace

TEST_CASE("an account waits for a bot that stays") {
  Estates e = with_bot();
  model::DesiredBot& wanted = e.want_bot("triage", "hq");
  SECTION("it leaves first") {
    CHECK(with_warnings(e) == R"(0 w1 update agent_bots.triage account="hq" (settings_differ)
1 w4 delete accounts.old (account_left) needs 0
)");
  }
  SECTION("the roster no longer says where the bot is") {
    wanted.settings.erase({Field::kAccount, {}});
    CHECK(with_warnings(e) == "0 w4 delete accounts.old (account_left)\n" + kStays + kUnmanaged);
    e.options.allow_deletes = false;
    CHECK(with_warnings(e) == "0 w4 delete accounts.old (account_left) blocked\n" + kStays + kUnmanaged);
    e.options.only = {"accounts.hq"};
    CHECK(with_warnings(e).empty());
  }
  SECTION("the bot cannot leave, because the account that it is to go to is gone") {
    e.recorded.accounts[0].missing_since = Time{std::chrono::seconds{1'700'000'000}};
    const std::string told = with_warnings(e);
    CHECK(told.find(kStays) != std::string::npos);
    CHECK(told.find("R914 accounts.hq is gone from the server") != std::string::npos);
  }
}

TEST_CASE("a bot that is only let go is deleted with its account") {
  Estates e = with_bot();
  CHECK(with_warnings(e) == R"(0 w4 delete accounts.old (account_left)
1 w4 delete agent_bots.triage (bot_left) needs 0
)" + kGoes);
  SECTION("where that is allowed") {
    e.options.allow_deletes = false;
    CHECK(with_warnings(e) == R"(0 w4 delete accounts.old (account_left) blocked
1 w4 release agent_bots.triage (bot_left)
)" + kGoes);
  }
  SECTION("of one that was let go earlier the record may be old") {
    e.recorded.bots[0].released = true;
    CHECK(with_warnings(e) == "0 w4 delete accounts.old (account_left)\n");
  }
  SECTION("as one that Rollcall did not create") {
    e.recorded.bots[0].on_remove = OnRemove::kDelete;
    e.recorded.bots[0].provenance = model::Provenance::kBound;
    CHECK(with_warnings(e).find("1 w4 delete agent_bots.triage (bot_left) needs 0\n") != std::string::npos);
  }
  SECTION("as one that is to be deleted is anyway") {
    e.recorded.bots[0].on_remove = OnRemove::kDelete;
    CHECK(with_warnings(e) == R"(0 w4 delete accounts.old (account_left)
1 w4 delete agent_bots.triage (bot_left)
)");
  }
}

TEST_CASE("a plan knows the bots that stay, whatever the record says of them") {
  Estates e = with_bot();
  e.has_bot("night", "hq").released = true;
  e.has_bot("gone", "hq");
  e.want_bot("new", "hq");
  e.want_bot("night", "hq");
  e.want_bot("first", "hq");
  e.move(model::ObjectKind::kBot, "triage", "first");
  const auto plan = e.make();
  REQUIRE(plan);
  std::string staying;
  for (const plan::StayingBot& bot : plan->staying_bots)
    staying += fmt::format("{} {}\n", e.directory.key(bot.ref), bot.id);
  CHECK(staying == fmt::format("night {}\nfirst {}\n", e.recorded.bots[1].id, e.recorded.bots[0].id));
}
