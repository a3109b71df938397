#include "store/postgres_connection.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <stop_token>
#include <string>
#include <variant>

#include <catch2/catch.hpp>

#include "unit/store/real_postgres.hpp"

namespace rollcall::store {
namespace {

using std::chrono::milliseconds;
using testing::RealPostgres;
using Stage = PostgresFailure::Stage;

/// A port at which connections are taken and nobody ever says anything.
class SilentServer {
 public:
  SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(socket_, generic, size) == 0);
    REQUIRE(::listen(socket_, 8) == 0);
    REQUIRE(::getsockname(socket_, generic, &size) == 0);
    port = ::ntohs(address.sin_port);
  }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  ~SilentServer() { ::close(socket_); }

  int port = 0;

 private:
  int socket_;
};

TEST_CASE("a state in PostgreSQL is named by what is really connected to") {
  for (const char* name :
       {"PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGDATABASE", "PGSSLMODE", "PGSERVICE", "PGSSLROOTCERT"})
    ::unsetenv(name);
  const auto find = [](const std::string& url) {
    return find_postgres(parse_postgres_state(std::get<StateUrl>(parse_location(url))).value(), "ca.pem")
        .value();
  };
  const auto value = [](const PostgresPlace& place, const std::string& keyword) {
    for (const auto& parameter : place.parameters)
      if (parameter.first == keyword) return parameter.second;
    return std::string();
  };
  const auto far = find("postgres://ana@db.example.com/ops?name=eu&lease=5");
  CHECK(far.name == "postgres://db.example.com:5432/ops?name=eu");
  CHECK(far.host_in_address);
  CHECK(value(far, "sslmode") == "verify-full");
  CHECK(value(far, "sslrootcert") == "ca.pem");
  CHECK(value(find("postgres://ana@localhost/ops"), "sslmode") == "prefer");
  CHECK(find("postgres://ana@%2Ftmp%2Fpg:5433/ops").name == "postgres://%2Ftmp%2Fpg:5433/ops?name=rollcall");
  CHECK(find("postgres:///ops").name == "postgres:///ops?name=rollcall");
  CHECK(find("postgres://ana@").database == "ana");
  ::setenv("PGHOST", "db.example.com", 1);
  ::setenv("PGPORT", "5433", 1);
  const auto named = find("postgres:///ops");
  CHECK(named.name == "postgres://db.example.com:5433/ops?name=rollcall");
  CHECK_FALSE(named.host_in_address);
  CHECK(value(named, "sslmode") == "verify-full");
  // What a host's name leads to is what counts.
  ::setenv("PGHOSTADDR", "10.0.0.1", 1);
  CHECK(value(find("postgres://ana@localhost/ops"), "sslmode") == "verify-full");
  for (const char* name : {"PGHOST", "PGHOSTADDR", "PGPORT"}) ::unsetenv(name);
}

TEST_CASE("nobody waits for ever for a PostgreSQL that says nothing") {
  const SilentServer server;
  const auto place = RealPostgres::place(server.port, "x");
  PostgresConnection connection(place, {}, {2, milliseconds{50}, milliseconds{50}, milliseconds{5000}});
  const auto answer = connection.run("SELECT 1", {});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().stage == Stage::kConnect);
  CHECK(answer.error().words == "the server does not answer");
}

TEST_CASE("a stop ends the wait for a PostgreSQL that says nothing") {
  const SilentServer server;
  std::stop_source stop;
  stop.request_stop();
  PostgresAccess access;
  access.stop = stop.get_token();
  PostgresPatience patience;
  patience.connect = std::chrono::hours{1};
  patience.grace = milliseconds{20};
  const auto answer =
      PostgresConnection(RealPostgres::place(server.port, "x"), access, patience).run("SELECT 1", {});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().words == "the run was stopped");
}

TEST_CASE("nobody waits for ever for a statement") {
  const RealPostgres& server = RealPostgres::instance();
  const auto place = RealPostgres::place(server.port(), "x");
  PostgresConnection connection(place, server.access(),
                                {1, milliseconds{10'000}, milliseconds{50}, milliseconds{20'000}});
  const auto answer = connection.run("SELECT pg_sleep(600)", {});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().stage == Stage::kLost);
  CHECK(answer.error().words == "the server does not answer");
  // The next one has a connection of its own.
  CHECK(connection.run("SELECT 'x'", {})->rows.at(0).at(0) == "x");
}

TEST_CASE("a connection that the server ends is made again") {
  const RealPostgres& server = RealPostgres::instance();
  PostgresConnection connection(RealPostgres::place(server.port(), "x"), server.access());
  const auto process = connection.run("SELECT pg_backend_pid()::text", {})->rows.at(0).at(0).value();
  server.sql("SELECT pg_terminate_backend(" + process + ", 10000)");
  const auto again = connection.run("SELECT pg_backend_pid()::text", {});
  REQUIRE(again);
  CHECK(again->rows.at(0).at(0) != process);
}

TEST_CASE("a password is sent nowhere that only the address names, unless that is trusted") {
  const RealPostgres& server = RealPostgres::instance();
  auto place = RealPostgres::place(server.port(), "x");
  PostgresAccess access = server.access();
  access.trusts_address = false;
  const auto refused = PostgresConnection(place, access).run("SELECT 1", {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().stage == Stage::kConnect);
  place.host_in_address = false;
  std::string hidden;
  access.hide = [&](const Secret& password) { hidden = password.reveal(); };
  CHECK(PostgresConnection(place, access).run("SELECT 1", {}));
  CHECK(hidden == access.password.reveal());
}

}  // namespace
}  // namespace rollcall::store
