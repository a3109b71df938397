#include "http/server_url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.hpp"

namespace rollcall::http {
namespace {

constexpr std::string_view kExample = "Write the server's address like https://chat.example.com";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_name_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_';
}

bool is_ipv6_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || c == ':' || c == '.';
}

bool is_path_character(char c) {
  return c > ' ' && c < 0x7F && c != '"' && c != '<' && c != '>' && c != '\\';
}

bool is_ipv4(std::string_view host) {
  return std::count(host.begin(), host.end(), '.') == 3 &&
         std::all_of(host.begin(), host.end(), [](char c) { return is_digit(c) || c == '.'; });
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

/// The part between :// and the path: a host and perhaps a port.
Expected<void> parse_authority(std::string_view authority, ServerUrl& url) {
  std::string_view host = authority;
  std::string_view port;
  bool has_port = false;
  bool is_ipv6 = authority.starts_with('[');
  if (is_ipv6) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos)
      return fail("The server's address lacks the `]` after its IPv6 address.");
    host = authority.substr(1, end - 1);
    const std::string_view rest = authority.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return fail("The server's address has text after its `]`.");
    has_port = !rest.empty();
    port = rest.substr(has_port ? 1 : 0);
  } else if (const std::size_t colon = authority.find(':'); colon != std::string_view::npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
    has_port = true;
  }
  url.host = to_lower(host);
  const auto allowed = is_ipv6 ? is_ipv6_character : is_name_character;
  if (url.host.empty() || (is_ipv6 && url.host.find(':') == std::string::npos) ||
      !std::all_of(url.host.begin(), url.host.end(), allowed))
    return fail(fmt::format("The server's address names no valid host: `{}`.", printable(host)),
                fmt::format("{}; write a name with other letters in its xn-- form.", kExample));
  if (!has_port) return {};
  const auto number = parse_port(port);
  if (!number)
    return fail(fmt::format("The server's address has no valid port: `{}`.", printable(port)),
                "A port is a number from 1 to 65535.");
  url.port = *number;
  return {};
}

}  // namespace

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || (is_ipv4(host) && host.starts_with("127."));
}

Expected<ServerUrl> parse_server_url(std::string_view text, PlainHttp plain_http) {
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos)
    return fail("The server's address does not start with https://.", fmt::format("{}.", kExample));
  ServerUrl url;
  const std::string scheme = to_lower(text.substr(0, scheme_end));
  if (scheme != "https" && scheme != "http")
    return fail(
        fmt::format("The server's address starts with `{}://`, which is not supported.", printable(scheme)),
        fmt::format("{}.", kExample));
  url.tls = scheme == "https";
  url.port = url.tls ? 443 : 80;

  const std::string_view rest = text.substr(scheme_end + 3);
  // Looked for first: whatever is wrong besides, a password must not come into a message.
  if (rest.find('@') != std::string_view::npos)
    return fail(
        "The server's address holds a user name or password.",
        fmt::format("{}. The token comes from ROLLCALL_TOKEN, --token-file or --token-command.", kExample));
  if (rest.find_first_of("?#") != std::string_view::npos)
    return fail("The server's address has a part after `?` or `#`.",
                "Write only scheme, host, port and path.");

  const std::size_t path_start = std::min(rest.find('/'), rest.size());
  if (auto parsed = parse_authority(rest.substr(0, path_start), url); !parsed)
    return tl::unexpected(std::move(parsed.error()));
  url.path = rest.substr(path_start);
  while (url.path.ends_with('/')) url.path.pop_back();
  if (!std::all_of(url.path.begin(), url.path.end(), is_path_character))
    return fail("The path of the server's address has a character that needs to be escaped.",
                "Write spaces and the like as %20.");

  if (!url.tls && plain_http == PlainHttp::kLoopbackOnly && !is_loopback(url.host))
    return fail(fmt::format("Plain http:// would send the token to {} unencrypted.", url.host),
                "Use https://, or allow it with --allow-http where the network is trusted.");
  return url;
}

std::string to_string(const ServerUrl& url) {
  const bool is_ipv6 = url.host.find(':') != std::string::npos;
  std::string out =
      fmt::format("{}://{}", url.tls ? "https" : "http", is_ipv6 ? "[" + url.host + "]" : url.host);
  if (url.port != (url.tls ? 443 : 80)) out += fmt::format(":{}", url.port);
  return out + url.path;
}

}  // namespace rollcall::http
