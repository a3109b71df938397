#include "store/location.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace rollcall::store {

Location parse_location(std::string_view text) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return std::filesystem::path(text);
  return StateUrl{to_lower(text.substr(0, scheme)), std::string(text)};
}

std::string to_string(const Location& location) {
  const auto* url = std::get_if<StateUrl>(&location);
  if (url == nullptr) return std::get<std::filesystem::path>(location).string();
  const std::size_t begin = url->scheme.size() + std::string_view("://").size();
  const std::size_t at = url->text.rfind('@');
  return at == std::string::npos ? url->text : url->text.substr(0, begin) + "***" + url->text.substr(at);
}

Expected<void> require_supported(const Location& location) {
  const auto* url = std::get_if<StateUrl>(&location);
  if (url == nullptr) return {};
  if (url->scheme == "https" || url->scheme == "http") {
    if (const auto parsed = parse_http_state(*url); !parsed) return tl::unexpected<Error>(parsed.error());
    return {};
  }
  return fail(fmt::format("The state {} starts with `{}://`, where no state is kept.", to_string(location),
                          printable(url->scheme)),
              "Give a path, or the address of a server that keeps states, such as "
              "https://gitlab.example.com/api/v4/projects/7/terraform/state/rollcall.");
}

Expected<http::ServerUrl> parse_http_state(const StateUrl& url) {
  constexpr std::string_view kExample =
      "Write it like https://gitlab.example.com/api/v4/projects/7/terraform/state/rollcall";
  if (url.text.find('@') != std::string::npos)
    return fail(
        "The state's address holds a user name or password.",
        fmt::format("{}. They come from ROLLCALL_STATE_USERNAME and ROLLCALL_STATE_PASSWORD.", kExample));
  auto parsed = http::parse_server_url(url.text, http::PlainHttp::kAllowed);
  if (!parsed) {
    constexpr std::string_view kServers = "The server's";
    std::string message = parsed.error().message;
    if (message.starts_with(kServers)) message.replace(0, kServers.size(), "The state's");
    return fail(std::move(message), fmt::format("{}.", kExample));
  }
  if (!parsed->tls && !http::is_loopback(parsed->host))
    return fail(
        fmt::format("Plain http:// would send the state and its password to {} unencrypted.", parsed->host),
        "Use https://.");
  if (parsed->path.empty())
    return fail("The state's address names a server and no state on it.", fmt::format("{}.", kExample));
  return parsed;
}

}  // namespace rollcall::store
