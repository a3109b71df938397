#include "report/drift_view.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "drifts.hpp"
#include "view_parts.hpp"

namespace {

using namespace drifts;
using namespace view_parts;
using plan::NoteCode;
using plan::SecondLook;
using report::Change;
using report::View;

View view_of(const Estate& estate) {
  return report::drift_view(estate.drift, estate.files, report::Alike::kNamed);
}

View view_of(std::vector<DriftItem> items) {
  Estate estate = checked();
  estate.drift.items = std::move(items);
  return view_of(estate);
}

DriftItem noted(DriftItem item, NoteCode code) {
  item.note.code = code;
  return item;
}

DriftItem looked_at(DriftItem item, SecondLook look) {
  item.second_look = look;
  return item;
}

/// A setting with the three sides of it.
DriftItem agents(Verdict verdict, Side wanted, Side recorded, Side live) {
  return item(verdict, "accounts.hq", "limits.agents", std::move(wanted), std::move(recorded),
              std::move(live), 4, true);
}

/// What the only row of this item says of its value.
Change change_of(const DriftItem& item) {
  const View view = view_of({item});
  REQUIRE(view.sections.size() == 1);
  REQUIRE(view.sections[0].rows.size() == 1);
  REQUIRE(view.sections[0].rows[0].change);
  return *view.sections[0].rows[0].change;
}

Names subjects(const Section& section) {
  Names found;
  for (const Row& row : section.rows) found.push_back(row.subject);
  return found;
}

Names advice(const std::vector<Section>& sections) {
  Names found;
  for (const Section& section : sections) found.push_back(section.advice);
  return found;
}

const std::string kSecondLook(report::kSecondLook);

}  // namespace

TEST_CASE("A view of a drift: second look, one section a verdict, what is missing, total") {
  Estate estate = drifted();
  estate.drift.items.push_back(
      noted(item(Verdict::kPending, "users.old@example.com", "", {}, text("Old"), text("Old"), 0, true),
            NoteCode::kDeletionWaits));
  estate.drift.failures = {{"accounts.hq", "The server answered 500"}};
  estate.drift.users_read = false;
  estate.drift.accounts_searched = true;
  const View view = view_of(estate);
  CHECK(view.title.empty());
  CHECK(view.breakdown.empty());
  CHECK(headings(view.sections) ==
        Names{kSecondLook, "Created by Rollcall, but missing from this state", "Changed on the server",
              "Gone from the server", "Conflict: roster, recorded state and server all differ",
              "Access that has expired", "Unlisted on the server", "Pending", "Waiting", "Converged",
              "Not read", "Not looked at", "Accounts were searched for by id"});
  std::string signs;
  for (const Section& section : view.sections)
    if (!section.rows.empty()) signs += section.rows.front().sign;
  CHECK(signs == "!~-!-+===!  ");
}

TEST_CASE("Each item of a drift is in one section, in the order of the drift") {
  const Estate estate = drifted();
  const View view = view_of(estate);
  std::size_t rows = 0;
  for (const Section& section : view.sections) {
    if (section.heading == kSecondLook) continue;
    CHECK(section.count == section.rows.size());
    CHECK(section.hidden == 0);
    rows += section.rows.size();
  }
  CHECK(rows == estate.drift.items.size());
  const Section& changed = section(view.sections, "Changed on the server");
  CHECK(subjects(changed) == Names{"accounts.hq", "accounts.hq", "grants.hq/lee@example.com"});
  CHECK(changed.rows[0].aspect == "name");
  CHECK(changed.rows[1].aspect == "custom_attributes.old");
  CHECK(subjects(section(view.sections, "Unlisted on the server")) == Names{"grants.hq/#17", "accounts.#99"});
}

