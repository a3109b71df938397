#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.hpp"
#include "http/server_url.hpp"

namespace rollcall::store {

/// The URL of a state, such as s3://bucket/key.
struct StateUrl {
  /// What stands before `://`, in lower case.
  std::string scheme;
  /// As written, scheme included.
  std::string text;

  bool operator==(const StateUrl&) const = default;
};

/// Where a state lives: a path of this machine, or a URL. A function over paths takes only the path.
using Location = std::variant<std::filesystem::path, StateUrl>;

/// What a user has written: a URL where it has `://` in it, else a path.
Location parse_location(std::string_view text);

/// As messages name it: what stands before an @ in a URL may be a password, and is left out.
std::string to_string(const Location& location);

/// An error that says what to write instead where this version keeps no state there.
Expected<void> require_supported(const Location& location);

/// The server and the path of a state at an http:// or https:// URL. Refused: a user name or password, for
/// they would stand in files and process lists; plain http to another machine.
Expected<http::ServerUrl> parse_http_state(const StateUrl& url);

}  // namespace rollcall::store
