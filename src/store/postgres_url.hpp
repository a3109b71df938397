#pragma once

#include <chrono>
#include <string>

#include "base/error.hpp"
#include "store/location.hpp"

namespace rollcall::store {

/// What a postgres:// URL says. Empty is what it leaves to libpq's variables and files.
struct PostgresUrl {
  std::string user{};
  /// Without brackets; a folder where the server listens on a Unix socket.
  std::string host{};
  std::string port{};
  std::string database{};
  /// Of the state: one database may hold many.
  std::string name{};
  std::string sslmode{};
  std::chrono::milliseconds lease{0};

  bool operator==(const PostgresUrl&) const = default;
};

bool is_postgres(const StateUrl& url);

/// Refused: a password, for it would stand in files and process lists.
Expected<PostgresUrl> parse_postgres_state(const StateUrl& url);

/// Whether connections to these hosts (libpq takes several, with commas between them) stay on this machine:
/// Unix sockets and loopback. Nothing is libpq's default, a socket.
bool stays_here(const std::string& hosts);

/// The sslmode of a connection; `usual` is what libpq's variables and files say, or its default. An error
/// where what leaves this machine could be unencrypted.
Expected<std::string> choose_sslmode(const PostgresUrl& url, const std::string& usual, bool leaves_machine);

}  // namespace rollcall::store
