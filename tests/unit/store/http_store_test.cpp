#include "store/http_store.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/digest.hpp"
#include "store/http_lock.hpp"
#include "support/fake_transport.hpp"
#include "unit/store/store_losses.hpp"
#include "unit/store/store_suite.hpp"

namespace rollcall::store {
namespace {

using Catch::Contains;
using http::Method;
using testing::answer;
using testing::Answer;
using testing::FakeServer;
using testing::locker;
using testing::no_answer;

/// A server that keeps one state as GitLab does, or with LOCK and UNLOCK.
struct States {
  bool gitlab = true;
  std::string bytes{};
  std::vector<int> serials{};
  nlohmann::json lock{};

  Answer handle(const http::Request& request) {
    const std::string id = request.path.find("ID=") == std::string::npos
                               ? std::string()
                               : request.path.substr(request.path.find("ID=") + 3);
    switch (request.method) {
      case Method::kGet:
        return bytes.empty() ? answer(gitlab ? 204 : 404) : answer(200, bytes);
      case Method::kLock:
        return take(request.body);
      case Method::kUnlock:
        return let_go(escape(nlohmann::json::parse(request.body).at("ID")));
      case Method::kDelete:
        return let_go(id);
      case Method::kPost:
        return gitlab && request.path == "/lock" ? take(request.body) : write(request, id);
      default:
        return answer(405);
    }
  }

