#include "fixture.hpp"

using namespace rollcall;
using http::Method;
using model::ObjectKind;
using plan::Outcome;
using plan::Stop;
using testing::Answer;
using testing::Applied;
using testing::FakeChatwoot;

namespace {

std::size_t creations(const Applied& a) {
  return a.chatwoot.count("POST /accounts") + a.chatwoot.count("POST /users");
}

}  // namespace

TEST_CASE("an account of this lineage under an unknown id stops the run, whatever its key") {
  Applied a;
  a.want_account("desk");
  a.want_user("ana");
  a.chatwoot.listing_broken = GENERATE(false, true);
  for (model::ServerId id = 41; id <= 47; ++id)
    a.chatwoot.add_account(id, "One", fmt::format("lineage/one-{}/n{}", id, id));
  a.run();
  CHECK(a.result.stop == Stop::kFatal);
  CHECK(creations(a) == 0);
  REQUIRE(a.result.fatal);
  CHECK(
      a.result.fatal->message ==
      "The server has 7 accounts that this state created but does not know: 41 (accounts.one-41), 42 "
      "(accounts.one-42), 43 (accounts.one-43), 44 (accounts.one-44), 45 (accounts.one-45), and 2 more. The "
      "state is old, a second copy of it is in use, or a request of an interrupted run arrived late. Nothing "
      "was "
      "sent.");
  CHECK(a.result.fatal->hint.find("`id: 41` at accounts.one-41") != std::string::npos);
  CHECK(a.after() == a.recorded);
}

TEST_CASE("what explains an unknown id does not stop the run") {
  Applied a;
  a.want_account("desk");
  a.chatwoot.listing_broken = GENERATE(false, true);
  SECTION("a foreign lineage with a key that nobody is about to create") {
    a.chatwoot.add_account(41, "One", "other/one/n1");
  }
  SECTION("an id: of the roster binds it") {
    a.want_account("one").id = 41;
    a.chatwoot.add_account(41, "Account one", "lineage/one/n1");
  }
  SECTION("state rm has forgotten the id") {
    a.recorded.forgotten = {{{ObjectKind::kAccount, "one", {}}, 41, "n0"}};
    a.chatwoot.add_account(41, "One", "lineage/one/n1");
  }
  SECTION("state rm has forgotten the attempt") {
    a.recorded.forgotten = {{{ObjectKind::kAccount, "one", {}}, 0, "n1"}};
    a.chatwoot.add_account(41, "One", "lineage/one/n1");
  }
  SECTION("an interrupted run may have created it, and the next look takes it in") {
    model::RecordedAccount one;
    one.ref = a.directory.accounts.intern("one");
    one.nonce = "n1";
    a.settings.unresolved = {{plan::Verb::kCreate, "n1", {state::PutAccount{one}}}};
    a.chatwoot.add_account(41, "One", "lineage/one/n1");
  }
  SECTION("the record has it as released") {
    a.has_account("one");
    a.recorded.accounts[0].released = true;
    a.serve();
  }
  a.run();
  CHECK(a.all_done());
  CHECK(a.chatwoot.count("POST /accounts") == 1);
}

TEST_CASE("where the listing is broken, ids above the mark are asked for, and the mark is recorded") {
  Applied a;
  a.want_account("desk");
  a.want_account("lab");
  a.chatwoot.listing_broken = true;
  a.recorded.accounts_seen_to = 50;
  a.chatwoot.add_account(40, "Seen before", "lineage/old/n1");
  a.chatwoot.add_account(60, "Another token's");
  a.chatwoot.hidden.insert(60);
  a.chatwoot.next_account = 300;
  a.run();
  CHECK(a.all_done());
  CHECK(a.chatwoot.count("GET /accounts") == 3);
  CHECK(a.chatwoot.count("GET /accounts/50") == 0);
  // The search ended at 260, 200 above the last id there is; the first account that was created told of the
  // rest.
  CHECK(a.chatwoot.count("GET /accounts/51") == 1);
  CHECK(a.chatwoot.count("GET /accounts/61") == 2);
  CHECK(a.chatwoot.count("GET /accounts/299") == 1);
  CHECK(a.after().accounts_seen_to == 300);
}

