#include "store/postgres_url.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "store/postgres_error.hpp"

namespace rollcall::store {
namespace {

using Stage = PostgresFailure::Stage;

Expected<PostgresUrl> parse_postgres(const std::string& text) {
  return parse_postgres_state(std::get<StateUrl>(parse_location(text)));
}

TEST_CASE("the address of a state in PostgreSQL is taken apart") {
  using std::chrono::seconds;
  CHECK(parse_postgres("postgres://ana@db.example.com:5433/ops?name=eu&sslmode=require&lease=5").value() ==
        PostgresUrl{"ana", "db.example.com", "5433", "ops", "eu", "require", seconds{5}});
  CHECK(parse_postgres("postgresql://db.example.com/ops").value() ==
        PostgresUrl{"", "db.example.com", "", "ops", "rollcall", "", seconds{60}});
  CHECK(parse_postgres("postgres://").value() == PostgresUrl{"", "", "", "", "rollcall", "", seconds{60}});
  CHECK(parse_postgres("postgres:///ops").value().database == "ops");
  const auto ipv6 = parse_postgres("postgres://ana@[::1]:5433/ops");
  CHECK(ipv6->host == "::1");
  CHECK(ipv6->port == "5433");
  CHECK(parse_postgres("postgres://[::1]/ops")->host == "::1");
  CHECK(parse_postgres("postgres://%2Frun%2Fpostgresql/ops")->host == "/run/postgresql");
  // As some clouds name a role.
  CHECK(parse_postgres("postgres://ana%40db1@db1.example.com/ops")->user == "ana@db1");
}

TEST_CASE("what the address of a state in PostgreSQL must not be") {
  const auto refused = [](const std::string& text) { return parse_postgres(text).error().message; };
  for (const std::string text :
       {"postgres://ana:hunter2@db.example.com/ops", "postgres://ana%3Ahunter2@db.example.com/ops",
        "postgres://db.example.com/ops?password=hunter2",
        "postgres://db.example.com/ops?sslPassword=hunter2"}) {
    INFO(text);
    CHECK(refused(text) == "The state's address holds a password.");
  }
  CHECK(refused("postgres://h/ops?name=a%00b") == "The state's address has a zero byte (%00) in it.");
  CHECK(refused("postgres://a,b/ops") == "The state postgres://a,b/ops names several servers.");
  for (const std::string port : {":", ":0", ":65536", ":x", ":1x"})
    CHECK(refused("postgres://h" + port + "/ops") ==
          "The state postgres://h" + port + "/ops has no port between 1 and 65535 after the host.");
  CHECK(refused("postgres://h/ops?sslmode=on") ==
        "The state postgres://h/ops?sslmode=on has the sslmode `on`, which PostgreSQL does not know.");
  CHECK(refused("postgres://h/ops?lease=1") == "`lease=1` is not a number of seconds from 2 to 3600.");
  CHECK(refused("postgres://h/ops?options=x").find("`options`, which is not known") != std::string::npos);
}

TEST_CASE("a connection stays on this machine over loopback and sockets alone") {
  for (const char* host : {"", "localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "/run/postgresql",
                           "@abstract", "/a,localhost", "localhost,"})
    CHECK(stays_here(host));
  for (const char* host : {"db.example.com", "localhost,db.example.com", "db.example.com,localhost",
                           "127.0.0.1.example.com", "10.0.0.1", "localhost.example.com"})
    CHECK_FALSE(stays_here(host));
}

TEST_CASE("what leaves this machine for PostgreSQL is encrypted and its server verified") {
  const auto mode = [](const std::string& written, const std::string& usual, bool leaves) {
    PostgresUrl url;
    url.sslmode = written;
    return choose_sslmode(url, usual, leaves);
  };
  CHECK(mode("", "prefer", true) == "verify-full");
  CHECK(mode("", "", true) == "verify-full");
  CHECK(mode("", "require", true) == "require");
  CHECK(mode("verify-ca", "disable", true) == "verify-ca");
  CHECK(mode("", "prefer", false) == "prefer");
  CHECK(mode("disable", "", false) == "disable");
  CHECK(mode("", "verify-full", false) == "verify-full");
  for (const char* weak : {"disable", "allow", "prefer"}) CHECK_FALSE(mode(weak, "", true));
  CHECK(mode("", "disable", true).error().message ==
        "sslmode=disable would send the state and its password unencrypted over the network.");
}

TEST_CASE("the code and the words of a failure are found in what libpq says") {
  const std::string message =
      "connection to server at \"127.0.0.1\", port 5432 failed: FATAL:  28P01: password authentication "
      "failed for "
      "user \"ana\"\nLOCATION:  auth_failed, auth.c:335\n";
  CHECK(sqlstate_in(message) == "28P01");
  CHECK(words_in(message) == "password authentication failed for user \"ana\"");
  const std::string refused =
      "connection to server at \"127.0.0.1\", port 1 failed: Connection refused\n\tIs the server running on "
      "that host "
      "and accepting TCP/IP connections?\n";
  CHECK(sqlstate_in(refused).empty());
  CHECK(words_in(refused) == "Connection refused");
  CHECK(words_in("server closed the connection unexpectedly.\n\tThis probably means") ==
        "server closed the connection unexpectedly");
}

TEST_CASE("what PostgreSQL refuses is told with what to do") {
  const PostgresPlace place{"postgres://h:5432/ops?name=x", "h", "ana", "ops", true, {}};
  const auto told = [&](const PostgresFailure& failure) {
    const Error error = explain(failure, place, "written");
    CHECK_FALSE(error.hint.empty());
    const std::string start = "The state postgres://h:5432/ops?name=x could not be written: ";
    CHECK(error.message.starts_with(start));
    return error.message.substr(start.size());
  };
  const std::vector<std::pair<PostgresFailure, std::string>> kTold = {
      {{Stage::kConnect, "28P01", "w"}, "the server did not accept the password of the role ana."},
      {{Stage::kConnect, "08P01", "SASL authentication failed"},
       "the server did not accept the password of the role ana."},
      {{Stage::kConnect, "28000", "role \"ana\" does not exist"}, "the server has no role ana."},
      {{Stage::kConnect, "28000", "no pg_hba.conf entry for host, no encryption"},
       "the server takes no unencrypted connection."},
      {{Stage::kConnect, "28000", "no pg_hba.conf entry"},
       "the server does not let the role ana into the database ops (no pg_hba.conf entry)."},
      {{Stage::kConnect, "3D000", "w"}, "the server has no database ops."},
      {{Stage::kConnect, "08P01", "no such database: ops"}, "the server has no database ops."},
      {{Stage::kConnect, "53300", "sorry"}, "the server has too many connections (sorry)."},
      {{Stage::kConnect, "57P03", "starting up"}, "the server takes no connections now (starting up)."},
      {{Stage::kConnect, std::string(kTooOld), "9.6"}, "the server is PostgreSQL 9.6, which is too old."},
      {{Stage::kConnect, "", "fe_sendauth: no password supplied"},
       "the server wants a password for the role ana."},
      {{Stage::kConnect, "", "server does not support SSL, but SSL was required"},
       "the server offers no TLS."},
      {{Stage::kConnect, "", "root certificate file \"/r\" does not exist"},
       "root certificate file \"/r\" does not exist."},
      {{Stage::kConnect, "", "SSL error: certificate verify failed"},
       "the server's certificate is not accepted (SSL error: certificate verify failed)."},
      {{Stage::kConnect, "", "Connection refused"}, "the server cannot be reached (Connection refused)."},
      {{Stage::kLost, "", "EOF"}, "the connection to the server broke (EOF)."},
      {{Stage::kRefused, "42501", "no"}, "the role lacks a right (no)."},
      {{Stage::kRefused, "25006", "no"}, "the server is read-only (no)."},
      {{Stage::kRefused, "53100", "no"}, "the server's disk is full (no)."},
      {{Stage::kRefused, "57014", "no"}, "the statement was cancelled (no)."},
      {{Stage::kRefused, "54000", "no"}, "the state is too large for PostgreSQL (no)."},
      {{Stage::kRefused, "XX000", "no"}, "the server answered XX000 (no)."},
  };
  for (const auto& [failure, expected] : kTold) CHECK(told(failure) == expected);
  CHECK(told({Stage::kConnect, std::string(kUntrusted), ""}).starts_with("the password is not sent to h: "));
  CHECK(may_pass({Stage::kLost, "", "EOF"}));
  CHECK(may_pass({Stage::kConnect, "57P03", "starting up"}));
  CHECK(may_pass({Stage::kConnect, "", "Connection refused"}));
  CHECK_FALSE(may_pass({Stage::kConnect, "", "SSL error: certificate verify failed"}));
  CHECK_FALSE(may_pass({Stage::kConnect, "28P01", "w"}));
  CHECK_FALSE(may_pass({Stage::kRefused, "42501", "no"}));
}

}  // namespace
}  // namespace rollcall::store
