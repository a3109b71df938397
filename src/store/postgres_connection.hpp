#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "store/postgres_url.hpp"

struct pg_conn;

namespace rollcall::store {

/// What a connection needs besides the address and libpq's own variables and files.
struct PostgresAccess {
  /// PGPASSWORD; empty: libpq may find one in its files.
  Secret password{};
  /// Whether a password, wherever it comes from, may go to a host that the address itself names.
  bool trusts_address = true;
  /// The authorities that a server's certificate is verified with; empty: as libpq's variables say.
  std::string ca_file{};
  /// Once it is requested, nothing is waited for any longer than `PostgresPatience::grace`.
  std::stop_token stop{};
  /// Told of a password that libpq has found, so that no text shows it.
  std::function<void(const Secret&)> hide = nullptr;
};

/// A database as libpq reaches it: the address, and what the environment adds.
struct PostgresPlace {
  /// The state as messages name it, without user and parameters.
  std::string name{};
  std::string host{};
  std::string user{};
  std::string database{};
  bool host_in_address = false;
  /// Keywords and values for libpq, without the password.
  std::vector<std::pair<std::string, std::string>> parameters{};
};

/// An error where a connection could be unencrypted though it leaves this machine.
Expected<PostgresPlace> find_postgres(const PostgresUrl& url, const std::string& ca_file);

/// Why a statement was not carried out, or why nobody knows.
struct PostgresFailure {
  enum class Stage : std::uint8_t {
    kConnect,  // nothing was sent
    kLost,     // the connection broke, or the server fell silent, in the middle
    kRefused,  // the server answered
  };
  Stage stage = Stage::kConnect;
  /// The server's code, where it gave one.
  std::string sqlstate{};
  /// Of the server or of libpq, on one line.
  std::string words{};
};

/// A parameter of a statement.
struct PostgresValue {
  std::string_view text;
  /// Bytes of a bytea, as they are.
  bool is_binary = false;
};

struct PostgresRows {
  /// Text as it is, a bytea's bytes; nothing for NULL.
  std::vector<std::vector<std::optional<std::string>>> rows{};
  /// An earlier attempt was lost on the way, and may have been carried out.
  bool repeated = false;
};

using PostgresAnswer = tl::expected<PostgresRows, PostgresFailure>;

/// How long a connection waits, and how often it tries.
struct PostgresPatience {
  int attempts = 3;
  std::chrono::milliseconds connect{10'000};
  /// Without a byte in either direction.
  std::chrono::milliseconds silence{60'000};
  std::chrono::milliseconds total{600'000};
  /// Once a stop was requested.
  std::chrono::milliseconds grace{5'000};
};

/// Statements over a connection that is made when it is needed, and made again once it broke. Never waits for
/// ever. Keeps no state in the session, so that a pooler may stand in between. Used by one thread at a time.
class PostgresConnection {
 public:
  PostgresConnection(PostgresPlace place, PostgresAccess access, PostgresPatience patience = {});
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;
  ~PostgresConnection();

  /// Carries out one statement, each in a transaction of its own. It is sent again where the connection
  /// broke, so it has to bear being done twice.
  PostgresAnswer run(const char* sql, const std::vector<PostgresValue>& values);

 private:
  struct Closer {
    void operator()(pg_conn* connection) const;
  };

  tl::expected<void, PostgresFailure> open();
  PostgresAnswer exchange(const char* sql, const std::vector<PostgresValue>& values);
  PostgresAnswer take_answer();
  tl::expected<void, PostgresFailure> require_trust();
  /// Until the socket can do one of `events` (of poll). False: that took too long.
  bool await(short events, std::chrono::milliseconds longest);
  void pause(int attempt) const;
  [[nodiscard]] PostgresFailure failure(PostgresFailure::Stage stage) const;
  [[nodiscard]] PostgresFailure silent(PostgresFailure::Stage stage) const;

  PostgresPlace place_;
  PostgresAccess access_;
  PostgresPatience patience_;
  std::chrono::steady_clock::time_point end_{};
  std::unique_ptr<pg_conn, Closer> connection_;
};

}  // namespace rollcall::store
