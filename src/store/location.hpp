#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <span>
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

/// A URL taken apart, %XX replaced.
struct UrlParts {
  /// Between `://` and the first slash.
  std::string authority;
  /// Begins with a slash, or is empty.
  std::string path;
  /// What stands behind `?`, by name.
  std::map<std::string, std::string> parameters;
};

/// An error where a parameter is none of `known`, or stands there twice, and where %XX is not that.
Expected<UrlParts> split_url(const StateUrl& url, std::span<const std::string_view> known);

/// The length of a lock's lease, `lease=SECONDS` (2 to 3600), 60 seconds where it is not given: after it
/// another run may take the lock of one that is gone.
Expected<std::chrono::milliseconds> lease_of(const UrlParts& url);

/// An error that says what to write instead where this version keeps no state there.
Expected<void> require_supported(const Location& location);

/// The server and the path of a state at an http:// or https:// URL. Refused: a user name or password, for
/// they would stand in files and process lists; plain http to another machine.
Expected<http::ServerUrl> parse_http_state(const StateUrl& url);

}  // namespace rollcall::store
