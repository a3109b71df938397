#include "http/retry.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include <catch2/catch.hpp>

#include "support/fake_clock.hpp"
#include "support/fake_transport.hpp"
#include "support/worker_clock.hpp"
#include "unit/http/local_server.hpp"

namespace rollcall::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::answer;
using testing::no_answer;

/// 2026-05-01T12:00:20Z, 20 seconds into a minute.
constexpr Time kStart{seconds{1'777'636'820}};

struct Fixture {
  explicit Fixture(std::vector<testing::Answer> script) : server(std::move(script)) {}

  testing::Answer send(bool repeatable) {
    return make_retrying_transport(server.connect(), pace())
        ->send({Method::kPost, "/x", "{\"password\":\"hush\"}", true, repeatable});
  }
  RequestPolicy pace() {
    return {throttle, clock, entropy, stop.get_token(),
            [this](const Attempt& attempt) { lines.push_back(to_string(attempt)); }};
  }

  testing::FakeServer server;
  testing::FakeClock clock{kStart};
  testing::FakeEntropy entropy;
  Throttle throttle{clock, 0};
  std::stop_source stop;
  std::vector<std::string> lines;
};

testing::Answer with_headers(int status, std::string date, std::string retry_after) {
  auto out = answer(status, "Retry later\n", "text/plain");
  out->headers = {{"date", std::move(date)}, {"retry-after", std::move(retry_after)}};
  return out;
}

TEST_CASE("what is harmless to repeat is tried up to five times with growing waits") {
  Fixture run(
      {answer(502), no_answer(Failure::kTimeout, true), answer(503), answer(504), answer(502), answer(200)});
  const auto result = run.send(true);
  REQUIRE(result);
  CHECK(result->status == 502);
  CHECK(result->earlier_attempt_unknown);
  CHECK(run.server.requests().size() == 5);
  // 0.5 + 1 + 2 + 4 seconds, of which half is by chance.
  CHECK(run.clock.ticks() >= milliseconds{3750});
  CHECK(run.clock.ticks() <= milliseconds{7500});
}

TEST_CASE("a request that must not be repeated is sent once where it may have arrived") {
  SECTION("lost") {
    Fixture run({no_answer(Failure::kTimeout, true), answer(200)});
    const auto result = run.send(false);
    REQUIRE_FALSE(result);
    CHECK(result.error().may_have_arrived);
    CHECK(run.server.requests().size() == 1);
  }
  SECTION("lost, and then the server could not be reached") {
    for (const Failure failure : {Failure::kConnect, Failure::kResolve}) {
      Fixture run({no_answer(failure, true), answer(200)});
      const auto result = run.send(false);
      REQUIRE_FALSE(result);
      CHECK(result.error().may_have_arrived);
      CHECK(run.server.requests().size() == 1);
    }
  }
  SECTION("a gateway's 502") {
    Fixture run({answer(502), answer(200)});
    CHECK(run.send(false)->status == 502);
    CHECK(run.server.requests().size() == 1);
  }
}

TEST_CASE("what certainly did not arrive is sent again, whatever it is") {
  Fixture run({no_answer(Failure::kConnect, false), no_answer(Failure::kTimeout, false), answer(200)});
  const auto result = run.send(false);
  REQUIRE(result);
  CHECK_FALSE(result->earlier_attempt_unknown);
  CHECK(run.server.requests().size() == 3);
}

TEST_CASE("an attempt that may have arrived is remembered when later ones certainly did not") {
  const auto refused = no_answer(Failure::kConnect, false);
  Fixture run({no_answer(Failure::kBroken, true), refused, refused, refused, refused});
  const auto result = run.send(true);
  REQUIRE_FALSE(result);
  CHECK(result.error().failure == Failure::kConnect);
  CHECK(result.error().may_have_arrived);
}

TEST_CASE("500, refusals, TLS failures and answers that are too large are final") {
  for (const auto& final : {answer(500), answer(422), answer(401), no_answer(Failure::kTls, false),
                            no_answer(Failure::kProxy, false), no_answer(Failure::kTooLarge, true)}) {
    Fixture run({final, answer(200)});
    run.send(true);
    CHECK(run.server.requests().size() == 1);
  }
}

TEST_CASE("after a 429 everybody waits for the end of the server's minute, and even a create goes again") {
  const auto pause = [](std::string date, std::string retry_after) {
    Fixture run({with_headers(429, std::move(date), std::move(retry_after)), answer(200)});
    const auto result = run.send(false);
    REQUIRE(result);
    CHECK(result->status == 200);
    CHECK_FALSE(result->earlier_attempt_unknown);
    return run.clock.ticks();
  };
  CHECK(pause("", "") == seconds{42});                               // the local clock, with a margin
  CHECK(pause("Fri, 01 May 2026 12:00:50 GMT", "") == seconds{11});  // the server's
  CHECK(pause("Fri, 01 May 2026 12:00:50 GMT", "7") == seconds{7});
  CHECK(pause("Fri, 01 May 2026 12:00:50 GMT", "Fri, 01 May 2026 12:01:05 GMT") == seconds{15});
  CHECK(pause("", "86400") == seconds{120});
  CHECK(pause("", "99999999999999999999999999") == seconds{120});
  CHECK(pause("", "Fri, 31 Dec 9999 23:59:59 GMT") == seconds{120});
  CHECK(pause("", "Fri, 01 May 2026 12:00:25 GMT") == seconds{5});
  CHECK(pause("", "Sat, 01 May 1999 12:00:25 GMT") == seconds{1});
  CHECK(pause("", "0") == seconds{1});
  CHECK(pause("", "-5") == seconds{42});
  CHECK(pause("", "1.5") == seconds{42});
  CHECK(pause("Fri, 01 May 2026 12:00:00 GMT", "") == seconds{61});
  CHECK(pause("nonsense", "nonsense") == seconds{42});
}

TEST_CASE("another server's limit of requests has rules of its own") {
  Fixture run({answer(403), answer(429), answer(200)});
  RequestPolicy policy = run.pace();
  policy.pause_after = [](const Response& response, Time) -> std::optional<milliseconds> {
    return response.status == 403 ? std::optional<milliseconds>(seconds{7}) : std::nullopt;
  };
  const auto result =
      make_retrying_transport(run.server.connect(), policy)->send({Method::kPost, "/x", "{}", true, false});
  REQUIRE(result);
  CHECK(result->status == 429);
  CHECK(run.clock.ticks() == seconds{7});
  CHECK(run.server.requests().size() == 2);
}

TEST_CASE("one worker's 429 holds all workers until the server's minute is over") {
  constexpr int kWorkers = 6;
  testing::WorkerClock clock(kWorkers, kStart);
  testing::FakeEntropy entropy;
  Throttle throttle(clock, 2400);
  std::vector<milliseconds> sent;
  // Requests 21 to 23 come too soon by the server's clock, which shows 20 seconds more than ours.
  testing::FakeServer server([&](const Request&) {
    sent.push_back(clock.ticks());
    if (sent.size() < 21 || sent.size() > 23) return answer(200);
    return with_headers(429, "Fri, 01 May 2026 12:00:40 GMT", "");
  });
  std::atomic<int> done{0};
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < kWorkers; ++i)
      workers.emplace_back([&, transport = make_retrying_transport(
                                   server.connect(), {throttle, clock, entropy, std::stop_token{}})] {
        for (int n = 0; n < 10; ++n) {
          const auto result = transport->send({Method::kPost, "/x", "", true, false});
          if (result && result->status == 200) ++done;
        }
        clock.leave();
      });
  }
  CHECK(done == 10 * kWorkers);
  REQUIRE(sent.size() == 10 * kWorkers + 3);
  // One that has its turn already is not held back; nobody else goes before the end.
  const milliseconds turned_away = sent[20];
  const auto after = std::find_if(sent.begin(), sent.end(),
                                  [&](milliseconds at) { return at > turned_away + milliseconds{100}; });
  REQUIRE(after != sent.end());
  CHECK(after - sent.begin() <= 20 + kWorkers);
  CHECK(*after >= turned_away + seconds{21});
  CHECK(*after <= turned_away + seconds{22});
}

