#include "store/location.hpp"

#include <array>
#include <map>
#include <string>

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
  for (const char* url : {"ftp://bucket//key?region=eu", "Sftp://db/x"}) {
    INFO(url);
    CHECK(to_string(parse_location(url)) == url);
    const auto supported = store::require_supported(parse_location(url));
    REQUIRE_FALSE(supported);
    CHECK(supported.error().message.find(std::string("The state ") + url + " starts with `") == 0);
  }
  CHECK(to_string(parse_location("s3://ana:pass@word@bucket/key")) == "s3://***@bucket/key");
  CHECK(std::get<StateUrl>(parse_location("S3://bucket/key")) == StateUrl{"s3", "S3://bucket/key"});
}

TEST_CASE("a state on a server") {
  const auto parse = [](const char* text) {
    return store::parse_http_state(std::get<StateUrl>(parse_location(text)));
  };
  const auto url = parse("HTTPS://GitLab.example.com/api/v4/projects/7/terraform/state/rollcall/");
  REQUIRE(url);
  CHECK(*url ==
        http::ServerUrl{true, "gitlab.example.com", 443, "/api/v4/projects/7/terraform/state/rollcall"});
  CHECK(parse("http://127.0.0.1:8080/s"));
  const auto refused = [&](const char* text) {
    const auto parsed = parse(text);
    return parsed ? std::string() : parsed.error().message;
  };
  CHECK(refused("https://ana:word@states.example.com/s") ==
        "The state's address holds a user name or password.");
  CHECK(refused("https://states.example.com/s?lock=1") == "The state's address has a part after `?` or `#`.");
  CHECK(refused("https:///s") == "The state's address names no valid host: ``.");
  CHECK(refused("https://states.example.com/") == "The state's address names a server and no state on it.");
  CHECK(refused("http://states.example.com/s") ==
        "Plain http:// would send the state and its password to states.example.com unencrypted.");
}

TEST_CASE("a URL is taken apart, with %XX replaced") {
  constexpr std::array<std::string_view, 2> kKnown = {"region", "lease"};
  const auto split = [&](const std::string& text) {
    return store::split_url(std::get<StateUrl>(parse_location(text)), kKnown);
  };
  const auto parts = split("s3://bucket/a%20b/c?region=eu%2Dwest&lease=5");
  REQUIRE(parts);
  CHECK(parts->authority == "bucket");
  CHECK(parts->path == "/a b/c");
  CHECK(parts->parameters == std::map<std::string, std::string>{{"lease", "5"}, {"region", "eu-west"}});
  CHECK(store::lease_of(*parts) == std::chrono::seconds{5});
  const auto bare = split("s3://bucket");
  REQUIRE(bare);
  CHECK(bare->authority == "bucket");
  CHECK(bare->path.empty());
  CHECK(store::lease_of(*bare) == std::chrono::seconds{60});
  CHECK(split("s3://bucket?region=x")->parameters.at("region") == "x");

  CHECK(split("s3://b/k?regoin=x").error().message ==
        "The state s3://b/k?regoin=x has the parameter `regoin`, which is not known.");
  CHECK(split("s3://b/k?regoin=x").error().hint == "Known are region, lease.");
  CHECK(split("s3://b/k?lease=3&lease=4").error().message ==
        "The state s3://b/k?lease=3&lease=4 has the parameter `lease` twice.");
  for (const char* wrong : {"s3://b/%", "s3://b/%2", "s3://b/%zz", "s3://b/k?region=%+1", "s3://b/%-1"})
    CHECK(split(wrong).error().message.ends_with("has a `%` that no two hexadecimal digits follow."));
  for (const std::string wrong : {"lease=1", "lease=3601", "lease=", "lease=60s", "lease=-5"})
    CHECK(store::lease_of(*split("s3://b/k?" + wrong)).error().message ==
          "`" + wrong + "` is not a number of seconds from 2 to 3600.");
}
