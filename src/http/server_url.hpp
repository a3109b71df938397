#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace rollcall::http {

enum class PlainHttp : std::uint8_t { kLoopbackOnly, kAllowed };

/// The address of a server as it is compared: the host in lower case, the port always known, the path without
/// a slash at its end.
struct ServerUrl {
  bool tls = true;
  /// A name or an IPv4 address, or an IPv6 address without its brackets.
  std::string host;
  std::uint16_t port = 443;
  /// Empty, or such as "/chat".
  std::string path;

  bool operator==(const ServerUrl&) const = default;
};

/// Refuses any scheme but https and http, plain http to another machine unless it is allowed, and a user
/// name, a query or a fragment. The error never repeats what might be a password.
Expected<ServerUrl> parse_server_url(std::string_view text, PlainHttp plain_http);

/// The identity of a server, such as https://chat.example.com or http://127.0.0.1:3000/chat: the usual port
/// is left out. Parsing it again gives the same value.
std::string to_string(const ServerUrl& url);

/// localhost, 127.0.0.0/8 and ::1.
bool is_loopback(std::string_view host);

}  // namespace rollcall::http
