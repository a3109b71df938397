#include <algorithm>

#include <catch2/catch.hpp>

#include "support/random_estates.hpp"
#include "unit/plan/live.hpp"

using namespace rollcall;
using model::Field;
using test::agreed;
using test::kAdmin;
using test::ThreeSides;

namespace {

const Date kToday = *parse_date("2026-11-30");

/// Settings of two accounts and a user that were changed on the server.
ThreeSides changed_by_hand() {
  ThreeSides e = agreed();
  e.desired.accounts[0].settings.set(Field::kLocale, "en");
  e.recorded.accounts[0].settings.set(Field::kLocale, "en");
  e.live_account("hq").settings.set(Field::kLocale, "de");
  e.live_user("ana").settings.set(Field::kName, "Somebody");
  e.context.today = kToday;
  return e;
}

plan::Drift with(ThreeSides& e, std::vector<std::string> addresses, const char* until = "2026-12-31") {
  e.context.policy.acknowledged.push_back({std::move(addresses), "OPS-1", *parse_date(until), {}});
  e.sort();
  return plan::find_drift(e.desired, e.recorded, e.live, e.directory, e.context);
}

}  // namespace

TEST_CASE("what is acknowledged does not count, and is listed") {
  ThreeSides e = changed_by_hand();
  SECTION("an address") {
    const plan::Drift drift = with(e, {"accounts.hq"});
    REQUIRE(drift.items.size() == 2);
    CHECK(drift.items[0].address == "accounts.hq");
    CHECK_FALSE(drift.items[0].counts);
    CHECK(drift.items[0].acknowledged == 0U);
    CHECK(drift.items[1].counts);
    CHECK(drift.items[1].acknowledged == std::nullopt);
    REQUIRE(drift.acknowledgements.size() == 1);
    CHECK(drift.acknowledgements[0].findings == 1);
    CHECK_FALSE(is_idle(drift.acknowledgements[0], drift));
  }
  SECTION("a pattern; the first entry that names a finding stands for it") {
    with(e, {"users.z*@example.com", "users.a*@example.com"});
    const plan::Drift drift = with(e, {"users.*@example.com"});
    REQUIRE(drift.items.size() == 2);
    CHECK(drift.items[0].counts);
    CHECK(drift.items[1].acknowledged == 0U);
    CHECK(drift.acknowledgements[1].findings == 1);
  }
  SECTION("until its last day, and no longer") {
    CHECK_FALSE(with(e, {"accounts.hq"}, "2026-11-30").items[0].counts);
    e.context.policy.acknowledged.clear();
    const plan::Drift drift = with(e, {"accounts.hq"}, "2026-11-29");
    CHECK(drift.items[0].counts);
    CHECK(drift.acknowledgements[0].has_ended);
    CHECK_FALSE(is_idle(drift.acknowledgements[0], drift));
  }
}

TEST_CASE("an acknowledgement takes a finding out of the second look, access that has to end included") {
  ThreeSides e = changed_by_hand();
  e.desired.grants.clear();
  const plan::Drift before = with(e, {"accounts.other"});
  const auto looked_at = [](const plan::Drift& drift) {
    return std::count_if(drift.items.begin(), drift.items.end(), [](const plan::DriftItem& item) {
      return item.second_look != plan::SecondLook::kNone;
    });
  };
  REQUIRE(looked_at(before) != 0);
  const plan::Drift drift = with(e, {"grants.hq/*"});
  CHECK(looked_at(drift) == 0);
  for (const plan::DriftItem& item : drift.items)
    if (item.address.starts_with("grants.")) {
      CHECK_FALSE(item.counts);
      CHECK(item.acknowledged == 1U);
    }
}

TEST_CASE("a stale state cannot be acknowledged") {
  ThreeSides e = agreed();
  e.context.today = kToday;
  model::LiveAccount stray;
  stray.id = 77;
  stray.sight = model::Sight::kSeen;
  stray.marker = "ours/stray/n1";
  e.live.accounts.push_back(stray);
  const plan::Drift drift = with(e, {"accounts.stray", "accounts.#77"});
  REQUIRE(plan::stale_items(drift).size() == 1);
  CHECK(plan::stale_items(drift)[0].counts);
  CHECK(plan::stale_items(drift)[0].acknowledged == std::nullopt);
}

TEST_CASE("an acknowledgement that matches nothing is idle, unless what it names was not looked at") {
  ThreeSides e = changed_by_hand();
  plan::Drift drift = with(e, {"users.joe@example.com"});
  const plan::Acknowledgement entry = drift.acknowledgements[0];
  CHECK(is_idle(entry, drift));
  drift.users_read = false;
  CHECK_FALSE(is_idle(entry, drift));
  drift.users_read = true;
  drift.failures.push_back({"users.joe@example.com", "The server answered 500"});
  CHECK_FALSE(is_idle(entry, drift));
}

TEST_CASE("what does not count anyway is nothing to acknowledge") {
  ThreeSides e = changed_by_hand();
  e.context.policy.fail_on = {model::Verdict::kGone};
  const plan::Drift drift = with(e, {"accounts.hq"});
  CHECK(drift.items[0].acknowledged == std::nullopt);
  CHECK(is_idle(drift.acknowledgements[0], drift));
}
