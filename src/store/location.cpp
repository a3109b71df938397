#include "store/location.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "store/postgres_url.hpp"
#include "store/s3_location.hpp"

namespace rollcall::store {
namespace {

/// %XX replaced; nothing where two digits do not follow.
std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned value = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || error != std::errc{} || end != digits.data() + digits.size())
      return std::nullopt;
    out += static_cast<char>(value);
    i += digits.size();
  }
  return out;
}

}  // namespace

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

Expected<UrlParts> split_url(const StateUrl& url, std::span<const std::string_view> known) {
  const std::string_view text = url.text;
  const std::size_t begin = url.scheme.size() + std::string_view("://").size();
  const std::size_t question = std::min(text.find('?'), text.size());
  const std::size_t slash = std::min(text.find('/', begin), question);
  UrlParts parts;
  const auto take = [&](std::string_view written, std::string& into) -> Expected<void> {
    auto plain = unescape(written);
    if (!plain)
      return fail(fmt::format("The state {} has a `%` that no two hexadecimal digits follow.",
                              to_string(Location(url))),
                  "Write a percent sign as %25.");
    into = std::move(*plain);
    return {};
  };
  if (auto taken = take(text.substr(begin, slash - begin), parts.authority); !taken)
    return tl::unexpected<Error>(taken.error());
  if (auto taken = take(text.substr(slash, question - slash), parts.path); !taken)
    return tl::unexpected<Error>(taken.error());
  for (std::string_view rest = text.substr(std::min(question + 1, text.size())); !rest.empty();) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    const std::string_view name = pair.substr(0, pair.find('='));
    if (std::find(known.begin(), known.end(), name) == known.end())
      return fail(fmt::format("The state {} has the parameter `{}`, which is not known.",
                              to_string(Location(url)), printable(name)),
                  fmt::format("Known are {}.", fmt::join(known, ", ")));
    std::string value;
    if (auto taken = take(pair.substr(std::min(name.size() + 1, pair.size())), value); !taken)
      return tl::unexpected<Error>(taken.error());
    if (!parts.parameters.emplace(name, std::move(value)).second)
      return fail(fmt::format("The state {} has the parameter `{}` twice.", to_string(Location(url)), name),
                  "Write it once.");
  }
  return parts;
}

Expected<std::chrono::milliseconds> lease_of(const UrlParts& url) {
  constexpr std::chrono::seconds kUsual{60};
  constexpr int kShortest = 2;
  constexpr int kLongest = 3600;
  const auto at = url.parameters.find("lease");
  if (at == url.parameters.end()) return kUsual;
  const std::string& text = at->second;
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size() || seconds < kShortest || seconds > kLongest)
    return fail(fmt::format("`lease={}` is not a number of seconds from {} to {}.", printable(text),
                            kShortest, kLongest),
                "Leave it out for the usual 60.");
  return std::chrono::seconds{seconds};
}

Expected<void> require_supported(const Location& location) {
  const auto* url = std::get_if<StateUrl>(&location);
  if (url == nullptr) return {};
  if (url->scheme == "https" || url->scheme == "http") {
    if (const auto parsed = parse_http_state(*url); !parsed) return tl::unexpected<Error>(parsed.error());
    return {};
  }
  if (url->scheme == "s3") {
    if (const auto parsed = parse_s3_state(*url); !parsed) return tl::unexpected<Error>(parsed.error());
    return {};
  }
  if (is_postgres(*url)) {
    if (const auto parsed = parse_postgres_state(*url); !parsed) return tl::unexpected<Error>(parsed.error());
    return {};
  }
  return fail(fmt::format("The state {} starts with `{}://`, where no state is kept.", to_string(location),
                          printable(url->scheme)),
              "Give a path, or the address of a server that keeps states, such as "
              "https://gitlab.example.com/api/v4/projects/7/terraform/state/rollcall or "
              "s3://my-bucket/rollcall.state.json.");
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