TEST_CASE("a gateway's Retry-After lengthens the wait of that request") {
  Fixture run({with_headers(503, "", "30"), answer(200)});
  CHECK(run.send(true)->status == 200);
  CHECK(run.clock.ticks() == seconds{30});
}

TEST_CASE("a server that turns away for ever is given up after five attempts") {
  const auto busy = with_headers(429, "", "1");
  Fixture run({busy, busy, busy, busy, busy, answer(200)});
  CHECK(run.send(false)->status == 429);
  CHECK(run.server.requests().size() == 5);
}

TEST_CASE(
    "a server that turns everybody away for ten minutes is gone, and one response shows that it is there") {
  testing::FakeClock clock{kStart};
  testing::FakeEntropy entropy;
  Throttle throttle{clock, 0};
  int answers_until_success = 1000;
  testing::FakeServer server(
      [&](const Request&) { return --answers_until_success == 0 ? answer(200) : answer(429); });
  auto transport = make_retrying_transport(server.connect(), {throttle, clock, entropy, std::stop_token{}});
  const auto requests_until_gone = [&] {
    int requests = 1;
    while (!transport->send({Method::kGet, "/x", "", true, true})->server_gone) ++requests;
    return requests;
  };
  CHECK(requests_until_gone() == 3);
  CHECK(clock.ticks() < std::chrono::minutes{12});

  answers_until_success = 4;
  CHECK(transport->send({Method::kGet, "/x", "", true, true})->status == 429);
  answers_until_success = 1;
  CHECK(transport->send({Method::kGet, "/x", "", true, true})->status == 200);
  answers_until_success = 1000;
  CHECK(requests_until_gone() == 3);
}

