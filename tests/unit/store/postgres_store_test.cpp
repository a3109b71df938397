#include "store/postgres_store.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/digest.hpp"
#include "store/state_head.hpp"
#include "unit/store/real_postgres.hpp"
#include "unit/store/store_losses.hpp"
#include "unit/store/store_suite.hpp"

namespace rollcall::store {
namespace {

using Catch::Contains;
using testing::locker;
using testing::RealPostgres;

/// Directly, and through a pooler that gives each transaction another connection.
std::map<std::string, int> ways() {
  const RealPostgres& server = RealPostgres::instance();
  return {{"direct", server.port()}, {"pooler", server.pooler()}};
}

TEST_CASE("a state in PostgreSQL keeps what every store promises") {
  for (const auto& [name, port] : ways()) {
    INFO(name);
    testing::check_store({[at = port, state = name] { return RealPostgres::instance().open(at, state); }});
  }
}

TEST_CASE("a lock in PostgreSQL keeps what every store with leases promises") {
  const RealPostgres& server = RealPostgres::instance();
  for (const auto& [name, port] : ways()) {
    INFO(name);
    const std::string state = "leases-" + name;
    testing::check_leases({[&, at = port](const LeaseUse& run) { return server.open(at, state, run); },
                           [&] {
                             server.sql(
                                 "UPDATE rollcall_lock SET expires_at = now() - interval '1 second' "
                                 "WHERE name = '" +
                                 state + "'");
                           }});
  }
}

TEST_CASE("one statement to PostgreSQL is lost") {
  RealPostgres& server = RealPostgres::instance();
  testing::check_losses(
      {[&] { server.sql("DROP TABLE IF EXISTS rollcall_state, rollcall_state_history, rollcall_lock"); },
       [&] { return server.open(server.port(), "losses"); },
       [&](testing::Loss loss) {
         server.lose(loss.nth, loss.after_its_effect);
         return server.open(server.lossy(), "losses");
       },
       [&] { return server.lose(1 << 20U, false); }});
}

TEST_CASE("who only reads creates nothing in PostgreSQL") {
  const RealPostgres& server = RealPostgres::instance();
  server.sql("DROP TABLE IF EXISTS rollcall_state, rollcall_state_history, rollcall_lock");
  const auto store = server.open(server.port(), "reader");
  CHECK(store->read().value() == std::nullopt);
  CHECK(store->read_kept(1).value() == std::nullopt);
  CHECK(store->look_at_lock() == LockSight{});
  CHECK(store->find_holder(locker("unlock")).value() == std::nullopt);
  CHECK_THAT(store->remove_lock("id").error().message, Contains("has no lock with this ID"));
  CHECK(server.sql("SELECT to_regclass('rollcall_state')::text").rows[0][0] == std::nullopt);
}

TEST_CASE("each run leaves one version in PostgreSQL, and the last 50 before the newest stay") {
  const RealPostgres& server = RealPostgres::instance();
  const auto store = server.open(server.port(), "history");
  testing::FakeClock clock;
  std::optional<std::string> version;
  const auto write = [&](int serial) {
    auto written = store->write("{\"lineage\": \"l\", \"serial\": " + std::to_string(serial) + "}", version);
    REQUIRE(written);
    version = *written;
  };
  constexpr int kRuns = 54;
  for (int run = 1; run <= kRuns; ++run) {
    const auto lock = store->lock(locker("apply " + std::to_string(run)), {}, clock);
    REQUIRE(lock);
    write(2 * run - 1);
    write(2 * run);
  }
  const auto kept = [&](int serial) { return store->read_kept(serial).value(); };
  CHECK(kept(2 * kRuns) == store->read()->value().bytes);
  CHECK(kept(2 * kRuns - 2) == R"({"lineage": "l", "serial": 106})");
  CHECK(kept(2 * (kRuns - 50)) == R"({"lineage": "l", "serial": 8})");
  CHECK(kept(2 * (kRuns - 51)) == std::nullopt);
  // A checkpoint, over which its own run wrote.
  CHECK(kept(2 * kRuns - 3) == std::nullopt);
  CHECK(kept(1000) == std::nullopt);
  const auto row =
      server.sql("SELECT serial::text, lineage FROM rollcall_state WHERE name = 'history'").rows.at(0);
  CHECK(row[0] == "108");
  CHECK(row[1] == "l");
}

TEST_CASE("PostgreSQL says when a state was written") {
  const auto store = RealPostgres::instance().open(RealPostgres::instance().port(), "dated");
  testing::FakeClock clock;
  const auto lock = store->lock(locker("apply"), {}, clock);
  REQUIRE(lock);
  REQUIRE(store->write("{}", std::nullopt));
  const auto read = store->read();
  REQUIRE(read);
  REQUIRE((*read)->written_at);
  CHECK(std::chrono::abs(SystemClock().now() - *(*read)->written_at) < std::chrono::minutes(10));
}

TEST_CASE("a state of many bytes goes to PostgreSQL and back as it is") {
  const RealPostgres& server = RealPostgres::instance();
  std::string bytes(std::size_t{3} << 20U, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 2654435761U >> 13U);
  testing::FakeClock clock;
  for (const auto& [name, port] : ways()) {
    INFO(name);
    const auto store = server.open(port, "bytes-" + name);
    const auto lock = store->lock(locker("apply"), {}, clock);
    REQUIRE(lock);
    const auto version = store->write(bytes, std::nullopt);
    REQUIRE(version);
    CHECK(*version == sha256(bytes));
    const auto read = store->read();
    REQUIRE(read);
    REQUIRE(*read);
    CHECK((*read)->bytes == bytes);
  }
}

TEST_CASE("nothing is written to PostgreSQL without the lock") {
  const auto store = RealPostgres::instance().open(RealPostgres::instance().port(), "unlocked");
  CHECK_THAT(store->write("{}", std::nullopt).error().message, Contains("is not written without its lock"));
}

TEST_CASE("the serial and the lineage of a state are found at its head") {
  CHECK(read_head(R"({"format": "x", "version": 2, "lineage": "l", "serial": 7, "a": {)") ==
        StateHead{7, "l"});
  CHECK(read_head(R"({"a": {"serial": 1, "lineage": "x"}, "serial": 3})") == StateHead{3, {}});
  CHECK(read_head(R"([{"serial": 1}])") == StateHead{});
  CHECK(read_head("no JSON") == StateHead{});
  CHECK(read_head(R"({"serial": "7", "lineage": 7})") == StateHead{});
}

}  // namespace
}  // namespace rollcall::store
