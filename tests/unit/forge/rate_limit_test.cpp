#include "forge/rate_limit.hpp"

#include <string>

#include <catch2/catch.hpp>

namespace rollcall::forge {
namespace {

using std::chrono::seconds;

constexpr Time kNow{seconds{1'800'000'000}};

http::Response response(int status, http::Headers headers = {}, std::string body = "") {
  http::Response made;
  made.status = status;
  made.headers = std::move(headers);
  made.body = std::move(body);
  return made;
}

TEST_CASE("how long a forge wants nothing more") {
  CHECK(wait_of(response(429, {{"retry-after", "7"}}), kNow) == seconds{7});
  CHECK(wait_of(response(429, {{"retry-after", "0"}}), kNow) == seconds{1});
  CHECK(wait_of(response(429), kNow) == seconds{60});
  CHECK(wait_of(response(403, {{"retry-after", "7"}}), kNow) == seconds{7});
  CHECK(wait_of(response(403, {}, R"({"message":"You have exceeded a secondary Rate Limit."})"), kNow) ==
        seconds{60});
  CHECK(wait_of(response(403, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1800000010"}}), kNow) ==
        seconds{11});
  // By the forge's own clock.
  CHECK(wait_of(response(403, {{"x-ratelimit-remaining", "0"},
                               {"x-ratelimit-reset", "1800000010"},
                               {"date", "Fri, 15 Jan 2027 08:00:05 GMT"}}),
                kNow) == seconds{6});
  for (const char* nonsense : {"", "x", "-5", "99999999999999999999"})
    CHECK(wait_of(response(403, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", nonsense}}), kNow) ==
          seconds{60});
  CHECK(wait_of(response(429, {{"retry-after", "99999999999999999999"}}), kNow) == seconds{31'536'000});
}

TEST_CASE("a refusal is no limit of requests") {
  CHECK_FALSE(
      wait_of(response(403, {{"x-ratelimit-remaining", "12"}, {"x-ratelimit-reset", "1800000010"}}), kNow));
  CHECK_FALSE(wait_of(response(403), kNow));
  CHECK_FALSE(wait_of(response(401, {{"retry-after", "7"}}), kNow));
  CHECK_FALSE(wait_of(response(200, {{"x-ratelimit-remaining", "0"}}), kNow));
}

TEST_CASE("the waits of a run have an end") {
  const auto pause = pause_within(seconds{60});
  const auto wait = [&](const char* asked) { return pause(response(429, {{"retry-after", asked}}), kNow); };
  CHECK(wait("40") == seconds{40});
  CHECK_FALSE(wait("21"));
  CHECK(wait("20") == seconds{20});
  CHECK_FALSE(wait("1"));
  CHECK_FALSE(pause_within(seconds{60})(response(500), kNow));
}

}  // namespace
}  // namespace rollcall::forge
