#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "sample.hpp"
#include "state/state.hpp"
#include "support/slow.hpp"

namespace rollcall::state {
namespace {

using Catch::Contains;

Expected<State> read(const std::string& bytes) {
  model::Directory directory;
  return decode(bytes, "s.json", directory);
}

Error refused(const std::string& bytes) {
  const auto state = read(bytes);
  REQUIRE_FALSE(state);
  CHECK_FALSE(state.error().hint.empty());
  return state.error();
}

std::string sample_bytes() {
  return test::read_whole(test::sample_path());
}

/// From one byte that is looked at to the next.
constexpr std::size_t kStep = testing::kSlow ? 3 : 1;

/// The sample with one piece of it replaced, which has to be there.
std::string with(const std::string& piece, const std::string& other) {
  std::string bytes = sample_bytes();
  const std::size_t at = bytes.find(piece);
  REQUIRE(at != std::string::npos);
  return bytes.replace(at, piece.size(), other);
}

TEST_CASE("no beginning of a state passes for a state") {
  const std::string whole = sample_bytes();
  // The line break at the end is the one byte that may be missing.
  for (std::size_t length = 0; length + 1 < whole.size(); length += kStep) {
    CAPTURE(length);
    REQUIRE_FALSE(read(whole.substr(0, length)));
  }
  CHECK(read(whole.substr(0, whole.size() - 1)));
}

TEST_CASE("a state with one byte changed is refused or a consistent state") {
  const std::string whole = sample_bytes();
  std::size_t accepted = 0;
  const std::vector<int> masks = {0x01, 0x20, 0x80, 0xFF};
  for (std::size_t at = 0; at < whole.size(); at += kStep)
    for (std::size_t i = 0; i < masks.size(); ++i) {
      // One of them for each byte in a slow build.
      if (testing::kSlow && i != at % masks.size()) continue;
      const int mask = masks[i];
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ mask);
      model::Directory directory;
      const auto state = decode(bytes, "s.json", directory);
      if (!state) continue;
      ++accepted;
      CAPTURE(at, mask);
      const auto again = decode(encode(*state, directory), "s.json", directory);
      REQUIRE(again);
      REQUIRE(again->estate == state->estate);
    }
  // Letters inside a name change nothing that could be checked.
  CHECK(accepted > 0);
}

TEST_CASE("a state that ends too early says so and where the copy is") {
  const std::string whole = sample_bytes();
  const Error error = refused(whole.substr(0, whole.size() / 2));
  CHECK_THAT(error.message, Contains("s.json:") && Contains("ends too early"));
  CHECK_THAT(error.hint, Contains("s.json.bak"));
}

TEST_CASE("an empty state is refused, not taken for a first run") {
  CHECK_THAT(refused("").message, Contains("s.json is empty"));
  CHECK_THAT(refused(" \n\t\r\n").message, Contains("s.json is empty"));
}

TEST_CASE("bytes that are no state at all") {
  for (const std::string& bytes :
       {std::string("null"), std::string("[]"), std::string("7"), std::string("\"x\""), std::string("{}"),
        std::string("{"), std::string("\0\0\0\0", 4), std::string("\xff\xfe"), std::string("nonsense"),
        std::string("{\"format\": \"rollcall-state\"}"), std::string("{\"a\": 1}"), std::string("[{}]")}) {
    CAPTURE(bytes);
    CHECK_FALSE(refused(bytes).message.empty());
  }
  CHECK_THAT(refused("{\"version\": 4, \"terraform_version\": \"1.5.0\"}").message,
             Contains("not a Rollcall state"));
}

TEST_CASE("the state of a newer program names both versions, whatever else it holds") {
  const Error error = refused(with("\"version\": 2", "\"version\": 3, \"novelty\": []"));
  CHECK_THAT(error.message, Contains("version 3") && Contains("reads version 2"));
  CHECK_THAT(refused("{\"teams\": {}, \"version\": 3, \"format\": \"rollcall-state\"}").message,
             Contains("version 3"));
  CHECK_THAT(refused(with("\"version\": 2", "\"version\": 0")).message, Contains("`version` must be"));
  CHECK_THAT(refused(with("\"version\": 2", "\"version\": 1.0")).message, Contains("`version` must be"));
}

TEST_CASE("conflict markers are named as what they are") {
  const Error error = refused(with("  \"serial\": 7,\n", "<<<<<<< HEAD\n  \"serial\": 7,\n=======\n"));
  CHECK_THAT(error.message, Contains("s.json:5: ") && Contains("conflict markers"));
  CHECK_THAT(error.hint, Contains("rollcall refresh") && Contains("out of Git"));
}

TEST_CASE("more than 110 levels are refused") {
  const std::string deep = std::string(200, '[') + std::string(200, ']');
  CHECK_THAT(refused(with("\"region\": \"emea\"", "\"region\": " + deep)).message,
             Contains("accounts.support-emea has more than 110 levels"));
  CHECK(read(with("\"region\": \"emea\"", "\"region\": " + std::string(80, '[') + std::string(80, ']'))));
  CHECK_FALSE(read(std::string(1000000, '{')));
}

TEST_CASE("a NUL is no end of a state") {
  const std::string whole = sample_bytes();
  CHECK_THAT(refused(whole + std::string(1, '\0')).message, Contains("there is more after the end"));
  CHECK_THAT(refused(whole + '\0' + whole).message, Contains("there is more after the end"));
}

TEST_CASE("an order of keys that is not ours is no fault") {
  CHECK(
      read(with("\"id\": 8, \"nonce\": \"0000111122223333\"", "\"nonce\": \"0000111122223333\", \"id\": 8")));
}

struct Case {
  const char* piece;
  const char* other;
  const char* message;
};

TEST_CASE("what makes no sense is refused with its place") {
  const std::vector<Case> cases = {
      // Twice.
      {"\"id\": 8,", "\"id\": 8, \"id\": 8,", "the key `id` is there twice"},
      {"\"serial\": 7,", "\"serial\": 7, \"serial\": 7,", "the key `serial` is there twice"},
      {"\"agent_bots\": {\n", "\"agent_bots\": {}, \"agent_bots\": {\n",
       "the key `agent_bots` is there twice"},
      {"\"kim@example.com\": {", "\"ana@example.com\": {", "users.ana@example.com is there twice"},
      {"\"closed\": {", "\"hq\": {", "accounts.hq is there twice"},
      {"\"former\": {", "\"triage\": {", "agent_bots.triage is there twice"},
      {"\"kim@example.com\": \"agent\"", "\"ana@example.com\": \"agent\"",
       "the key `ana@example.com` is there twice"},
      {"\"id\": 12", "\"id\": 11", "lists the member 11 twice"},
      {"\"macros\": false", "\"help_center\": false", "the key `help_center` is there twice"},
      // Unknown.
      {"\"serial\": 7,", "\"serial\": 7, \"extra\": 1,", "unknown key `extra`"},
      {"\"id\": 8,", "\"id\": 8, \"extra\": {},", "unknown key `extra` in users.ana@example.com"},
      {"\"id\": 12", "\"id\": 12, \"extra\": 1", "unknown key `extra`"},
      {"\"id\": 2,", "\"id\": 2, \"nonce\": \"n\",", "unknown key `nonce` in agent_bots.triage"},
      {"\"locale\":", "\"lokale\":", "unknown setting `lokale`"},
      {"\"display_name\":", "\"domain\":", "unknown setting `domain` in users.ana@example.com"},
      {"\"released\": {", "\"released\": {\"teams\": {},", "unknown key `teams` in released"},
      // Missing.
      {"  \"serial\": 7,\n", "", "`serial` is missing"},
      {"  \"last_run\": \"0123456789abcdef0123456789abcdef\",\n", "", "`last_run` is missing"},
      {"\"id\": 8, ", "", "users.ana@example.com has no `id`"},
      {", \"origin\": \"adopted\"", "", "users.kim@example.com has no `origin`"},
      {"\"grants\": {},\n", "", "accounts.bare has no `grants`"},
      {"  \"accounts_seen_to\": 57,\n", "", "`accounts_seen_to` is missing"},
      {"\"address\": \"accounts.closed\", ", "", "an item of `forgotten` has no `address`"},
      // Types and ranges.
      {"\"accounts_seen_to\": 57", "\"accounts_seen_to\": -1", "`accounts_seen_to` must be"},
      {"\"accounts_seen_to\": 57", "\"accounts_seen_to\": \"57\"", "`accounts_seen_to` must be"},
      {"\"forgotten\": [", "\"forgotten\": {}, \"x\": [", "`forgotten` must be a list"},
      {"\"address\": \"accounts.closed\"", "\"address\": \"grants.hq/ana@example.com\"",
       "`address` of an item of `forgotten` must be the address of an account"},
      {"\"address\": \"users.lost@", "\"address\": \"users.Lost@",
       "`address` of an item of `forgotten` must be the address of an account"},
      {"\"id\": 21, \"nonce\"", "\"id\": 0, \"nonce\"", "`id` of an item of `forgotten` must be"},
      {"\"nonce\": \"ccccdddd\"", "\"nonce\": \"\"", "`nonce` of an item of `forgotten` must be"},
      {"\"nonce\": \"ccccdddd\"", "\"extra\": 1", "unknown key `extra` in an item of `forgotten`"},
      {"\"written_at\": \"2026-05-06T", "\"written_at\": \"2026-05-32T", "`written_at` must be a time"},
      {"\"run\": \"fedcba98", "\"run\": \"fed/ba98",
       "`run` of `applying` must be letters, digits and dashes"},
      {"\"run\": \"fedcba9876543210fedcba9876543210\", ", "", "`applying` has no `run`"},
      {", \"records_folded\": 12", "", "`applying` has no `records_folded`"},
      {"\"records_folded\": 12", "\"records_folded\": -1",
       "`records_folded` of `applying` must be an integer"},
      {"\"holder\": \"ana", "\"extra\": 1, \"holder\": \"ana", "unknown key `extra` in `applying`"},
      {"\"creations\": [\n      {\"verb\": \"create\"", "\"creations\": [\n      {\"verb\": \"update\"",
       "an item of `creations` neither creates nor grants"},
      {"\"creations\": [\n      {", "\"creations\": [\n      {\"extra\": 1, ",
       "an item of `creations` has an unknown key"},
      {"\"users.kim@example.com\"\n", "\"grants.hq/kim@example.com\"\n",
       "an item of `touched` must be the address of an account"},
      {"\"serial\": 7", "\"serial\": \"7\"", "`serial` must be"},
      {"\"serial\": 7", "\"serial\": 7.5", "`serial` must be"},
      {"\"serial\": 7", "\"serial\": -1", "`serial` must be"},
      {"\"serial\": 7", "\"serial\": 9007199254740992",
       "`serial` must be an integer from 0 to 9007199254740991"},
      {"\"accounts_seen_to\": 57", "\"accounts_seen_to\": 9007199254740991",
       "`accounts_seen_to` must be an integer from 0 to 9007199254740990"},
      {"\"id\": 8,", "\"id\": 9007199254740991,", "must be an integer from 1 to 9007199254740990"},
      {"\"first_id\": 43", "\"first_id\": 9007199254740992",
       "`first_id` must be an integer from 1 to 9007199254740991"},
      {"\"accepted\": true", "\"accepted\": false", "`accepted` must be true, and stand with a deletion"},
      {"\"verb\": \"delete\", \"accepted\"", "\"verb\": \"update\", \"accepted\"",
       "`accepted` must be true, and stand with a deletion"},
      {"\"only_intended\": true", "\"only_intended\": 1",
       "`only_intended` must be true, and never stands with"},
      {"\"verb\": \"grant\", \"only_intended\"", "\"verb\": \"create\", \"only_intended\"",
       "`only_intended` must be true, and never stands with a creation or deletion"},
      {"\"id\": 8,", "\"id\": 0,",
       "`id` of users.ana@example.com must be an integer from 1 to 9007199254740990"},
      {"\"id\": 8,", "\"id\": -3,", "must be an integer from 1 to 9007199254740990"},
      {"\"id\": 8,", "\"id\": 8.0,", "must be an integer from 1 to 9007199254740990"},
      {"\"id\": 8,", "\"id\": true,", "must be an integer from 1 to 9007199254740990"},
      {"\"id\": 8,", "\"id\": 9223372036854775808,", "must be an integer from 1 to 9007199254740990"},
      {"\"id\": 8,", "\"id\": 1e999,", "not valid JSON"},
      {"\"lineage\": \"6f1c1a52-", "\"lineage\": \"/", "`lineage` must be"},
      {"\"server\": \"https", "\"server\": \"ftp", "`server` must be"},
      {"\"hq\": {", "\"HQ\": {", "`HQ` is no account key"},
      {"\"triage\": {", "\"-\": {", "`-` is no key of an agent bot"},
      {"\"ana@example.com\": {", "\"Ana@example.com\": {",
       "`Ana@example.com` is no e-mail address in lower case"},
      {"\"ana@example.com\": \"administrator\"", "\"ana@example.com\": \"owner\"",
       "must be agent or administrator"},
      {"\"ana@example.com\": \"administrator\"", "\"ana@example.com\": null",
       "must be agent or administrator"},
      {"\"on_remove\": \"delete\"", "\"on_remove\": \"suspend\"", "must be retain or delete"},
      {"\"origin\": \"bound\"", "\"origin\": \"adopted\"", "must be created or bound"},
      {"2026-05-06T07:08:09Z", "2026-05-06 07:08:09", "must be a time"},
      {"2026-05-06T07:08:09Z", "2026-02-30T07:08:09Z", "must be a time"},
      {"\"name\": \"Ana Silva\"", "\"name\": 7", "`name` of users.ana@example.com must be a string or null"},
      {"\"macros\": false", "\"macros\": \"false\"", "must be true, false or null"},
      {"\"limits\": {\"agents\": 50}", "\"limits\": 50",
       "`limits` of accounts.support-emea must be an object"},
      {"\"suspended_by_removal\": true", "\"suspended_by_removal\": 1", "must be true or false"},
      {"\"grants\": {},", "\"grants\": [],", "`grants` of accounts.bare must be an object"},
      {"\"agent_bots\": {\n", "\"agent_bots\": [], \"x\": {\n", "`agent_bots` must be an object"},
      {"{\"id\": 12}", "12", "an unlisted member of accounts.hq must be an object"},
      // References and ends.
      {"\"old@example.com\": \"administrator\"", "\"lost@example.com\": \"agent\"",
       "lost@example.com has a grant but is in neither users nor released.users"},
      {"\n    ]\n  }\n}\n", "\n    ]\n  }\n}\n{}", "there is more after the end"},
      {"\n    ]\n  }\n}\n", "\n    ]\n  }\n}\nx", "there is more after the end"},
      {"\"id\": 8,", "\"id\": 08,", "not valid JSON"},
      {"\"id\": 8,", "\"id\": 8, // eight", "not valid JSON"},
      {"Ana Silva", "Ana \xff", "not valid JSON"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.piece, c.other);
    const Error error = refused(with(c.piece, c.other));
    CHECK_THAT(error.message, Contains(c.message) && Contains("s.json:") && Contains("(byte "));
    CHECK_THAT(error.hint, Contains("s.json.bak") && Contains("rollcall help state"));
  }
}

TEST_CASE("the place is the line of what is wrong") {
  CHECK_THAT(refused(with("\"serial\": 7", "\"serial\": true")).message, Contains("s.json:5: "));
  // A grant of nobody is told at the first grant, line 45 of the sample.
  const std::string bytes = with("\"old@example.com\": \"administrator\"", "\"lost@example.com\": \"agent\"");
  const auto line = 1 + std::count(bytes.begin(), bytes.begin() + std::ptrdiff_t(bytes.find("lost@")), '\n');
  CHECK_THAT(refused(bytes).message, Contains("s.json:" + std::to_string(line) + ": "));
}

}  // namespace
}  // namespace rollcall::state
