#include "http/curl_transport.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include "base/lease.hpp"
#include "base/text.hpp"
#include "support/fake_clock.hpp"
#include "unit/http/local_server.hpp"

namespace rollcall::http {
namespace {

using std::chrono::milliseconds;
using testing::LocalServer;
using testing::read_request;
using testing::write_text;

constexpr std::string_view kOk =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}";

CurlOptions options_for(std::uint16_t port) {
  CurlOptions options;
  options.server = {false, "127.0.0.1", port, "/desk"};
  options.credentials = {"X-Token", Secret("tok-en")};
  return options;
}

/// One request against a server that sends `text` on its first connection and then closes it.
tl::expected<Response, TransportError> ask(std::string_view text,
                                           const std::function<void(CurlOptions&)>& change = nullptr) {
  LocalServer server([text](int connection, int) {
    read_request(connection);
    write_text(connection, text);
  });
  CurlOptions options = options_for(server.port());
  if (change) change(options);
  return make_curl_transport(std::move(options))->send({Method::kGet, "/api", "", true, true});
}

TEST_CASE("nothing is sent once the lease is lost, and the error says why") {
  std::atomic<int> connections = 0;
  LocalServer server([&](int, int) { ++connections; });
  testing::FakeClock clock;
  CurlOptions options = options_for(server.port());
  options.lease = std::make_shared<Lease>(clock);
  options.lease->begin("the state", clock.ticks(), std::chrono::seconds{60});
  options.lease->lose({"Another run has the lock.", "Wait for it."});
  const auto response = make_curl_transport(options)->send({Method::kGet, "/api", "", true, true});
  REQUIRE_FALSE(response);
  CHECK(response.error().failure == Failure::kLeaseLost);
  CHECK_FALSE(response.error().may_have_arrived);
  CHECK(response.error().message == "Another run has the lock.");
  CHECK(response.error().hint == "Wait for it.");
  CHECK(connections == 0);
}

TEST_CASE("a request waits until a lease is renewed that is nearly over; a stop ends the wait") {
  LocalServer server([](int connection, int) {
    read_request(connection);
    write_text(connection, kOk);
  });
  testing::FakeClock clock;
  CurlOptions options = options_for(server.port());
  options.lease = std::make_shared<Lease>(clock);
  options.lease->begin("the state", clock.ticks(), std::chrono::seconds{60});
  clock.sleep_for(std::chrono::seconds{55});

  std::stop_source stop;
  options.stop = stop.get_token();
  options.stop_grace = milliseconds{0};
  const auto transport = make_curl_transport(options);
  std::atomic<bool> answered = false;
  std::jthread sender([&] {
    answered = transport->send({Method::kGet, "/api", "", true, true}).has_value();
  });
  CHECK_FALSE(answered);
  options.lease->renew(clock.ticks());
  sender.join();
  CHECK(answered);

  clock.sleep_for(std::chrono::seconds{55});
  stop.request_stop();
  const auto stopped = transport->send({Method::kGet, "/api", "", true, true});
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().failure == Failure::kStopped);
  CHECK_FALSE(stopped.error().may_have_arrived);
}

TEST_CASE("a request carries token, body and who asks; two of them share a connection") {
  std::vector<std::string> seen;
  int connections = 0;
  {
    LocalServer server([&](int connection, int number) {
      connections = number + 1;
      for (auto request = read_request(connection); !request.empty(); request = read_request(connection)) {
        seen.push_back(request);
        write_text(connection, kOk);
      }
    });
    const auto transport = make_curl_transport(options_for(server.port()));
    http::Request with_body{Method::kDelete, "/accounts/1/account_users", R"({"user_id":5})", true, true};
    with_body.headers = {{"Content-Type", "application/json"}, {"If-Match", "\"7\""}};
    REQUIRE(transport->send(with_body));
    REQUIRE(transport->send({Method::kGet, "/api", "", false, true}));
  }
  REQUIRE(seen.size() == 2);
  CHECK(connections == 1);
  CHECK(seen[0].starts_with("DELETE /desk/accounts/1/account_users HTTP/1.1\r\n"));
  CHECK(seen[0].find("\r\nX-Token: tok-en\r\n") != std::string::npos);
  CHECK(seen[0].find("\r\nContent-Type: application/json\r\n") != std::string::npos);
  CHECK(seen[0].find("\r\nIf-Match: \"7\"\r\n") != std::string::npos);
  CHECK(seen[0].find("\r\nUser-Agent: rollcall/") != std::string::npos);
  CHECK(seen[0].ends_with("\r\n\r\n{\"user_id\":5}"));
  CHECK(seen[1].starts_with("GET /desk/api HTTP/1.1\r\n"));
  CHECK(seen[1].find("tok-en") == std::string::npos);
  CHECK(seen[1].find("Content-") == std::string::npos);
}

