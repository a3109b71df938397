#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/lease.hpp"
#include "base/owned_file.hpp"
#include "http/credentials.hpp"
#include "http/server_url.hpp"
#include "http/transport.hpp"
#include "store/journals.hpp"
#include "store/lease_keeper.hpp"
#include "store/location.hpp"
#include "store/postgres_connection.hpp"
#include "store/s3_location.hpp"
#include "store/store.hpp"

namespace rollcall::store {

/// What keeps one state: its bytes, wherever they live, and on this machine the journals that belong to it.
struct Backend {
  std::shared_ptr<Store> store;
  std::shared_ptr<Journals> journals;
  /// Whether runs of other machines use the same state, whose journals are not here.
  bool shared = false;
};

/// A way to a state's server.
struct Route {
  http::ServerUrl server;
  /// Sent where there are some.
  std::optional<http::Credentials> credentials = {};
  /// Nothing is sent that it does not allow.
  std::shared_ptr<Lease> lease = nullptr;
  /// Each request is sent once and has so long; nothing: it is repeated, and takes as long as a large state.
  std::optional<std::chrono::milliseconds> limit = {};
};

/// How a state is reached that does not live in a file.
struct Reach {
  /// May be called more than once.
  std::function<std::unique_ptr<http::Transport>(const Route& route)> connect;
  /// The credentials for a server; an error where they are not to go there.
  std::function<Expected<std::optional<http::Credentials>>(const http::ServerUrl& server)> credentials;
  /// What signs the requests to a state in a bucket; its region is known.
  std::function<Expected<http::Credentials>(const S3Place& place)> signing = nullptr;
  /// The region of the environment; empty for none.
  std::string region = {};
  /// For a PostgreSQL, which takes the rest from libpq's variables and files.
  PostgresAccess postgres{};
  /// The folder of this machine in which the journals of such states are kept; an error where there is none.
  std::function<Expected<std::filesystem::path>()> journals;
  /// Of a lock without an end only `on_left_lock` hears.
  LeaseUse run{};
};

/// The backend of a location. `is_state` tells the files of states from others by their start. An error where
/// this version keeps no state there, and where there is no way to reach it.
Expected<Backend> open_backend(const Location& location, IsOurs is_state = nullptr, const Reach& reach = {});

}  // namespace rollcall::store