TEST_CASE("a server that answers nobody for three requests' worth of attempts is gone") {
  const auto silent = no_answer(Failure::kTimeout, true);
  std::vector<testing::Answer> script(9, silent);
  script.push_back(answer(503));
  Fixture run(std::move(script));
  const auto two_workers = run.pace();
  auto one = make_retrying_transport(run.server.connect(), two_workers);
  auto other = make_retrying_transport(run.server.connect(), two_workers);
  const Request request{Method::kPost, "/x", "", true, true};
  const auto first = one->send(request);
  REQUIRE_FALSE(first);
  CHECK_FALSE(first.error().server_gone);
  const auto second = other->send(request);
  REQUIRE(second);
  CHECK(second->status == 503);
  CHECK_FALSE(second->server_gone);
  const auto third = one->send(request);
  REQUIRE_FALSE(third);
  CHECK(third.error().server_gone);
}

TEST_CASE("any answer of the server shows that it is there") {
  std::vector<testing::Answer> script(14, no_answer(Failure::kBroken, true));
  script.push_back(answer(500));
  Fixture run(std::move(script));
  auto transport = make_retrying_transport(run.server.connect(), run.pace());
  const Request request{Method::kPost, "/x", "", true, true};
  transport->send(request);
  transport->send(request);
  CHECK(transport->send(request)->status == 500);
  CHECK_FALSE(transport->send(request).error().server_gone);
}

/// A server that is silent until the time limit of each request.
struct SilentServer {
  explicit SilentServer(milliseconds limit)
      : server([this, limit](const Request&) {
          clock.sleep_for(limit);
          return no_answer(Failure::kTimeout, true);
        }) {}

  testing::Answer send() { return transport->send({Method::kGet, "/x", "", true, true}); }

  testing::FakeClock clock{kStart};
  testing::FakeEntropy entropy;
  Throttle throttle{clock, 0};
  testing::FakeServer server;
  std::unique_ptr<Transport> transport =
      make_retrying_transport(server.connect(), {throttle, clock, entropy, std::stop_token{}});
};

TEST_CASE("a silent server ends a run of one worker after three minutes, and no request alone does so") {
  SilentServer silent(seconds{60});
  CHECK_FALSE(silent.send().error().server_gone);
  CHECK(silent.server.requests().size() == 2);
  CHECK(silent.send().error().server_gone);
  CHECK(silent.server.requests().size() == 3);
  CHECK(silent.clock.ticks() < seconds{182});
}

TEST_CASE("time in which nobody asks is no silence of the server") {
  SilentServer silent(seconds{60});
  silent.send();
  silent.clock.sleep_for(std::chrono::minutes{10});
  CHECK_FALSE(silent.send().error().server_gone);
  CHECK(silent.server.requests().size() == 4);
}