TEST_CASE("the scheme of a credential stands before its value, and a response with the value is refused") {
  std::string seen;
  LocalServer server([&](int connection, int) {
    seen = read_request(connection);
    write_text(connection, "HTTP/1.1 400 Bad\r\n\r\ngot long-token");
  });
  CurlOptions options = options_for(server.port());
  options.credentials = {"Authorization", Secret("long-token")};
  options.credentials.scheme = "Bearer ";
  const auto response = make_curl_transport(std::move(options))->send({Method::kGet, "/api", "", true, true});
  CHECK(seen.find("\r\nAuthorization: Bearer long-token\r\n") != std::string::npos);
  REQUIRE_FALSE(response);
  CHECK(response.error().failure == Failure::kRepeatsToken);
}

TEST_CASE("a response is kept with the headers that matter") {
  const auto response = ask(
      "HTTP/1.1 429 Too Many Requests\r\nContent-Type: Text/Plain\r\nRetry-After: 7\r\n"
      "Date: Fri, 01 May 2026 12:00:50 GMT\r\nETag: \"8\"\r\nContent-MD5: 0a==\r\nLink: <a>; rel=\"next\"\r\n"
      "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 5\r\nX-Other: 1\r\nContent-Length: "
      "12\r\n\r\nRetry later\n");
  REQUIRE(response);
  CHECK(response->status == 429);
  CHECK(response->content_type == "text/plain");
  CHECK(response->body == "Retry later\n");
  CHECK(value_of(response->headers, "retry-after") == "7");
  CHECK(value_of(response->headers, "date") == "Fri, 01 May 2026 12:00:50 GMT");
  CHECK(value_of(response->headers, "ETag") == "\"8\"");
  CHECK(value_of(response->headers, "Content-MD5") == "0a==");
  CHECK(value_of(response->headers, "Link") == "<a>; rel=\"next\"");
  CHECK(value_of(response->headers, "x-ratelimit-remaining") == "0");
  CHECK(value_of(response->headers, "x-ratelimit-reset") == "5");
  CHECK(response->headers.size() == 7);
}

TEST_CASE("every method goes out under its name, with its body") {
  const auto sent = [](Method method, const std::string& body) {
    std::string seen;
    {
      LocalServer server([&](int connection, int) {
        seen = read_request(connection);
        write_text(connection, kOk);
      });
      http::Request request{method, "/state", body, true, true};
      if (!body.empty()) request.headers = {{"Content-Type", "application/json"}};
      REQUIRE(make_curl_transport(options_for(server.port()))->send(request));
    }
    return seen;
  };
  for (const Method method :
       {Method::kPost, Method::kPut, Method::kPatch, Method::kDelete, Method::kLock, Method::kUnlock}) {
    const std::string seen = sent(method, R"({"ID":"7"})");
    INFO(seen);
    CHECK(seen.starts_with(std::string(to_string(method)) + " /desk/state HTTP/1.1\r\n"));
    CHECK(seen.find("\r\nContent-Length: 10\r\n") != std::string::npos);
    CHECK(seen.ends_with("\r\n\r\n{\"ID\":\"7\"}"));
  }
  CHECK(sent(Method::kUnlock, "").find("\r\nContent-Length: 0\r\n") != std::string::npos);
  CHECK(sent(Method::kDelete, "").find("\r\nContent-Length") == std::string::npos);
}

