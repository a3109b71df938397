#include "store/lock_info.hpp"

#include <catch2/catch.hpp>

namespace rollcall::store {
namespace {

TEST_CASE("lock information survives its text") {
  const LockInfo info{"a\"na\\", "host\n\x01", "2026-01-31T23:59:59Z", 4711, "apply"};
  CHECK(parse_lock_info(to_json(info)) == info);
  CHECK(to_json({"ana", "h", "t", 1, "apply"}) ==
        "{\"who\": \"ana\", \"where\": \"h\", \"when\": \"t\", \"pid\": 1, \"command\": \"apply\"}\n");
  // The name of a host may be any bytes.
  const std::string odd = to_json({"ana", "h\xff", "t", 1, "apply"});
  CHECK(odd.find(R"("h\ufffd")") != std::string::npos);
  CHECK(parse_lock_info(odd)->where == "h\xEF\xBF\xBD");
}

TEST_CASE("members of others are skipped, other texts are nothing") {
  CHECK(parse_lock_info(R"({"job": "https://ci.example.com/1", "attempt": 2, "who": "kim"})")->who == "kim");
  const std::string whole = to_json({"ana", "h", "t", 1, "apply"});
  for (std::size_t length = 0; length + 1 < whole.size(); ++length)
    CHECK_FALSE(parse_lock_info(whole.substr(0, length)));
  for (const char* text :
       {"[]", "{}", "null", "{\"who\": nul}", "{\"who\": \"a\"} x", "{\"who\": \"\\u12\"}"})
    CHECK_FALSE(parse_lock_info(text));
}

}  // namespace
}  // namespace rollcall::store
