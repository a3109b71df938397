#include "base/suggestion.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace rollcall {
namespace {

TEST_CASE("a slip of the finger finds its word, another word does not") {
  const std::vector<std::string> words = {"agent", "administrator", "accounts"};
  CHECK(closest("adminstrator", words) == "administrator");
  CHECK(closest("acconuts", words) == "accounts");
  CHECK_FALSE(closest("owner", words));
  CHECK_FALSE(closest("", words));
  CHECK_FALSE(closest("agent", {}));
}

TEST_CASE("addresses are close where both their parts are") {
  const std::vector<std::string> users = {"joe@example.com", "ana.silva@example.com", "mia@example.com"};
  CHECK_FALSE(closest_email("max@example.com", users));
  CHECK(closest_email("jo@example.com", users) == "joe@example.com");
  CHECK(closest_email("mai@example.com", users) == "mia@example.com");
  CHECK(closest_email("ana.sliva@exmaple.com", users) == "ana.silva@example.com");
  CHECK(closest_email("joe@example.org", users) == "joe@example.com");
  CHECK_FALSE(closest_email("joe@mail.example.net", users));
  CHECK_FALSE(closest_email("", users));
  CHECK_FALSE(closest_email("joe", users));
}

TEST_CASE("keys are close where what tells them apart is") {
  const std::vector<std::string> keys = {"sales-de", "sales-fr", "support-emea", "desk-1", "hq"};
  CHECK_FALSE(closest_key("sales-it", keys));
  CHECK_FALSE(closest_key("desk-2", keys));
  CHECK(closest_key("saels-de", keys) == "sales-de");
  CHECK(closest_key("support-emae", keys) == "support-emea");
  CHECK(closest_key("suport-emea", keys) == "support-emea");
  CHECK(closest_key("sales-de", keys) == "sales-de");
  CHECK(closest_key("qh", keys) == "hq");
  CHECK_FALSE(closest_key("", keys));
}

}  // namespace
}  // namespace rollcall
