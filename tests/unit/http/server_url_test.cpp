#include "http/server_url.hpp"

#include <catch2/catch.hpp>

namespace rollcall::http {
namespace {

std::string identity(std::string_view text, PlainHttp plain = PlainHttp::kLoopbackOnly) {
  const auto url = parse_server_url(text, plain);
  return url ? to_string(*url) : url.error().message;
}

TEST_CASE("a server's identity is scheme, lower-case host, port and path without its last slash") {
  CHECK(identity("https://Chat.Example.com") == "https://chat.example.com");
  CHECK(identity("HTTPS://chat.example.com:443/") == "https://chat.example.com");
  CHECK(identity("https://chat.example.com:8443/Desk/") == "https://chat.example.com:8443/Desk");
  CHECK(identity("http://127.0.0.1:3000") == "http://127.0.0.1:3000");
  CHECK(identity("http://127.0.0.1:80") == "http://127.0.0.1");
  CHECK(identity("http://[::1]:3000/") == "http://[::1]:3000");
  CHECK(identity("http://localhost") == "http://localhost");
}

TEST_CASE("plain http goes to this machine only, unless it is allowed") {
  CHECK(identity("http://chat.example.com") ==
        "Plain http:// would send the token to chat.example.com unencrypted.");
  CHECK(identity("http://chat.example.com", PlainHttp::kAllowed) == "http://chat.example.com");
  CHECK(identity("http://127.0.0.1.example.com") ==
        "Plain http:// would send the token to 127.0.0.1.example.com unencrypted.");
}

TEST_CASE("an address that is none is refused with what is wrong") {
  CHECK(identity("chat.example.com") == "The server's address does not start with https://.");
  CHECK(identity("ftp://chat.example.com") ==
        "The server's address starts with `ftp://`, which is not supported.");
  CHECK(identity("https://") == "The server's address names no valid host: ``.");
  CHECK(identity("https://chat example.com") ==
        "The server's address names no valid host: `chat example.com`.");
  CHECK(identity("https://chat.example.com:0") == "The server's address has no valid port: `0`.");
  CHECK(identity("https://chat.example.com:70000") == "The server's address has no valid port: `70000`.");
  CHECK(identity("https://chat.example.com:") == "The server's address has no valid port: ``.");
  CHECK(identity("https://[::1") == "The server's address lacks the `]` after its IPv6 address.");
  CHECK(identity("https://[::1]x") == "The server's address has text after its `]`.");
  CHECK(identity("https://chat.example.com/?a=1") == "The server's address has a part after `?` or `#`.");
  CHECK(identity("https://chat.example.com/a b") ==
        "The path of the server's address has a character that needs to be escaped.");
}

TEST_CASE("a password in an address is refused and not repeated") {
  const auto url = parse_server_url("https://me:hunter2@chat.example.com:x", PlainHttp::kLoopbackOnly);
  REQUIRE_FALSE(url);
  CHECK(url.error().message == "The server's address holds a user name or password.");
  CHECK(url.error().hint.find("hunter2") == std::string::npos);
}

}  // namespace
}  // namespace rollcall::http