TEST_CASE("A second look at a drift has its parts in one order, each row as it stands in its section") {
  const auto member = [](const std::string& email, Verdict verdict) {
    return item(verdict, "grants.hq/" + email + "@example.com", "role", {}, kAgent, kAdmin, 4, true);
  };
  // Addresses and items in the opposite order, so that it is neither that orders the parts.
  const std::vector<DriftItem> items = {
      looked_at(member("a", Verdict::kPending), SecondLook::kEndsAccess),
      looked_at(member("b", Verdict::kPending), SecondLook::kLeaver),
      looked_at(member("c", Verdict::kChanged), SecondLook::kActiveAgain),
      looked_at(member("d", Verdict::kExpired), SecondLook::kExpired),
      looked_at(item(Verdict::kChanged, "users.e@example.com", "email", text("e@example.com"),
                     text("e@example.com"), text("e@new.example.com"), 5, true),
                SecondLook::kSignInAddress),
      looked_at(member("f", Verdict::kChanged), SecondLook::kRaisedRole),
      looked_at(member("g", Verdict::kUnlisted), SecondLook::kUnlistedAdministrator),
      looked_at(member("h", Verdict::kUnlisted), SecondLook::kUnlistedAdministrator),
      looked_at(member("i", Verdict::kStaleState), SecondLook::kStaleState),
      member("j", Verdict::kChanged)};
  const View view = view_of(items);
  const Section& look = view.sections.front();
  CHECK(look.heading == kSecondLook);
  CHECK(look.rows.empty());
  CHECK(headings(look.sections) ==
        Names{"The state is old, or there are two", "Unlisted administrators", "Raised roles",
              "Changed sign-in addresses", "Expired access", "Accounts that are active again",
              "Users who left the roster and still have access", "Access that is to be taken away"});
  CHECK(subjects(look.sections[1]) == Names{"grants.hq/g@example.com", "grants.hq/h@example.com"});
  CHECK(look.sections[0].rows ==
        section(view.sections, "Created by Rollcall, but missing from this state").rows);
  CHECK(look.sections[1].rows == section(view.sections, "Unlisted on the server").rows);
  CHECK(look.sections[3].rows == section(view.sections, "Sign-in address changed on the server").rows);
  CHECK(look.sections[4].rows == section(view.sections, "Access that has expired").rows);
  CHECK(look.sections[6].rows[0] == row(section(view.sections, "Pending"), "grants.hq/b@example.com"));
  CHECK(look.sections[7].rows[0] == row(section(view.sections, "Pending"), "grants.hq/a@example.com"));
}

TEST_CASE("A drift that deserves no second look has none") {
  const View view = view_of({agents(Verdict::kChanged, value(20), value(20), value(500))});
  CHECK(headings(view.sections) == Names{"Changed on the server"});
}

TEST_CASE("A row of a drift has what was expected and what the server has") {
  CHECK(change_of(agents(Verdict::kChanged, value(20), value(20), value(500))) == Change{"20", "500 (live)"});
  CHECK(change_of(agents(Verdict::kChanged, value("HQ"), value("HQ"), value(true))) ==
        Change{"\"HQ\"", "true (live)"});
  CHECK(change_of(agents(Verdict::kGone, kAgent, kAgent, {})) == Change{"agent", "nothing (live)"});
  CHECK(change_of(agents(Verdict::kChanged, kAgent, kAgent, role({}))) == Change{"agent", "no role (live)"});
  CHECK(change_of(agents(Verdict::kChanged, value(20), value(20), value(model::Value()))) ==
        Change{"20", "absent (live)"});
}

TEST_CASE("Wanted and recorded are both in a row only where they differ") {
  CHECK(change_of(agents(Verdict::kConflict, value(30), value(20), value(500))) ==
        Change{{}, "wanted 30, recorded 20, live 500"});
  CHECK(change_of(agents(Verdict::kPending, value(30), {}, value(20))) == Change{{}, "wanted 30, live 20"});
  CHECK(change_of(agents(Verdict::kPending, kAgent, {}, {})) == Change{{}, "wanted agent"});
  CHECK(change_of(agents(Verdict::kConverged, {}, kAgent, {})) == Change{{}, "recorded agent, live nothing"});
  CHECK(change_of(agents(Verdict::kUnlisted, {}, {}, kAdmin)) == Change{{}, "live administrator"});
  CHECK(change_of(agents(Verdict::kPending, kAgent, kAgent, kAgent)) == Change{{}, "agent"});
}

TEST_CASE("A row of a thing that has no value to show has none") {
  CHECK_FALSE(view_of({item(Verdict::kUnlisted, "accounts.#99", "", {}, {}, {}, 0, true)})
                  .sections[0]
                  .rows[0]
                  .change);
}

TEST_CASE("What was not read is a value of its own in a row") {
  DriftItem unread = agents(Verdict::kPending, text("Zoe"), {}, {});
  unread.live_read = false;
  CHECK(change_of(unread) == Change{{}, "wanted Zoe, live not read"});
  unread.recorded = unread.wanted;
  CHECK(change_of(unread) == Change{"Zoe", "not read (live)"});
}