 private:
  static std::string escape(const std::string& text) {
    std::string out;
    for (const char c : text) {
      if (c == '@')
        out += "%40";
      else if (c == ':')
        out += "%3A";
      else if (c == '/')
        out += "%2F";
      else
        out += c;
    }
    return out;
  }
  Answer take(const std::string& body) {
    const auto wanted = nlohmann::json::parse(body);
    for (const char* field : {"ID", "Operation", "Info", "Who", "Version", "Created", "Path"})
      if (!wanted.contains(field)) return answer(400);
    if (lock.is_null()) {
      lock = wanted;
      return answer(200);
    }
    if (!gitlab) return answer(423, lock.dump());
    nlohmann::json told = wanted;
    for (const char* field : {"ID", "Who", "Created"}) told[field] = lock[field];
    return answer(409, told.dump());
  }
  Answer let_go(const std::string& id) {
    if (!lock.is_null() && escape(lock.at("ID")) != id) return answer(409);
    lock = nullptr;
    return answer(200);
  }
  Answer write(const http::Request& request, const std::string& id) {
    if (http::value_of(request.headers, "Content-MD5") != content_md5(request.body)) return answer(400);
    if (!lock.is_null() && escape(lock.at("ID")) != id) return answer(409, lock.dump());
    const int serial = nlohmann::json::parse(request.body).value("serial", -1);
    if (gitlab && (serial < 0 || std::find(serials.begin(), serials.end(), serial) != serials.end()))
      return answer(422);
    serials.push_back(serial);
    bytes = request.body;
    return answer(200);
  }
};

http::ServerUrl place(bool gitlab) {
  return {true, "states.example.com", 443,
          gitlab ? "/api/v4/projects/7/terraform/state/rollcall" : "/states/x"};
}

std::unique_ptr<HttpStore> store_on(FakeServer& server, bool gitlab = true) {
  return std::make_unique<HttpStore>(place(gitlab), server.connect(), true);
}

TEST_CASE("a state on a server keeps what every store promises") {
  const bool gitlab = GENERATE(true, false);
  States states{gitlab};
  FakeServer server([&](const http::Request& request) { return states.handle(request); });
  testing::check_store({[&] { return store_on(server, gitlab); }});
  CHECK(states.lock.is_null());
}

TEST_CASE("one message to a server of states is lost") {
  const bool gitlab = GENERATE(true, false);
  const Answer lost = GENERATE(no_answer(http::Failure::kBroken, true), answer(502));
  States states{gitlab};
  testing::Loss loss;
  int sent = 0;
  FakeServer server([&](const http::Request& request) {
    if (++sent != loss.nth) return states.handle(request);
    if (loss.after_its_effect) static_cast<void>(states.handle(request));
    return lost;
  });
  FakeServer steady([&](const http::Request& request) { return states.handle(request); });
  testing::check_losses({[&] { states = States{gitlab}; }, [&] { return store_on(steady, gitlab); },
                         [&](testing::Loss wanted) {
                           loss = wanted;
                           sent = 0;
                           return store_on(server, gitlab);
                         },
                         [&] { return sent; }});
}

TEST_CASE("a server may say when the state was written") {
  std::string field;
  FakeServer server([&](const http::Request&) {
    Answer reply = answer(200, "{}");
    if (!field.empty()) reply->headers.push_back({"last-modified", field});
    return reply;
  });
  const auto written_at = [&] { return (*store_on(server)->read())->written_at; };
  CHECK(written_at() == std::nullopt);
  field = "Wed, 21 Oct 2026 07:28:00 GMT";
  CHECK(written_at() == parse_time("2026-10-21T07:28:00Z"));
  field = "yesterday";
  CHECK(written_at() == std::nullopt);
}

TEST_CASE("the id of a lock says who holds it") {
  const LockInfo info{"an a",    "runner~3", "2026-01-31T23:59:59Z",
                      4711,      "state rm", "https://ci.example.com/jobs/8?x=1",
                      "6f1c1a52"};
  const std::string id = http_lock_id(info);
  CHECK(id == "6f1c1a52~state-rm~an-a@runner-3~4711~https://ci.example.com/jobs/8-x-1");
  const LockInfo read = read_http_lock(id, "somebody", "then");
  CHECK(read ==
        LockInfo{"an-a", "runner-3", "then", 4711, "state-rm", "https://ci.example.com/jobs/8-x-1", id});
  LockInfo long_job = info;
  long_job.job = std::string(300, 'j');
  CHECK(http_lock_id(long_job) == "6f1c1a52~state-rm~an-a@runner-3~4711");
  // Another program's.
  for (const char* other : {"7d1b3d62-1f0e", "a~b~c~1", "a~b~c@d~x"})
    CHECK(read_http_lock(other, "kim@laptop", "then") ==
          LockInfo{"kim@laptop", {}, "then", 0, {}, {}, other});
}

TEST_CASE("a lost response is looked into") {
  States states;
  std::map<int, Answer> faults;
  int posts = 0;
  bool works_first = false;
  FakeServer server([&](const http::Request& request) {
    if (request.method != Method::kPost || request.path == "/lock") return states.handle(request);
    const auto fault = faults.find(++posts);
    if (fault == faults.end()) return states.handle(request);
    if (works_first) static_cast<void>(states.handle(request));
    return fault->second;
  });
  const auto store = store_on(server);
  testing::FakeClock clock;
  const auto lock = store->lock(locker("apply"), {}, clock);
  REQUIRE(lock);
  const Answer lost = GENERATE(no_answer(http::Failure::kBroken, true), answer(502));
  works_first = GENERATE(true, false);
  INFO(works_first);
  faults = {{1, lost}};
  const auto written = store->write(R"({"serial": 1})", std::nullopt);
  REQUIRE(written);
  CHECK(*written == sha256(R"({"serial": 1})"));
  CHECK(posts == (works_first ? 1 : 2));
  CHECK(states.bytes == R"({"serial": 1})");

  // A server that stays away has said nothing.
  faults = {{posts + 1, lost}, {posts + 2, lost}, {posts + 3, lost}};
  works_first = false;
  const auto refused = store->write(R"({"serial": 2})", *written);
  REQUIRE_FALSE(refused);
  CHECK(states.bytes == R"({"serial": 1})");
}

TEST_CASE("a state that cannot be read after a lost write is told as unknown") {
  States states;
  bool gone = false;
  FakeServer server([&](const http::Request& request) {
    if (request.method == Method::kPost && request.path != "/lock") gone = true;
    return gone ? no_answer(http::Failure::kTimeout, true) : states.handle(request);
  });
  const auto store = store_on(server);
  testing::FakeClock clock;
  const auto lock = store->lock(locker("apply"), {}, clock);
  const auto written = store->write(R"({"serial": 1})", std::nullopt);
  REQUIRE_FALSE(written);
  CHECK_THAT(written.error().message, Contains("It is unknown whether the state was written."));
}

TEST_CASE("a write that was told as unknown is no stranger's later on") {
  States states;
  bool silent = false;
  FakeServer server([&](const http::Request& request) {
    const Answer reply = states.handle(request);
    if (request.method == Method::kPost && request.path != "/lock" &&
        request.body.find("\"serial\": 2") != std::string::npos)
      silent = true;
    return silent ? no_answer(http::Failure::kTimeout, true) : reply;
  });
  const auto store = store_on(server);
  testing::FakeClock clock;
  const auto lock = store->lock(locker("apply"), {}, clock);
  const auto first = store->write(R"({"serial": 1})", std::nullopt);
  REQUIRE(first);
  CHECK_FALSE(store->write(R"({"serial": 2})", *first));
  silent = false;
  CHECK(store->write(R"({"serial": 3})", *first));
  CHECK(states.bytes == R"({"serial": 3})");
}

TEST_CASE("a lock whose response was lost does not stay") {
  States states;
  int locks = 0;
  FakeServer server([&](const http::Request& request) {
    const Answer reply = states.handle(request);
    return request.method == Method::kPost && ++locks == 1 ? no_answer(http::Failure::kBroken, true) : reply;
  });
  testing::FakeClock clock;
  CHECK_FALSE(store_on(server)->lock(locker("apply"), {}, clock));
  CHECK(states.lock.is_null());
}

TEST_CASE("a lock that cannot be let go is told") {
  States states;
  FakeServer server([&](const http::Request& request) {
    return request.method == Method::kDelete ? answer(500) : states.handle(request);
  });
  std::vector<std::string> told;
  HttpStore store(place(true), server.connect(), true,
                  [&](const Error& error) { told.push_back(error.message); });
  testing::FakeClock clock;
  { const auto lock = store.lock(locker("apply"), {}, clock); }
  REQUIRE(told.size() == 1);
  CHECK_THAT(told[0], Contains("The lock of https://states.example.com"));
}

TEST_CASE("a lock that somebody removed is noticed at the next write") {
  States states;
  FakeServer server([&](const http::Request& request) { return states.handle(request); });
  const auto store = store_on(server);
  const auto other = store_on(server);
  testing::FakeClock clock;
  const auto lock = store->lock(locker("apply"), {}, clock);
  REQUIRE(lock);
  CHECK_THAT(other->remove_lock("no-such-id").error().message, Contains("has no lock with this ID"));
  REQUIRE(other->remove_lock(http_lock_id(locker("apply"))));
  const auto taken = other->lock(locker("refresh"), {}, clock);
  REQUIRE(taken);
  const auto written = store->write(R"({"serial": 1})", std::nullopt);
  REQUIRE_FALSE(written);
  CHECK_THAT(written.error().message, Contains("was not written: it is locked by ana@runner-3 (refresh"));
  CHECK(states.bytes.empty());
  // Without a lock nothing is sent.
  const auto before = server.requests().size();
  CHECK_FALSE(store_on(server)->write("{}", std::nullopt));
  CHECK(server.requests().size() == before);
}

TEST_CASE("what a server of states refuses") {
  Answer reply = answer(200);
  FakeServer server([&](const http::Request&) { return reply; });
  const auto message = [&](Answer refusal) {
    reply = std::move(refusal);
    const auto read = store_on(server)->read();
    return read ? std::string() : read.error().message;
  };
  CHECK_THAT(message(answer(401)), Contains("did not accept user name and password (401)"));
  CHECK_THAT(message(answer(403)), Contains("may not have the state"));
  CHECK_THAT(message(answer(404, R"({"message": "404 Project Not Found"})")), Contains("There is no place"));
  CHECK_THAT(message(answer(500)), Contains("answered 500"));
  CHECK_THAT(message(answer(302)), Contains("answered 302"));
  CHECK_THAT(message(no_answer(http::Failure::kConnect, false)), Contains("No response."));
  for (const Answer& absent : {answer(204), answer(404), answer(404, "<html>"), answer(200, "")}) {
    reply = absent;
    const auto read = store_on(server)->read();
    REQUIRE(read);
    CHECK_FALSE(*read);
  }
}

}  // namespace
}  // namespace rollcall::store
