#include "store/location.hpp"

#include <catch2/catch.hpp>

using namespace rollcall;
using store::Location;
using store::parse_location;
using store::StateUrl;

TEST_CASE("a state's location is a path or a URL") {
  for (const char* path : {"rollcall.state.json", "/srv/state.json", "s3:/bucket/key", "a:b", "", "../x"}) {
    INFO(path);
    CHECK(parse_location(path) == Location(std::filesystem::path(path)));
    CHECK(to_string(parse_location(path)) == path);
    CHECK(store::require_supported(parse_location(path)));
  }
  // A function over paths would make one slash of two.
  for (const char* url :
       {"s3://bucket//key?region=eu", "https://git.example.com/api/v4", "Postgres://db/x"}) {
    INFO(url);
    CHECK(to_string(parse_location(url)) == url);
    const auto supported = store::require_supported(parse_location(url));
    REQUIRE_FALSE(supported);
    CHECK(supported.error().message == std::string("The state ") + url + " is a URL.");
    CHECK(supported.error().hint == "This version keeps the state in a file: give a path.");
  }
  CHECK(to_string(parse_location("s3://ana:pass@word@bucket/key")) == "s3://***@bucket/key");
  CHECK(std::get<StateUrl>(parse_location("S3://bucket/key")) == StateUrl{"s3", "S3://bucket/key"});
}