TEST_CASE("A row of a drift names the line of the roster, where there is one, and its note") {
  DriftItem unlisted =
      noted(item(Verdict::kUnlisted, "grants.hq/#17", "role", {}, {}, kAgent, 0, true), NoteCode::kNotRead);
  const View view = view_of({agents(Verdict::kChanged, value(20), value(20), value(500)), unlisted});
  const Row& changed = view.sections[0].rows[0];
  CHECK(changed.sources == std::vector<report::Source>{{"roster/a.yaml", 4, {}, {}}});
  CHECK(changed.note.empty());
  const Row& member = view.sections[1].rows[0];
  CHECK(member.sources.empty());
  CHECK(member.note == "this user was not read");
}

TEST_CASE("Sign-in addresses stand apart, without the advice that does not help with them") {
  const auto email = [](Verdict verdict, const std::string& recorded) {
    return item(verdict, "users.ana@example.com", "email", text("ana@example.com"), text(recorded),
                text("ana@new.example.com"), 20, true);
  };
  const View view =
      view_of({agents(Verdict::kChanged, value(20), value(20), value(500)),
               email(Verdict::kChanged, "ana@example.com"), email(Verdict::kConflict, "ana@old.example.com"),
               agents(Verdict::kConflict, value(20), value(30), value(500))});
  CHECK(headings(view.sections) ==
        Names{"Changed on the server", "Sign-in address changed on the server",
              "Conflict: roster, recorded state and server all differ",
              "Conflict over a sign-in address: roster, recorded state and server all differ"});
  for (const Section& section : view.sections) {
    CHECK(section.rows.size() == 1);
    CHECK(section.advice.empty() == (section.rows[0].aspect == "email"));
  }
}

TEST_CASE("What no apply does at once waits, and is not pending") {
  const auto user = [](const std::string& name, NoteCode code) {
    return noted(
        item(Verdict::kPending, "users." + name + "@example.com", "", {}, text("A"), text("A"), 0, true),
        code);
  };
  const View view = view_of(
      {user("a", NoteCode::kDeletionWaits), user("b", NoteCode::kInterrupted),
       user("c", NoteCode::kMembershipLeft), user("d", NoteCode::kNone), user("e", NoteCode::kNeverLooked),
       // No such note moves what is not pending.
       noted(agents(Verdict::kChanged, value(20), value(20), value(500)), NoteCode::kNeverLooked)});
  CHECK(headings(view.sections) == Names{"Changed on the server", "Pending", "Waiting"});
  CHECK(subjects(view.sections[1]) == Names{"users.b@example.com", "users.d@example.com"});
  const Section& waiting = view.sections[2];
  CHECK(subjects(waiting) == Names{"users.a@example.com", "users.c@example.com", "users.e@example.com"});
  CHECK(waiting.count == 3);
  CHECK(waiting.advice.empty());
  CHECK(waiting.rows[0].sign == '=');
  for (const Row& row : waiting.rows) CHECK_FALSE(row.note.empty());
  CHECK(view.total ==
        "Drift: 1 changed. 5 pending (merged, not applied). Checked 3 accounts, 12 users and 31 grants.");
}

TEST_CASE("What agrees is counted and not listed") {
  const View view = view_of(checked());
  CHECK(view.sections.empty());
  CHECK(view.total == "No drift. Checked 3 accounts, 12 users and 31 grants.");
}

TEST_CASE("The total of a drift tells what counts from what was only seen") {
  const auto total = [](std::vector<DriftItem> items) {
    const std::string text = view_of(std::move(items)).total;
    return text.substr(0, text.find(" Checked "));
  };
  const auto of = [](Verdict verdict, bool counts) {
    return item(verdict, "accounts.hq", "name", value("A"), value("B"), value("C"), 4, counts);
  };
  CHECK(total({of(Verdict::kConverged, false)}) == "No drift. Also seen: 1 converged.");
  CHECK(total({of(Verdict::kPending, true)}) == "Drift: 1 pending (merged, not applied).");
  CHECK(total({of(Verdict::kPending, false)}) == "No drift. Also seen: 1 pending (merged, not applied).");
  CHECK(total({of(Verdict::kUnlisted, false), of(Verdict::kUnlisted, true), of(Verdict::kUnlisted, true)}) ==
        "Drift: 2 unlisted. Also seen: 1 unlisted.");
  CHECK(total({of(Verdict::kUnlisted, true), of(Verdict::kExpired, true), of(Verdict::kConflict, true),
               of(Verdict::kGone, true), of(Verdict::kChanged, true), of(Verdict::kStaleState, true)}) ==
        "Drift: 1 stale state, 1 changed, 1 gone, 1 conflict, 1 expired, 1 unlisted.");
  CHECK(total(std::vector<DriftItem>(1234, of(Verdict::kGone, true))) == "Drift: 1,234 gone.");
}