TEST_CASE("a redirection is a response, never followed") {
  const auto response =
      ask("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/elsewhere\r\nContent-Length: 0\r\n\r\n");
  REQUIRE(response);
  CHECK(response->status == 302);
  CHECK(value_of(response->headers, "location") == "http://127.0.0.1:1/elsewhere");
}

TEST_CASE("answers that are cut off, empty or no HTTP are failures after the request was sent") {
  const auto message_of = [](std::string_view text) {
    const auto response = ask(text);
    REQUIRE_FALSE(response);
    CHECK(response.error().failure == Failure::kBroken);
    CHECK(response.error().may_have_arrived);
    return response.error().message;
  };
  CHECK(message_of("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf") ==
        "The response of 127.0.0.1 was cut off.");
  CHECK(message_of("") == "127.0.0.1 closed the connection without a response.");
  CHECK(message_of("SSH-2.0-OpenSSH_9.2\r\n\r\n") == "The response of 127.0.0.1 is not HTTP.");
}

TEST_CASE("a response over the limit is refused, whether or not it tells its length") {
  const auto limited = [](std::string_view text) {
    LocalServer server([text](int connection, int) {
      read_request(connection);
      write_text(connection, text);
    });
    return make_curl_transport(options_for(server.port()))->send({Method::kGet, "/api", "", true, true, 10});
  };
  for (const auto& text : {std::string("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n12345678901"),
                           std::string("HTTP/1.1 200 OK\r\n\r\n12345678901")}) {
    const auto response = limited(text);
    REQUIRE_FALSE(response);
    CHECK(response.error().failure == Failure::kTooLarge);
    CHECK(response.error().message == "The response of 127.0.0.1 is larger than 10 bytes.");
  }
  CHECK(limited("HTTP/1.1 200 OK\r\n\r\n1234567890")->body == "1234567890");
}

TEST_CASE("headers without end are refused before they fill the memory") {
  std::string text = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 270; ++i) text += "X-Padding: " + std::string(1000, 'x') + "\r\n";
  const auto response = ask(text + "\r\n{}");
  REQUIRE_FALSE(response);
  CHECK(response.error().failure == Failure::kTooLarge);
  CHECK(response.error().message == "The headers of the response of 127.0.0.1 are larger than 256 KiB.");
}

TEST_CASE("a response that holds the token is refused, wherever and however it is written") {
  const auto reflect = [](std::string_view headers, std::string_view body) {
    return ask(fmt::format("HTTP/1.1 {}\r\n\r\n{}", headers, body),
               [](CurlOptions& options) { options.credentials.value = Secret("long-token"); });
  };
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"200 OK", R"({"name":"long-token"})"},
      {"400 Bad", R"({"error":"got LONG-Token, long-token"})"},
      {"200 OK", R"({"name":"\u006cong-\u0054oken"})"},
      {"200 OK\r\nContent-Type: text/Long-Token", "{}"},
      {"302 Found\r\nLocation: /?t=long-token", ""},
      {"429 Wait\r\nRetry-After: long-token", ""},
      {"200 OK\r\nETag: \"long-token\"", "{}"},
  };
  for (const auto& [headers, body] : cases) {
    const auto response = reflect(headers, body);
    REQUIRE_FALSE(response);
    CHECK(response.error().failure == Failure::kRepeatsToken);
    CHECK(response.error().may_have_arrived);
    CHECK(response.error().message ==
          "The response of 127.0.0.1 holds the token, so nothing of it was shown or recorded.");
    CHECK(to_lower(response.error().hint).find("long-token") == std::string::npos);
  }
  CHECK(reflect("200 OK", R"({"name":"long-tokem"})")->body == R"({"name":"long-tokem"})");
}