TEST_CASE("a listing sets the mark to the highest account that it shows") {
  Applied a;
  a.want_account("desk");
  a.chatwoot.add_account(77, "Somebody's");
  a.run();
  CHECK(a.after().accounts_seen_to == 77);
}

TEST_CASE("the ids below the first new account are asked for before the second is created") {
  Applied a;
  a.settings.parallelism = GENERATE(1U, 4U);
  a.want_account("desk");
  a.want_account("lab");
  a.chatwoot.listing_broken = true;
  a.chatwoot.next_account = 1000;
  a.chatwoot.add_account(700, "One", "lineage/one/n1");
  a.run();
  CHECK(a.result.stop == Stop::kFatal);
  CHECK(a.chatwoot.count("POST /accounts") == 1);
  CHECK(a.after().accounts.size() == 1);
  CHECK(a.after().accounts_seen_to == 0);
  REQUIRE(a.result.fatal);
  CHECK(a.result.fatal->message.find("700 (accounts.one)") != std::string::npos);
  CHECK(a.result.fatal->message.find("No other account was created.") != std::string::npos);
}

TEST_CASE("a search that does not come to its end creates nothing") {
  Applied a;
  a.want_account("desk");
  a.chatwoot.listing_broken = true;
  a.chatwoot.before = [](const http::Request& request) -> std::optional<Answer> {
    if (FakeChatwoot::is(request, Method::kGet, "/accounts/7")) return FakeChatwoot::server_error();
    return std::nullopt;
  };
  a.run();
  CHECK(a.result.stop == Stop::kFatal);
  CHECK(a.chatwoot.count("GET /accounts/7") == 3);
  CHECK(creations(a) == 0);
}

TEST_CASE("a user of this lineage whom the state does not know stops the whole run") {
  Applied a;
  const bool adopt = GENERATE(false, true);
  for (const char* name : {"ana", "ben", "cem"}) a.want_user(name).adopt = adopt;
  SECTION("under an unknown nonce") {
    a.chatwoot.add_user(9, "ana@example.com", "Ana", "lineage/ana@example.com/n1");
    a.run();
    CHECK(a.result.stop == Stop::kFatal);
    CHECK(a.outcome("users.ana@example.com") == Outcome::kFailed);
    CHECK(a.outcome("users.ben@example.com") == Outcome::kNotStarted);
    CHECK(a.chatwoot.count("POST /users") == 1);
    REQUIRE(a.result.fatal);
    CHECK(a.result.fatal->message.find("users.ana@example.com (id 9)") != std::string::npos);
    CHECK(a.after().users.empty());
  }
  SECTION("whom state rm has forgotten is refused or adopted") {
    a.chatwoot.add_user(9, "ana@example.com", "Ana", "lineage/ana@example.com/n1");
    a.recorded.forgotten = {{{ObjectKind::kUser, "ana@example.com", {}}, 9, "n1"}};
    a.run();
    CHECK(a.outcome("users.ana@example.com") == (adopt ? Outcome::kDone : Outcome::kFailed));
    CHECK(a.outcome("users.cem@example.com") == Outcome::kDone);
    if (!adopt)
      CHECK(a.of("users.ana@example.com").error.hint.find("`rollcall state rm` forgot it") !=
            std::string::npos);
  }
  SECTION("one of a foreign lineage is refused or adopted") {
    a.chatwoot.add_user(9, "ana@example.com", "Ana", "other/ana@example.com/n1");
    a.run();
    CHECK(a.outcome("users.ana@example.com") == (adopt ? Outcome::kDone : Outcome::kFailed));
    CHECK(a.outcome("users.cem@example.com") == Outcome::kDone);
  }
}
