#include <catch2/catch.hpp>

#include "drifts.hpp"
#include "golden/golden.hpp"
#include "report/report.hpp"
#include "sample.hpp"

namespace {

using namespace drifts;

std::string drift_of(const DriftItem& one) {
  Estate estate = checked();
  estate.drift.items = {one};
  const std::string text = report::drift_text(estate.drift, estate.files, {});
  return text.substr(0, text.find("\n\n") + 1);
}

void check_all(const std::string& name, const Estate& estate) {
  golden::check("drift/" + name + ".txt", report::drift_text(estate.drift, estate.files, {}));
  golden::check("drift/" + name + ".json",
                report::drift_json(estate.drift, estate.files, sample::Sample::meta()));
}

}  // namespace

TEST_CASE("No drift is one line") {
  const Estate estate = checked();
  CHECK(report::drift_text(estate.drift, estate.files, {}) ==
        "No drift. Checked 3 accounts, 12 users and 31 grants.\n");
  golden::check("drift/none.json", report::drift_json(estate.drift, estate.files, sample::Sample::meta()));
}

TEST_CASE("Every verdict has its heading and says what to do") {
  check_all("every_verdict", drifted());
}

TEST_CASE("Colour changes nothing but colour in a drift") {
  const Estate estate = drifted();
  golden::check("drift/every_verdict_colour.txt",
                report::drift_text(estate.drift, estate.files, {true, false}));
}

TEST_CASE("What does not count is no drift") {
  Estate estate = checked();
  estate.drift.items = {
      item(Verdict::kPending, "grants.hq/kim@example.com", "role", kAgent, {}, {}, 44, false)};
  check_all("only_pending", estate);
}

TEST_CASE("Failed reads and unseen things are told") {
  Estate estate = checked();
  estate.drift.failures = {{"accounts.hq", "The server answered 500"}, {"users.ana@example.com", "Timeout"}};
  estate.drift.accounts_listed = false;
  estate.drift.bots_listed = false;
  estate.drift.users_read = false;
  check_all("failures", estate);
}

TEST_CASE("An address has advice of its own, because an apply does not change it") {
  Estate estate = checked();
  estate.drift.items = {
      item(Verdict::kChanged, "accounts.hq", "name", value("HQ"), value("HQ"), value("Other"), 4, true),
      item(Verdict::kChanged, "users.ana@example.com", "email", text("ana@example.com"),
           text("ana@example.com"), text("ana@new.example.com"), 20, true),
      item(Verdict::kConflict, "users.kim@example.com", "email", text("kim@example.com"),
           text("kim@old.example.com"), text("kim@new.example.com"), 21, true)};
  for (const std::size_t address : {1U, 2U})
    estate.drift.items[address].note = {plan::NoteCode::kAddressStays};
  check_all("addresses", estate);
}

TEST_CASE("What is acknowledged, and findings of one kind, are told apart from the rest") {
  Estate estate = checked();
  estate.files.add("rollcall.yaml", "version: 1\ndrift:\n  acknowledged:\n    - {}\n    - {}\n    - {}\n");
  for (const char* key : {"acme", "globex", "hooli", "initech", "massive", "umbrella", "vandelay"})
    estate.drift.items.push_back(item(Verdict::kChanged, std::string("accounts.") + key, "features.macros",
                                      value(false), value(false), value(true), 3, true));
  DriftItem known =
      item(Verdict::kChanged, "accounts.hooli", "limits.agents", value(20), value(20), value(500), 4, false);
  known.acknowledged = 0;
  estate.drift.items.push_back(known);
  const auto entry = [](std::vector<std::string> addresses, const char* until, std::uint32_t line) {
    return plan::Acknowledgement{
        {std::move(addresses), "OPS-77 tries 500 agents", *parse_date(until), {1, line, 7}}, false, 0};
  };
  estate.drift.acknowledgements = {entry({"accounts.hooli"}, "2026-12-31", 4),
                                   entry({"accounts.initec", "users.zoe@example.com"}, "2026-12-30", 5),
                                   entry({"grants.hq/#17"}, "2026-11-01", 6)};
  estate.drift.acknowledgements[0].findings = 1;
  estate.drift.acknowledgements[2].has_ended = true;
  check_all("acknowledged", estate);
  golden::check("drift/acknowledged_full.txt", report::drift_text(estate.drift, estate.files, {false, true}));
  golden::check("formats/acknowledged.html", report::drift_report(report::Format::kHtml, estate.drift,
                                                                  estate.files, sample::Sample::meta(), {}));
}

TEST_CASE("A refresh tells what it took into the record") {
  plan::Refreshed refreshed;
  refreshed.accounts_checked = 3;
  refreshed.users_checked = 12;
  refreshed.grants_checked = 31;
  CHECK(report::refresh_text(refreshed, {}) ==
        "Refreshed: the record already matches the server. Checked 3 accounts, 12 users and 31 grants.\n");
  refreshed.changes = drifted().drift.items;
  for (DriftItem& change : refreshed.changes) change.origin = {};
  refreshed.told = {item(Verdict::kChanged, "users.ana@example.com", "email", {}, text("ana@example.com"),
                         text("ana@new.example.com"), 0, true)};
  refreshed.told[0].note = {plan::NoteCode::kAddressKept};
  golden::check("drift/refresh.txt", report::refresh_text(refreshed, {}));
  golden::check("drift/refresh.json", report::refresh_json(refreshed, sample::Sample::meta()));
}

