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

std::string text(Estates& e) {
  const auto plan = e.make();
  if (!plan) return "error: " + plan.error().message + "\nhint: " + plan.error().hint + "\n";
  std::string out = test::describe(*plan, e.directory);
  for (const Diagnostic& warning : plan->warnings) out += warning.rule + " " + warning.message + "\n";
  return out;
}

const std::string kRefused =
    "error: agent_bots.triage (roster.yaml:90) is in accounts.old, which is to be deleted, and the server "
    "deletes its bots with it.\n"
    "hint: Name another `account` for the bot, take it out of the roster, too, or keep the account.\n";

}  // namespace

TEST_CASE("an account is not deleted with a bot that stays in the roster") {
  Estates e = with_bot();
  model::DesiredBot& wanted = e.want_bot("triage", "hq");
  SECTION("the roster no longer says where the bot is") {
    wanted.settings.erase({Field::kAccount, {}});
    CHECK(text(e) == kRefused);
  }
  SECTION("the bot cannot leave, because the account that it is to go to is gone") {
    e.recorded.accounts[0].missing_since = Time{std::chrono::seconds{1'700'000'000}};
    CHECK(text(e) == kRefused);
  }
  SECTION("it leaves first") {
    CHECK(text(e) == R"(0 w1 update agent_bots.triage account="hq" (settings_differ)
1 w4 delete accounts.old (account_left) needs 0
)");
  }
  SECTION("the deletion is not allowed") {
    wanted.settings.erase({Field::kAccount, {}});
    e.options.allow_deletes = false;
    CHECK(text(e) == "0 w4 delete accounts.old (account_left) blocked\n");
  }
}

TEST_CASE("a bot that is released with its account deleted is told of") {
  Estates e = with_bot();
  CHECK(text(e) == R"(0 w4 delete accounts.old (account_left)
1 w4 release agent_bots.triage (bot_left)
R918 agent_bots.triage is released, and the server deletes it with accounts.old, which it is in and which is to be deleted
)");
  e.recorded.bots[0].released = true;
  CHECK(text(e) == R"(0 w4 delete accounts.old (account_left)
R918 agent_bots.triage is released, and the server deletes it with accounts.old, which it is in and which is to be deleted
)");
  e.recorded.bots[0].released = false;
  e.recorded.bots[0].on_remove = OnRemove::kDelete;
  CHECK(text(e) == R"(0 w4 delete accounts.old (account_left)
1 w4 delete agent_bots.triage (bot_left)
)");
}