TEST_CASE("Reads that failed are a section that alarms, and no drift is claimed") {
  Estate estate = checked();
  estate.drift.failures = {{"users.ana@example.com", "Timeout"}, {"accounts.hq", "The server answered 500"}};
  const View view = view_of(estate);
  REQUIRE(headings(view.sections) == Names{"Not read"});
  const Section& failed = view.sections[0];
  CHECK(failed.count == 2);
  CHECK(failed.tone == report::Tone::kAlarm);
  CHECK(failed.advice == "These reads failed, so the report is incomplete.");
  CHECK(subjects(failed) == Names{"users.ana@example.com", "accounts.hq"});
  CHECK(failed.rows[0].text == "Timeout");
  CHECK(failed.rows[0].form == report::Form::kSentence);
  CHECK(view.total ==
        "No drift in what could be read. Checked 3 accounts, 12 users and 31 grants. 2 reads failed.");
}

TEST_CASE("Listings that are broken are remarks with their repair; a declined one does not alarm") {
  Estate estate = checked();
  estate.drift.accounts_listed = estate.drift.bots_listed = estate.drift.users_read = false;
  const auto remarks = [&] { return section(view_of(estate).sections, "Not looked at").rows; };
  const auto signs = [&] {
    std::string all;
    for (const Row& row : remarks()) all += row.sign;
    return all;
  };
  CHECK(signs() == "!! ");
  CHECK(remarks()[0].advice.find("An administrator of the server repairs it") == 0);
  CHECK(remarks()[1].advice == remarks()[0].advice);
  CHECK(remarks()[2].advice.empty());
  estate.drift.bots_kept = true;
  CHECK(signs() == "!  ");
  CHECK(remarks()[1].text.find("which `unlisted_agent_bots: keep` allows") != std::string::npos);
  estate.drift.accounts_listed = estate.drift.users_read = true;
  estate.drift.accounts_searched = true;
  CHECK(headings(view_of(estate).sections) == Names{"Not looked at", "Accounts were searched for by id"});
  CHECK(signs() == " ");
}

TEST_CASE("A view of a refresh: what was taken, then what was not, without sources and without advice") {
  plan::Refreshed refreshed;
  refreshed.changes = drifted().drift.items;
  refreshed.told = {item(Verdict::kChanged, "users.ana@example.com", "email", {}, text("ana@example.com"),
                         text("ana@new.example.com"), 20, true)};
  refreshed.users_checked = 12;
  const View view = report::refresh_view(refreshed);
  CHECK(headings(view.sections) == Names{"Created by Rollcall, but missing from this state",
                                         "Changed on the server", "Gone from the server",
                                         "Conflict: roster, recorded state and server all differ",
                                         "Access that has expired", "Unlisted on the server", "Pending",
                                         "Converged", "Sign-in address changed on the server"});
  // An apply puts none of it back; only an old state needs somebody.
  Names only_first(view.sections.size());
  only_first[0] =
      "The state is old, or there are two. Restore the newer state before anything else is applied.";
  CHECK(advice(view.sections) == only_first);
  for (const Section& section : view.sections)
    for (const Row& row : section.rows) CHECK(row.sources.empty());
  CHECK(view.total ==
        "Refreshed: 12 differences recorded. 1 difference is not recorded. Checked 0 accounts, 12 "
        "users and 0 grants.");
}

TEST_CASE("Findings about one setting with the same sides are one row with their number") {
  Estate estate = checked();
  const auto macros = [](const std::string& key, bool live, std::uint32_t line) {
    return item(Verdict::kChanged, "accounts." + key, "features.macros", value(!live), value(!live),
                value(live), line, true);
  };
  estate.drift.items = {
      macros("a", true, 3),
      macros("b", true, 3),
      macros("c", false, 3),
      macros("d", true, 7),
      item(Verdict::kChanged, "grants.a/ana@example.com", "role", kAgent, kAgent, kAdmin, 9, true),
      item(Verdict::kChanged, "grants.b/ana@example.com", "role", kAgent, kAgent, kAdmin, 9, true)};
  const View view = view_of(estate);
  const Section& changed = section(view.sections, "Changed on the server");
  CHECK(subjects(changed) ==
        Names{"3 accounts", "accounts.c", "grants.a/ana@example.com", "grants.b/ana@example.com"});
  CHECK(changed.count == 6U);
  const Row& merged = changed.rows[0];
  CHECK(merged.sign == '~');
  CHECK(merged.aspect == "features.macros");
  CHECK(merged.change == Change{"false", "true (live)"});
  CHECK(merged.text == "accounts.a, accounts.b, accounts.d");
  // They stand in different places, which a full view has.
  CHECK(merged.sources.empty());
  CHECK(merged.folded == 3);
  CHECK(changed.rows[1].folded == 0);

  const View full = report::drift_view(estate.drift, estate.files, report::Alike::kEach);
  CHECK(section(full.sections, "Changed on the server").rows.size() == 6);

  const View listed = report::drift_view(estate.drift, estate.files, report::Alike::kListed);
  const Row& row = section(listed.sections, "Changed on the server").rows[0];
  CHECK(row.subject == "3 accounts");
  CHECK(row.text.empty());
  REQUIRE(row.rows.size() == 3);
  CHECK(row.rows[2].subject == "accounts.d");
  CHECK(row.rows[2].sources == std::vector<report::Source>{{"roster/a.yaml", 7, {}, {}}});

  estate.drift.items = {macros("a", true, 3), macros("b", true, 3)};
  CHECK(view_of(estate).sections[0].rows[0].sources ==
        std::vector<report::Source>{{"roster/a.yaml", 3, {}, {}}});
}