TEST_CASE("a gateway that waits for a server in vain is as silent as the server") {
  testing::FakeClock clock{kStart};
  testing::FakeEntropy entropy;
  Throttle throttle{clock, 0};
  testing::FakeServer server([&](const Request&) {
    clock.sleep_for(seconds{60});
    return answer(504);
  });
  auto transport = make_retrying_transport(server.connect(), {throttle, clock, entropy, std::stop_token{}});
  const Request request{Method::kGet, "/x", "", true, true};
  CHECK_FALSE(transport->send(request)->server_gone);
  CHECK(transport->send(request)->server_gone);
  CHECK(server.requests().size() == 3);
}

TEST_CASE("all workers of a silent server end together") {
  for (const int workers : {2, 8}) {
    testing::WorkerClock clock(workers, kStart);
    testing::FakeEntropy entropy;
    Throttle throttle(clock, 0);
    std::atomic<int> ended{0};
    {
      std::vector<std::jthread> threads;
      std::vector<std::unique_ptr<testing::FakeServer>> servers;
      const RequestPolicy pace{throttle, clock, entropy, std::stop_token{}};
      for (int i = 0; i < workers; ++i)
        servers.push_back(std::make_unique<testing::FakeServer>([&](const Request&) {
          clock.sleep_for(seconds{60});
          return no_answer(Failure::kTimeout, true);
        }));
      for (int i = 0; i < workers; ++i)
        threads.emplace_back(
            [&, transport = make_retrying_transport(servers[static_cast<std::size_t>(i)]->connect(), pace)] {
              for (int n = 0; n < 20; ++n) {
                const auto result = transport->send({Method::kGet, "/x", "", true, true});
                if (result || !result.error().server_gone) continue;
                ++ended;
                break;
              }
              clock.leave();
            });
      threads.clear();
    }
    CHECK(ended == workers);
    CHECK(clock.ticks() < seconds{190});
  }
}

TEST_CASE("once a stop is requested nothing is tried again") {
  Fixture run({answer(502), answer(200)});
  run.stop.request_stop();
  CHECK(run.send(true)->status == 502);
  CHECK(run.server.requests().size() == 1);
  CHECK(run.clock.ticks() == milliseconds{0});
}

TEST_CASE("a stop during a pause says that nothing was sent") {
  Fixture run({answer(200)});
  run.throttle.pause_for(seconds{30});
  run.stop.request_stop();
  const auto result = run.send(false);
  REQUIRE_FALSE(result);
  CHECK(result.error().failure == Failure::kStopped);
  CHECK_FALSE(result.error().may_have_arrived);
  CHECK(run.server.requests().empty());
}

TEST_CASE("each attempt is one line without body") {
  Fixture run({no_answer(Failure::kConnect, false), answer(200)});
  run.send(false);
  CHECK(run.lines == std::vector<std::string>{"POST /x could not connect 0 ms", "POST /x 200 0 ms"});
}

TEST_CASE("a create whose response is too slow for the client goes out once, a read again") {
  for (const bool repeatable : {false, true}) {
    std::atomic<int> requests{0};
    testing::LocalServer server([&](int connection, int) {
      if (testing::read_request(connection).empty()) return;
      // The first one is never answered: this waits until the client gives up.
      if (++requests == 1)
        testing::read_request(connection);
      else
        testing::write_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    });
    CurlOptions options;
    options.server = {false, "127.0.0.1", server.port(), ""};
    options.total_timeout = milliseconds{200};
    testing::FakeClock clock(kStart);
    testing::FakeEntropy entropy;
    Throttle throttle(clock, 0);
    const auto transport = connect_to(options, {throttle, clock, entropy, std::stop_token{}})();
    const auto result = transport->send({Method::kPost, "/x", "{}", true, repeatable});
    if (repeatable) {
      REQUIRE(result);
      CHECK(result->earlier_attempt_unknown);
      CHECK(requests == 2);
    } else {
      REQUIRE_FALSE(result);
      CHECK(result.error().failure == Failure::kTimeout);
      CHECK(result.error().may_have_arrived);
      CHECK(requests == 1);
    }
  }
}

}  // namespace
}  // namespace rollcall::http
