#include <fmt/format.h>

#include <string>

#include <catch2/catch.hpp>

#include "base/digest.hpp"
#include "http/curl_transport.hpp"
#include "unit/http/local_server.hpp"

namespace rollcall::http {
namespace {

using Catch::Contains;
using testing::LocalServer;
using testing::read_request;
using testing::write_text;

constexpr const char* kSecretKey = "secret/key+of/the/bucket";
constexpr const char* kSessionToken = "token-of-a-session";

struct SignedExchange {
  std::string request;
  tl::expected<Response, TransportError> response;
};

/// A signed request, and what a server makes of it that answers with this body.
SignedExchange exchange(const Request& request, const std::string& reply = "{}", int status = 200) {
  SignedExchange seen;
  {
    LocalServer server([&](int connection, int) {
      seen.request = read_request(connection);
      write_text(connection, fmt::format("HTTP/1.1 {} Fine\r\nContent-Length: {}\r\n\r\n{}", status,
                                         reply.size(), reply));
    });
    CurlOptions options;
    options.server = {false, "127.0.0.1", server.port(), "/bucket"};
    options.credentials = {{}, Secret(kSecretKey), Signing{"eu-central-1", "AKIA", Secret(kSessionToken)}};
    seen.response = make_curl_transport(std::move(options))->send(request);
  }
  return seen;
}

// That the signature is right is for the servers of tests/support to say.
TEST_CASE("credentials that sign send no secret, but what its signature covers") {
  Request request{Method::kPut, "/a.b_c-d/e", std::string(2'000'000, 'x')};
  request.headers = {{"Content-Type", "application/json"}, {"If-Match", "\"1\""}};
  const auto [sent, response] = exchange(request);
  REQUIRE(response);
  const std::string head = sent.substr(0, sent.find("\r\n\r\n"));
  CHECK_THAT(head, Contains("PUT /bucket/a.b_c-d/e HTTP/1.1"));
  CHECK_THAT(head, Contains("x-amz-content-sha256: " + sha256(request.body)));
  CHECK_THAT(head, Contains("x-amz-security-token: " + std::string(kSessionToken)));
  CHECK_THAT(head, Contains("Authorization: AWS4-HMAC-SHA256 Credential=AKIA/"));
  CHECK_THAT(head, Contains("/eu-central-1/s3/aws4_request"));
  CHECK_THAT(head, Contains("SignedHeaders=content-type;host;if-match;x-amz-content-sha256;x-amz-date;"
                            "x-amz-security-token,"));
  CHECK_THAT(sent, !Contains(kSecretKey));
}

TEST_CASE("a request that is not authenticated is not signed") {
  const auto [sent, response] = exchange({Method::kGet, "/x", "", false});
  REQUIRE(response);
  CHECK_THAT(sent, !Contains("Authorization") && !Contains("x-amz-"));
}

TEST_CASE("a response that repeats a secret key or the token of a session is refused") {
  const std::string secret = GENERATE(kSecretKey, kSessionToken);
  const auto seen = exchange({Method::kGet, "/x", ""}, "{\"key\": \"" + secret + "\"}");
  REQUIRE_FALSE(seen.response);
  CHECK(seen.response.error().failure == Failure::kRepeatsToken);
}

TEST_CASE("the token of a session that is refused does not hide why") {
  const std::string token = kSessionToken;
  const auto seen =
      exchange({Method::kGet, "/x", ""}, "<Code>ExpiredToken</Code><Token-0>" + token + "</Token-0>", 400);
  REQUIRE(seen.response);
  CHECK(seen.response->body == "<Code>ExpiredToken</Code><Token-0>***</Token-0>");
  CHECK_FALSE(
      exchange({Method::kGet, "/x", ""}, "<Token-0>" + std::string(kSecretKey) + "</Token-0>", 400).response);
}

}  // namespace
}  // namespace rollcall::http
