#include "http/headers.hpp"

#include <catch2/catch.hpp>

using namespace rollcall;
using http::value_of;

TEST_CASE("a header is found by its name in any case, the last of several") {
  const http::Headers headers = {{"ETag", "\"1\""}, {"date", "today"}, {"etag", "\"2\""}, {"Empty", ""}};
  CHECK(value_of(headers, "ETAG") == "\"2\"");
  CHECK(value_of(headers, "Date") == "today");
  CHECK(value_of(headers, "Empty").empty());
  CHECK(value_of(headers, "ETa").empty());
  CHECK(value_of({}, "Date").empty());
}
