#include <catch2/catch.hpp>

#include "golden/golden.hpp"
#include "report/report.hpp"
#include "sample.hpp"

namespace {

using namespace rollcall;
using model::Field;
using model::Role;

struct Recorded {
  model::Directory directory;
  model::RecordedEstate recorded;
};

Recorded estate() {
  Recorded e;
  model::RecordedAccount hq;
  hq.ref = e.directory.accounts.intern("hq");
  hq.id = 42;
  hq.provenance = model::Provenance::kBound;
  hq.settings.set(Field::kName, "HQ 東京");
  hq.settings.set({Field::kFeatures, "macros"}, false);
  hq.settings.set({Field::kCustomAttributes, "old"}, model::Value());
  hq.unlisted = {{9, Role::kAgent, "eve@example.com"}, {17, std::nullopt, std::nullopt}};
  model::RecordedAccount desk;
  desk.ref = e.directory.accounts.intern("desk");
  desk.id = 7;
  desk.released = true;
  desk.suspended_by_removal = true;
  desk.on_remove = model::OnRemove::kSuspend;
  model::RecordedUser ana;
  ana.ref = e.directory.users.intern("ana@example.com");
  ana.id = 11;
  ana.provenance = model::Provenance::kAdopted;
  ana.missing_since = start_of(sample::day("2027-02-01"));
  model::RecordedBot triage;
  triage.ref = e.directory.bots.intern("triage");
  triage.id = 3;
  e.recorded.accounts = {hq, desk};
  e.recorded.users = {ana};
  e.recorded.bots = {triage};
  e.recorded.grants = {{hq.ref, ana.ref, Role::kAdministrator}, {desk.ref, ana.ref, Role::kAgent}};
  return e;
}

void check_show(const std::string& name, const char* address) {
  const Recorded e = estate();
  const model::Address parsed = *model::parse_address(address);
  golden::check("state/" + name + ".txt", *report::state_show_text(e.recorded, e.directory, parsed));
  golden::check("state/" + name + ".json",
                *report::state_show_json(e.recorded, e.directory, parsed, sample::Sample::meta()));
}

}  // namespace

TEST_CASE("The list of what is recorded is sorted by address") {
  const Recorded e = estate();
  golden::check("state/list.txt", report::state_list_text(e.recorded, e.directory, false));
  golden::check("state/list_grants.txt", report::state_list_text(e.recorded, e.directory, true));
  golden::check("state/list.json",
                report::state_list_json(e.recorded, e.directory, false, sample::Sample::meta()));
  golden::check("state/list_grants.json",
                report::state_list_json(e.recorded, e.directory, true, sample::Sample::meta()));
}

TEST_CASE("An empty record says so") {
  CHECK(report::state_list_text({}, {}, true) == "Nothing is recorded.\n");
  CHECK(report::state_list_json({}, {}, false, sample::Sample::meta()).find("\"objects\": []") !=
        std::string::npos);
}

TEST_CASE("All that is recorded of one object") {
  check_show("show_account", "accounts.hq");
  check_show("show_released", "accounts.desk");
  check_show("show_user", "users.ana@example.com");
  check_show("show_bot", "agent_bots.triage");
  check_show("show_grant", "grants.hq/ana@example.com");
}

TEST_CASE("An address that is not recorded is refused with what may have been meant") {
  const Recorded e = estate();
  const auto missing =
      report::state_show_text(e.recorded, e.directory, *model::parse_address("users.anna@example.com"));
  REQUIRE(!missing);
  CHECK(missing.error().message == "The state has no users.anna@example.com.");
  CHECK(missing.error().hint ==
        "Did you mean users.ana@example.com? `rollcall state list` shows what is recorded.");
  CHECK(!report::state_show_json(e.recorded, e.directory, *model::parse_address("grants.hq/joe@example.com"),
                                 sample::Sample::meta()));
}