TEST_CASE("Findings that a reader can tell apart are not one row") {
  const DriftItem one = agents(Verdict::kChanged, value(20), value(20), value(500));
  DriftItem other = one;
  other.address = "accounts.lab";
  const auto rows = [&] { return view_of({one, other}).sections[0].rows.size(); };
  CHECK(rows() == 1);
  SECTION("by the setting") {
    other.what = "limits.inboxes";
  }
  SECTION("by the kind of object") {
    other.address = "users.ana@example.com";
  }
  SECTION("by what the server has") {
    other.live = value(501);
  }
  SECTION("by what is recorded") {
    other.recorded = value(30);
  }
  SECTION("by what is to be known of it") {
    other.note.code = NoteCode::kBack;
  }
  SECTION("by whether it counts") {
    other.counts = false;
  }
  SECTION("for nothing was read") {
    other.live_read = false;
  }
  CHECK(rows() == 2);
}

TEST_CASE("Values that differ where they are too long to be shown are not one row") {
  const std::string start(300, 'x');
  DriftItem one = agents(Verdict::kChanged, value(start), value(start), value(start + "a"));
  DriftItem other = one;
  other.address = "accounts.lab";
  CHECK(view_of({one, other}).sections[0].rows.size() == 1);
  other.live = value(start + "b");
  CHECK(view_of({one, other}).sections[0].rows.size() == 2);
}

TEST_CASE("What is acknowledged has a section of its own, and entries that decline nothing are told") {
  Estate estate = checked();
  estate.files.add("rollcall.yaml", "a\nb\nc\n");
  DriftItem known = agents(Verdict::kChanged, value(20), value(20), value(500));
  known.counts = false;
  known.acknowledged = 0;
  estate.drift.items = {known,
                        item(Verdict::kGone, "accounts.lab", "", text("Lab"), text("Lab"), {}, 9, true)};
  const auto entry = [](const char* until, std::uint32_t line) {
    return plan::Acknowledgement{{{"accounts.hq"}, "OPS-77", *parse_date(until), {1, line, 1}}, false, 0};
  };
  estate.drift.acknowledgements = {entry("2026-12-31", 1), entry("2026-12-30", 2), entry("2026-11-01", 3)};
  estate.drift.acknowledgements[0].findings = 1;
  estate.drift.acknowledgements[2].has_ended = true;
  const View view = view_of(estate);
  CHECK(headings(view.sections) ==
        Names{"Gone from the server", "Acknowledged", "Acknowledgements that decline nothing"});
  const Section& acknowledged = view.sections[1];
  CHECK(acknowledged.count == 1U);
  CHECK(acknowledged.rule.empty());
  REQUIRE(acknowledged.rows.size() == 1);
  CHECK(acknowledged.rows[0].subject == "accounts.hq");
  CHECK(acknowledged.rows[0].declined);
  CHECK(acknowledged.rows[0].note == "acknowledged until 2026-12-31: OPS-77");
  const Section& idle = view.sections[2];
  REQUIRE(idle.rows.size() == 2);
  CHECK(idle.rows[0].subject == "rollcall.yaml:2");
  CHECK(idle.rows[0].text == "this entry of `acknowledged` matches nothing that counts as drift");
  CHECK(idle.rows[1].subject == "rollcall.yaml:3");
  CHECK(idle.rows[1].text == "this entry of `acknowledged` expired on 2026-11-01 and has no effect");
  CHECK(view.total.find("Drift: 1 gone. Also seen: 1 acknowledged. Checked ") == 0);
}
