#include "base/clock.hpp"

#include <catch2/catch.hpp>

namespace rollcall {
namespace {

TEST_CASE("dates are days of the calendar and nothing else") {
  CHECK(parse_date("1970-01-01")->days == 0);
  CHECK(to_string(*parse_date("2028-02-29")) == "2028-02-29");
  for (const char* bad : {"", "2027-02-29", "2027-13-01", "2027-00-10", "2027-01-00", "2027-1-1", "27-01-01",
                          "2027-01-01 ", "+027-01-01", "2027/01/01", "1969-12-31", "2027-01-3x"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_date(bad));
  }
  CHECK(*parse_date("2027-01-31") < *parse_date("2027-02-01"));
}

TEST_CASE("times are read as they are written") {
  const auto time = parse_time("2026-01-31T23:59:59Z");
  REQUIRE(time);
  CHECK(to_string(*time) == "2026-01-31T23:59:59Z");
  CHECK(to_string(*time + std::chrono::milliseconds{1000}) == "2026-02-01T00:00:00Z");
  CHECK(date_of(*time) == *parse_date("2026-01-31"));
  CHECK(start_of(date_of(*time)) == *parse_time("2026-01-31T00:00:00Z"));
  for (const char* bad :
       {"", "2026-01-31", "2026-01-31T24:00:00Z", "2026-01-31T23:60:00Z", "2026-01-31T23:59:60Z",
        "2026-01-31 23:59:59Z", "2026-01-31T23:59:59+", "2026-02-30T00:00:00Z"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_time(bad));
  }
}

}  // namespace
}  // namespace rollcall