TEST_CASE("a header line that is too long is reported as such") {
  const auto response = ask("HTTP/1.1 200 OK\r\nX-Padding: " + std::string(150'000, 'x') + "\r\n\r\n{}");
  REQUIRE_FALSE(response);
  CHECK(response.error().failure == Failure::kTooLarge);
}

TEST_CASE("a list may be larger than an object, a refusal may not") {
  const std::string large((std::size_t{1} << 20U) + 1, ' ');
  const auto ask_for = [&](std::string_view status, std::size_t limit) {
    LocalServer server([&](int connection, int) {
      read_request(connection);
      write_text(connection, fmt::format("HTTP/1.1 {}\r\n\r\n{}", status, large));
    });
    return make_curl_transport(options_for(server.port()))
        ->send({Method::kGet, "/api", "", true, true, limit});
  };
  CHECK(ask_for("200 OK", kListLimit)->body.size() == large.size());
  CHECK(ask_for("201 Created", kListLimit)->body.size() == large.size());
  const auto object = ask_for("200 OK", kObjectLimit);
  REQUIRE_FALSE(object);
  CHECK(object.error().message == "The response of 127.0.0.1 is larger than 1 MiB.");
  const auto refusal = ask_for("500 Oops", kListLimit);
  REQUIRE_FALSE(refusal);
  CHECK(refusal.error().failure == Failure::kTooLarge);
}

TEST_CASE("large responses wait for each other, small ones for nobody") {
  const auto turns = std::make_shared<LargeResponses>();
  const auto body_of = [&](std::size_t size) {
    LocalServer server([&](int connection, int) {
      read_request(connection);
      write_text(connection, "HTTP/1.1 200 OK\r\n\r\n" + std::string(size, ' '));
    });
    CurlOptions options = options_for(server.port());
    options.large_responses = turns;
    options.total_timeout = milliseconds{300};
    return make_curl_transport(std::move(options))->send({Method::kGet, "/api", "", true, true, kListLimit});
  };
  auto first = body_of((std::size_t{1} << 20U) + 1);
  REQUIRE(first);
  CHECK(body_of(1000));
  const auto second = body_of((std::size_t{1} << 20U) + 1);
  REQUIRE_FALSE(second);
  CHECK(second.error().failure == Failure::kTimeout);
  first = Response{};
  CHECK(body_of((std::size_t{1} << 20U) + 1));
}

TEST_CASE("what is thrown while a response is taken ends the request, not the program") {
  // To take a turn of an object that no shared pointer owns throws.
  LargeResponses unowned;
  const std::string large((std::size_t{1} << 20U) + 1, ' ');
  LocalServer server([&](int connection, int) {
    read_request(connection);
    write_text(connection, "HTTP/1.1 200 OK\r\n\r\n" + large);
  });
  CurlOptions options = options_for(server.port());
  options.large_responses = std::shared_ptr<LargeResponses>(std::shared_ptr<void>(), &unowned);
  const auto response =
      make_curl_transport(std::move(options))->send({Method::kGet, "/api", "", true, true, kListLimit});
  REQUIRE_FALSE(response);
  CHECK(response.error().failure == Failure::kBroken);
  CHECK(response.error().may_have_arrived);
  CHECK(response.error().message == "The response of 127.0.0.1 could not be received: bad_weak_ptr.");
}

TEST_CASE("a request with an option that libcurl refuses is not sent") {
  std::atomic<int> connections{0};
  LocalServer server([&](int connection, int) {
    ++connections;
    for (auto request = read_request(connection); !request.empty(); request = read_request(connection))
      write_text(connection, kOk);
  });
  CurlOptions options = options_for(server.port());
  std::string too_long;
  too_long.resize(9'000'000, 'x');
  const auto refused = [](const tl::expected<Response, TransportError>& response) {
    return !response && response.error().failure == Failure::kSetup && !response.error().may_have_arrived &&
           response.error().message.starts_with(
               "The request to 127.0.0.1 was not sent, because libcurl "
               "refused one of its options: ");
  };
  {
    const auto transport = make_curl_transport(options);
    CHECK(refused(transport->send({Method::kGet, "/" + too_long, "", true, true})));
    CHECK(connections == 0);
    // The next request has all of its options again.
    CHECK(transport->send({Method::kGet, "/api", "", true, true}));
  }
  // Without the check the system's certificates would do instead of this file's.
  options.ca_file = too_long;
  CHECK(refused(make_curl_transport(options)->send({Method::kGet, "/api", "", true, true})));
  CHECK(connections == 1);
}

TEST_CASE("a port where nobody listens is told as such, and nothing was sent") {
  std::uint16_t port = 0;
  {
    port = LocalServer([](int, int) {}).port();
  }
  const auto response = make_curl_transport(options_for(port))->send({Method::kGet, "/api", "", true, true});
  REQUIRE_FALSE(response);
  CHECK(response.error().failure == Failure::kConnect);
  CHECK_FALSE(response.error().may_have_arrived);
  CHECK(response.error().message ==
        "Could not connect to 127.0.0.1 on port " + std::to_string(port) + ": Connection refused.");
}

TEST_CASE("a name that nobody knows is told as such") {
  CurlOptions options;
  options.server = {false, "nowhere.invalid", 80, ""};
  options.total_timeout = milliseconds{20'000};
  const auto response = make_curl_transport(options)->send({Method::kGet, "/api", "", true, true});
  REQUIRE_FALSE(response);
  CHECK(response.error().failure == Failure::kResolve);
  CHECK_FALSE(response.error().may_have_arrived);
  CHECK(response.error().message == "The server's name nowhere.invalid could not be resolved.");
}

/// A server that takes the request, sends `text`, and then waits for the client to give up.
TransportError given_up(std::string_view text, const std::function<void(CurlOptions&)>& change) {
  LocalServer server([text](int connection, int) {
    read_request(connection);
    write_text(connection, text);
    read_request(connection);
  });
  CurlOptions options = options_for(server.port());
  change(options);
  const auto response = make_curl_transport(options)->send({Method::kGet, "/api", "", true, true});
  REQUIRE_FALSE(response);
  CHECK(response.error().may_have_arrived);
  return response.error();
}

TEST_CASE("a server that does not answer, or stops in the middle, is given up") {
  const auto silent = given_up("", [](CurlOptions& options) { options.total_timeout = milliseconds{150}; });
  CHECK(silent.failure == Failure::kTimeout);
  CHECK(silent.message == "127.0.0.1 did not respond within 0.15 s.");
  const auto idle = given_up("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
                             [](CurlOptions& options) { options.idle_timeout = milliseconds{100}; });
  CHECK(idle.failure == Failure::kTimeout);
  CHECK(idle.message == "127.0.0.1 began to respond and then sent nothing for 0.1 s.");
}

/// Below the default limits, and more than any slow machine needs for a fifth of a second.
bool is_prompt(std::chrono::steady_clock::time_point start) {
  return std::chrono::steady_clock::now() - start < std::chrono::seconds{8};
}

TEST_CASE("a response in drops is given up when the time for the whole is over") {
  std::atomic<bool> over{false};
  LocalServer server([&](int connection, int) {
    read_request(connection);
    write_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    while (!over) {
      write_text(connection, " ");
      pollfd closing{connection, POLLIN, 0};
      if (poll(&closing, 1, 5) != 0) return;
    }
  });
  CurlOptions options = options_for(server.port());
  options.idle_timeout = milliseconds{10'000};
  options.total_timeout = milliseconds{200};
  const auto start = std::chrono::steady_clock::now();
  const auto response = make_curl_transport(options)->send({Method::kGet, "/api", "", true, true});
  over = true;
  REQUIRE_FALSE(response);
  CHECK(is_prompt(start));
  CHECK(response.error().failure == Failure::kTimeout);
  CHECK(response.error().may_have_arrived);
  CHECK(response.error().message == "127.0.0.1 did not respond within 0.2 s.");
}

TEST_CASE(
    "a connection that is never taken, or whose handshake never ends, is given up, and nothing was sent") {
  const auto give_up = [](std::uint16_t port, bool tls) {
    CurlOptions options = options_for(port);
    options.server.tls = tls;
    options.connect_timeout = milliseconds{150};
    const auto start = std::chrono::steady_clock::now();
    const auto response = make_curl_transport(options)->send({Method::kPost, "/accounts", "{}", true, false});
    REQUIRE_FALSE(response);
    CHECK(is_prompt(start));
    CHECK(response.error().failure == Failure::kConnect);
    CHECK_FALSE(response.error().may_have_arrived);
    CHECK(response.error().message == "127.0.0.1 did not accept a connection within 0.15 s.");
  };
  const testing::FullListener full;
  give_up(full.port(), false);
  LocalServer mute([](int connection, int) { read_request(connection); });
  give_up(mute.port(), true);
}

TEST_CASE("a stop ends a request that waits, and afterwards nothing is sent") {
  std::stop_source stop;
  stop.request_stop();
  const auto waiting = given_up("", [&](CurlOptions& options) {
    options.stop = stop.get_token();
    options.stop_grace = milliseconds{50};
  });
  CHECK(waiting.failure == Failure::kStopped);

  CurlOptions options = options_for(1);
  options.stop = stop.get_token();
  options.stop_grace = milliseconds{0};
  const auto late = make_curl_transport(options)->send({Method::kGet, "/api", "", true, true});
  REQUIRE_FALSE(late);
  CHECK(late.error().failure == Failure::kStopped);
  CHECK_FALSE(late.error().may_have_arrived);
}

TEST_CASE("a create never goes out twice over a connection that turns out dead, a read may") {
  for (const bool repeatable : {false, true}) {
    std::atomic<int> requests{0};
    LocalServer server([&](int connection, int number) {
      requests += read_request(connection).empty() ? 0 : 1;
      write_text(connection, kOk);
      if (number > 0) return;
      // Takes the second request on the same connection and closes without a response.
      requests += read_request(connection).empty() ? 0 : 1;
    });
    const auto transport = make_curl_transport(options_for(server.port()));
    const auto first = transport->send({Method::kGet, "/api", "", true, true});
    REQUIRE(first);
    CHECK_FALSE(first->earlier_attempt_unknown);
    const auto response = transport->send({Method::kPost, "/accounts", "{}", true, repeatable});
    if (repeatable) {
      REQUIRE(response);
      CHECK(response->earlier_attempt_unknown);
      CHECK(requests == 3);
    } else {
      REQUIRE_FALSE(response);
      CHECK(response.error().failure == Failure::kBroken);
      CHECK(response.error().may_have_arrived);
      CHECK(response.error().message == "127.0.0.1 closed the connection without a response.");
      CHECK(requests == 2);
    }
  }
}

TEST_CASE(
    "a create whose server died with the connection may have arrived, although nobody listens any more") {
  for (const bool repeatable : {false, true}) {
    std::atomic<LocalServer*> itself{nullptr};
    LocalServer server([&](int connection, int) {
      read_request(connection);
      write_text(connection, kOk);
      // The second one is read, and done for all that the client knows.
      read_request(connection);
      itself.load()->stop_listening();
    });
    itself = &server;
    const auto transport = make_curl_transport(options_for(server.port()));
    REQUIRE(transport->send({Method::kGet, "/api", "", true, true}));
    const auto response = transport->send({Method::kPost, "/accounts", "{}", true, repeatable});
    REQUIRE_FALSE(response);
    CHECK(response.error().may_have_arrived);
    CHECK(response.error().failure == (repeatable ? Failure::kConnect : Failure::kBroken));
  }
}

TEST_CASE("TLS failures name their cause and --ca-file, and nothing was sent") {
  LocalServer server([](int connection, int) {
    char greeting = 0;
    recv(connection, &greeting, 1, 0);
    write_text(connection, "HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  CurlOptions tls = options_for(server.port());
  tls.server.tls = true;
  const auto plain = make_curl_transport(tls)->send({Method::kGet, "/api", "", true, true});
  REQUIRE_FALSE(plain);
  CHECK(plain.error().failure == Failure::kTls);
  CHECK_FALSE(plain.error().may_have_arrived);
  CHECK(plain.error().hint.find("speaks TLS") != std::string::npos);

  const auto no_file = ask("", [](CurlOptions& options) {
    options.server.tls = true;
    options.ca_file = "/nowhere/ca.pem";
  });
  REQUIRE_FALSE(no_file);
  CHECK(no_file.error().failure == Failure::kTls);
  CHECK(no_file.error().message == "The certificate file /nowhere/ca.pem could not be read.");
  CHECK(no_file.error().hint.find("--ca-file") != std::string::npos);
}

}  // namespace
}  // namespace rollcall::http