TEST_CASE("A refresh claims nothing of what it did not do") {
  plan::Refreshed refreshed;
  refreshed.failures = {{"accounts.hq", "The server answered 500"}};
  const std::string failures =
      "Not read (1)\n  These reads failed, so the report is incomplete.\n  ! accounts.hq: "
      "The server answered 500\n\n";
  CHECK(report::refresh_text(refreshed, {}) ==
        failures +
            "Nothing could be read: the record stays as it was. Checked 0 accounts, 0 users and 0 grants. "
            "1 read failed.\n");
  refreshed.users_checked = 1;
  CHECK(report::refresh_text(refreshed, {}) ==
        failures +
            "Refreshed what could be read: nothing of it had to be recorded. "
            "Checked 0 accounts, 1 user and 0 grants. 1 read failed.\n");
  refreshed = {};
  refreshed.told = {item(Verdict::kChanged, "users.ana@example.com", "email", {}, text("ana@example.com"),
                         text("ana@new.example.com"), 0, true)};
  const std::string text = report::refresh_text(refreshed, {});
  CHECK(text.find("Refreshed: nothing had to be recorded. 1 difference is not recorded.") !=
        std::string::npos);
}

TEST_CASE("A refresh tells of listings that are broken, with their repair") {
  plan::Refreshed refreshed;
  const auto text = [&] { return report::refresh_text(refreshed, {}); };
  CHECK(text().find("listing") == std::string::npos);
  refreshed.accounts_searched = true;
  refreshed.bots_listed = false;
  CHECK(text().find("Accounts were searched for by id\n  The server's listing of accounts is broken: ") !=
        std::string::npos);
  CHECK(text().find("Each recorded agent bot was read by itself.\n") != std::string::npos);
  CHECK(text().find("An administrator of the server repairs it in the Rails console: ") != std::string::npos);
  CHECK(plan::is_complete(refreshed));
  refreshed.accounts_searched = refreshed.accounts_listed = false;
  refreshed.accounts_failure = "The server answered 500.";
  CHECK(text().find("! The server's listing of accounts is broken: ") != std::string::npos);
  CHECK(text().find("The search by id did not finish: The server answered 500.") != std::string::npos);
  CHECK_FALSE(plan::is_complete(refreshed));
}

TEST_CASE("Every note has its words") {
  Estate estate = checked();
  for (const plan::NoteCode code :
       {plan::NoteCode::kFirstMissed, plan::NoteCode::kBack, plan::NoteCode::kNoSuchId,
        plan::NoteCode::kNotAdopted, plan::NoteCode::kAddressStays, plan::NoteCode::kAddressKept,
        plan::NoteCode::kActiveAgain, plan::NoteCode::kDeletionWaits, plan::NoteCode::kInterrupted,
        plan::NoteCode::kNeverLooked, plan::NoteCode::kOldState, plan::NoteCode::kOtherState,
        plan::NoteCode::kUserOfRoster, plan::NoteCode::kNotRead, plan::NoteCode::kNotPermitted,
        plan::NoteCode::kNoSuchUser, plan::NoteCode::kReadFailed}) {
    estate.drift.items.push_back(
        item(Verdict::kUnlisted, "grants.hq/#17", "role", {}, {}, role({}), 0, false));
    estate.drift.items.back().note = {code, Time{}, "The server answered 500 \x1b[2J"};
  }
  check_all("notes", estate);
}

TEST_CASE("A line says what was to be expected and what the server has") {
  const auto line = [](Verdict verdict, Side wanted, Side recorded, Side live) {
    const std::string text =
        drift_of(item(verdict, "accounts.hq", "limits.agents", wanted, recorded, live, 4, true));
    return text.substr(text.find("limits.agents"));
  };
  CHECK(line(Verdict::kChanged, value(20), value(20), value(500)) ==
        "limits.agents  20 -> 500 (live)  roster/a.yaml:4\n");
  CHECK(line(Verdict::kPending, value(30), value(20), value(20)) ==
        "limits.agents  wanted 30, recorded 20, live 20  roster/a.yaml:4\n");
  CHECK(line(Verdict::kPending, value(30), {}, value(20)) ==
        "limits.agents  wanted 30, live 20  roster/a.yaml:4\n");
  CHECK(line(Verdict::kGone, kAgent, kAgent, {}) ==
        "limits.agents  agent -> nothing (live)  roster/a.yaml:4\n");
  CHECK(line(Verdict::kUnlisted, {}, {}, kAdmin) == "limits.agents  live administrator  roster/a.yaml:4\n");
}

TEST_CASE("What was not read is not read, never nothing") {
  DriftItem adopted = item(Verdict::kPending, "users.zoe@example.com", "", text("Zoe"), {}, {}, 22, true);
  adopted.live_read = false;
  CHECK(drift_of(adopted).find("wanted Zoe, live not read") != std::string::npos);
}

TEST_CASE("Accounts that were searched for by id are told with the repair of the listing") {
  Estate estate = checked();
  estate.drift.accounts_searched = true;
  estate.drift.bots_listed = false;
  estate.drift.bots_kept = true;
  check_all("searched", estate);
}
