#include <string>

#include <catch2/catch.hpp>

#include "base/version.hpp"
#include "state/state.hpp"
#include "support/command_line.hpp"

using namespace rollcall;
using rollcall::testing::CommandLine;

namespace {

const char* const kRoster = R"(version: 1
accounts:
  hq: {name: HQ}
users:
  ana@example.com: {name: Ana}
  kim@example.com: {name: Kim}
grants:
  - {role: administrator, accounts: [hq], users: [ana@example.com]}
  - {role: agent, accounts: [hq], users: [kim@example.com], until: 2027-01-31}
)";

/// The state after an apply of that roster.
std::string applied() {
  model::Directory directory;
  const model::AccountRef hq = directory.accounts.intern("hq");
  const model::UserRef ana = directory.users.intern("ana@example.com");
  const model::UserRef kim = directory.users.intern("kim@example.com");
  state::State state;
  state.lineage = "5f0c8a52-9d4e-4c1b-8a70-1f2e3d4c5b6a";
  state.serial = 7;
  state.server = "https://chat.example.com";
  state.estate.accounts.resize(1);
  state.estate.accounts[0].ref = hq;
  state.estate.accounts[0].id = 1;
  state.estate.accounts[0].nonce = "a1";
  state.estate.accounts[0].settings.set(model::Field::kName, "HQ");
  state.estate.users.resize(2);
  state.estate.users[0].ref = ana;
  state.estate.users[0].id = 11;
  state.estate.users[0].nonce = "b1";
  state.estate.users[0].settings.set(model::Field::kName, "Ana");
  state.estate.users[1].ref = kim;
  state.estate.users[1].id = 12;
  state.estate.users[1].nonce = "b2";
  state.estate.users[1].settings.set(model::Field::kName, "Kim");
  state.estate.grants = {{hq, ana, model::Role::kAdministrator}, {hq, kim, model::Role::kAgent}};
  return encode(state, directory);
}

}  // namespace

TEST_CASE("a plan on the last day of a rule still gives what it gives") {
  CommandLine cli;
  CommandLine::write("roster.yaml", kRoster);
  const auto first = cli.run("2027-01-31T23:59:59Z", {"plan"});
  CHECK(first.exit_code == 0);
  CHECK(first.out.find("+ kim@example.com") != std::string::npos);
  CHECK(first.out.find("Plan: 5 to create, 0 to update, 0 to remove.") != std::string::npos);

  CommandLine::write("rollcall.state.json", applied());
  const auto later = cli.run("2027-01-31T23:59:59Z", {"plan", "--detailed-exitcode"});
  CHECK(later.err == "");
  CHECK(later.exit_code == 0);
  CHECK(later.out.find("No changes.") != std::string::npos);
}

TEST_CASE("a plan names the server, the state and the day that it was made for") {
  CommandLine cli;
  CommandLine::write("roster.yaml", kRoster);
  const auto first = cli.run("2027-01-31T23:59:59Z", {"plan"});
  CHECK(first.out.starts_with("Plan, no recorded state, 2027-01-31\n\nChanges\n"));
  const auto first_json = cli.run("2027-01-31T23:59:59Z", {"plan", "--format", "json"});
  CHECK(first_json.out.find(R"("meta": {"server": null, "state": "rollcall.state.json", "lineage": null, )"
                            R"("serial": null, "date": "2027-01-31", "tool_version": ")" +
                            std::string(version()) + "\"},\n") != std::string::npos);

  CommandLine::write("rollcall.state.json", applied());
  const auto later = cli.run("2027-02-01T00:00:00Z", {"plan"});
  CHECK(later.out.starts_with("Plan for https://chat.example.com, state serial 7, 2027-02-01\n\n"));
  const auto later_json = cli.run("2027-02-01T00:00:00Z", {"plan", "--format", "json"});
  CHECK(later_json.out.find(
            R"("meta": {"server": "https://chat.example.com", "state": "rollcall.state.json", )"
            R"("lineage": "5f0c8a52-9d4e-4c1b-8a70-1f2e3d4c5b6a", "serial": 7, "date": "2027-02-01", )") !=
        std::string::npos);
}

TEST_CASE("a document of errors names the rule, and the server that the command was to work on") {
  CommandLine cli;
  CommandLine::write("roster.yaml", "version: 1\nacounts: {}\n");
  const auto result = cli.run("2027-02-01T00:00:00Z",
                              {"validate", "--format", "json", "--server", "https://Chat.example.com/"});
  CHECK(result.exit_code == 1);
  CHECK(result.out.find(R"("meta": {"server": "https://chat.example.com", "state": null, "lineage": null, )"
                        R"("serial": null, "date": "2027-02-01", )") != std::string::npos);
  CHECK(result.out.find(R"({"severity": "error", "rule": "R030", "file": "roster.yaml", "line": 2, )") !=
        std::string::npos);
  const auto usage = cli.run("2027-02-01T00:00:00Z", {"plan", "--format", "json", "--nonsense"});
  CHECK(usage.exit_code == 1);
  CHECK(usage.out.find(R"("date": "2027-02-01", )") != std::string::npos);
  CHECK(usage.out.find(R"({"severity": "error", "rule": null, "file": null, )") != std::string::npos);
}

TEST_CASE("a second later the same plan takes away what the rule gave") {
  CommandLine cli;
  CommandLine::write("roster.yaml", kRoster);
  CommandLine::write("rollcall.state.json", applied());
  const auto result = cli.run("2027-02-01T00:00:00Z", {"plan", "--detailed-exitcode"});
  CHECK(result.exit_code == 2);
  CHECK(result.out.find("- kim@example.com") != std::string::npos);
  CHECK(result.out.find("expired on 2027-01-31") != std::string::npos);
  CHECK(result.out.find("Plan: 0 to create, 0 to update, 1 to remove.") != std::string::npos);
}

TEST_CASE("a saved plan is applied until the last day on which the roster says the same, and not after it") {
  CommandLine cli;
  CommandLine::write("roster.yaml", kRoster);
  CommandLine::write("token", "a-token");
  REQUIRE(
      cli.run("2027-01-31T12:00:00Z", {"plan", "--out", "plan.json", "--server", "https://chat.example.com"})
          .exit_code == 0);
  const auto refused =
      cli.run("2027-02-01T00:00:00Z", {"apply", "plan.json", "--auto-approve", "--token-file", "token",
                                       "--server", "https://chat.example.com"});
  CHECK(refused.exit_code == 1);
  CHECK(refused.err.find("The plan in plan.json has expired: it was valid until 2027-01-31.") !=
        std::string::npos);
  // On the last day it is refused for no such reason: --format json cannot ask.
  const auto asked =
      cli.run("2027-01-31T23:59:59Z", {"apply", "plan.json", "--format", "json", "--token-file", "token",
                                       "--server", "https://chat.example.com"});
  CHECK(asked.err.find("--format json cannot ask") != std::string::npos);
}
