#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "store/postgres_store.hpp"

namespace rollcall::testing {

/// A PostgreSQL of the tests' own and a pgbouncer in front of it (tests/support/postgres_server.py), made
/// when a test wants it first. They end with this process.
class RealPostgres {
 public:
  static RealPostgres& instance() {
    static RealPostgres server;
    return server;
  }
  RealPostgres(const RealPostgres&) = delete;
  RealPostgres& operator=(const RealPostgres&) = delete;
  ~RealPostgres() {
    ::close(input_);
    ::close(output_);
    ::waitpid(process_, nullptr, 0);
  }

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] int pooler() const { return pooler_; }
  /// Loses the connection of one statement.
  [[nodiscard]] int lossy() const { return lossy_; }
  /// Which one: how many statements have come there since the last call.
  int lose(int nth, bool after_its_effect) {
    const std::string line = (after_its_effect ? "after " : "before ") + std::to_string(nth) + "\n";
    REQUIRE(::write(input_, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
    return std::stoi(read_line());
  }
  [[nodiscard]] store::PostgresAccess access() const { return {password_}; }
  /// The state `name`, by way of a port.
  [[nodiscard]] static store::PostgresPlace place(int port, const std::string& name) {
    const std::string url =
        "postgres://ana@127.0.0.1:" + std::to_string(port) + "/ops?sslmode=disable&name=" + name;
    const auto parsed = store::parse_postgres_state(std::get<store::StateUrl>(store::parse_location(url)));
    REQUIRE(parsed);
    auto place = store::find_postgres(*parsed, {});
    REQUIRE(place);
    return *place;
  }
  [[nodiscard]] std::unique_ptr<store::PostgresStore> open(int port, const std::string& name,
                                                           store::LeaseUse run = {}) const {
    return std::make_unique<store::PostgresStore>(place(port, name), name, std::chrono::seconds{60}, access(),
                                                  std::move(run));
  }
  /// One statement of the owner of the tables.
  store::PostgresRows sql(const std::string& statement) const {
    auto done = store::PostgresConnection(place(port_, "x"), access()).run(statement.c_str(), {});
    if (!done) FAIL(done.error().words);
    return *std::move(done);
  }

 private:
  RealPostgres() {
    std::array<int, 2> input{}, output{};
    REQUIRE(::pipe2(input.data(), O_CLOEXEC) == 0);
    REQUIRE(::pipe2(output.data(), O_CLOEXEC) == 0);
    posix_spawn_file_actions_t actions{};
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
    std::string python = "/usr/bin/python3";
    std::string program = std::string(ROLLCALL_SOURCE_DIR) + "/tests/support/postgres_server.py";
    std::array<char*, 3> arguments{python.data(), program.data(), nullptr};
    REQUIRE(::posix_spawn(&process_, python.c_str(), &actions, nullptr, arguments.data(), environ) == 0);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(input[0]);
    ::close(output[1]);
    input_ = input[1];
    output_ = output[0];
    const auto told = nlohmann::json::parse(read_line(), nullptr, false);
    REQUIRE(told.is_object());
    port_ = told.at("port");
    pooler_ = told.at("pooler");
    lossy_ = told.at("lossy");
    password_ = Secret(told.at("password").get<std::string>());
  }

  [[nodiscard]] std::string read_line() const {
    std::string line;
    for (char c = 0; ::read(output_, &c, 1) == 1 && c != '\n';) line += c;
    return line;
  }

  pid_t process_ = 0;
  int input_ = -1;
  int output_ = -1;
  int port_ = 0;
  int pooler_ = 0;
  int lossy_ = 0;
  Secret password_;
};

}  // namespace rollcall::testing
