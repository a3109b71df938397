#include "store/postgres_url.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "http/server_url.hpp"

namespace rollcall::store {
namespace {

constexpr std::array<std::string_view, 3> kParameters = {"name", "sslmode", "lease"};
constexpr std::array<std::string_view, 6> kModes = {"disable", "allow",     "prefer",
                                                    "require", "verify-ca", "verify-full"};
/// Those under which nothing is ever unencrypted.
constexpr std::array<std::string_view, 3> kEncrypted = {"require", "verify-ca", "verify-full"};

template <std::size_t Size>
bool is_one_of(const std::array<std::string_view, Size>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

tl::unexpected<Error> refuse_password() {
  return fail(
      "The state's address holds a password.",
      "It comes from PGPASSWORD, or from the file ~/.pgpass; a user name alone may stand before the @.");
}

bool is_port(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value > 0 && value < 65536;
}

/// "ana@db.example.com:5432", "[::1]:5432".
Expected<void> read_authority(std::string_view text, const std::string& shown, PostgresUrl& url) {
  const std::size_t at = text.rfind('@');
  if (at != std::string_view::npos) {
    url.user = text.substr(0, at);
    if (url.user.find(':') != std::string::npos) return refuse_password();
    text.remove_prefix(at + 1);
  }
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : std::string_view::npos;
  const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  url.host = bracket == std::string_view::npos ? text.substr(0, colon) : text.substr(1, bracket - 1);
  if (colon != std::string_view::npos) url.port = text.substr(colon + 1);
  if (url.host.find(',') != std::string::npos)
    return fail(fmt::format("The state {} names several servers.", shown),
                "Name them in PGHOST, and leave the host out of the address.");
  if (colon != std::string_view::npos && !is_port(url.port))
    return fail(fmt::format("The state {} has no port between 1 and 65535 after the host.", shown),
                "Write it like postgres://db.example.com:5432/ops?name=rollcall.");
  return {};
}

}  // namespace

bool is_postgres(const StateUrl& url) {
  return url.scheme == "postgres" || url.scheme == "postgresql";
}

Expected<PostgresUrl> parse_postgres_state(const StateUrl& url) {
  // Of any kind: a message about an unknown parameter would show it.
  if (to_lower(url.text).find("password=") != std::string::npos) return refuse_password();
  if (url.text.find("%00") != std::string::npos)
    return fail("The state's address has a zero byte (%00) in it.", "Leave it out.");
  const auto parts = split_url(url, kParameters);
  if (!parts) return tl::unexpected<Error>(parts.error());
  const std::string shown = to_string(Location(url));
  PostgresUrl out;
  if (auto read = read_authority(parts->authority, shown, out); !read)
    return tl::unexpected<Error>(read.error());
  if (!parts->path.empty()) out.database = parts->path.substr(1);
  const auto value = [&](const char* key) {
    const auto found = parts->parameters.find(key);
    return found == parts->parameters.end() ? std::string() : found->second;
  };
  out.name = value("name");
  if (out.name.empty()) out.name = "rollcall";
  out.sslmode = value("sslmode");
  if (!out.sslmode.empty() && !is_one_of(kModes, out.sslmode))
    return fail(fmt::format("The state {} has the sslmode `{}`, which PostgreSQL does not know.", shown,
                            printable(out.sslmode)),
                fmt::format("It knows {}.", fmt::join(kModes, ", ")));
  const auto lease = lease_of(*parts);
  if (!lease) return tl::unexpected<Error>(lease.error());
  out.lease = *lease;
  return out;
}

bool stays_here(const std::string& hosts) {
  std::string_view rest = hosts;
  while (true) {
    const std::string_view host = rest.substr(0, rest.find(','));
    const bool is_socket = host.empty() || host.starts_with('/') || host.starts_with('@');
    if (!is_socket && !http::is_loopback(to_lower(host))) return false;
    if (host.size() == rest.size()) return true;
    rest.remove_prefix(host.size() + 1);
  }
}

Expected<std::string> choose_sslmode(const PostgresUrl& url, const std::string& usual, bool leaves_machine) {
  // libpq's own default, which falls back to no encryption, is nobody's wish.
  const bool is_default = usual.empty() || usual == "prefer";
  std::string mode = !url.sslmode.empty()           ? url.sslmode
                     : is_default && leaves_machine ? "verify-full"
                                                    : usual;
  if (leaves_machine && !is_one_of(kEncrypted, mode))
    return fail(
        fmt::format("sslmode={} would send the state and its password unencrypted over the network.", mode),
        "Leave sslmode and PGSSLMODE out for verify-full; where the certificate cannot be verified, "
        "`require` "
        "at least encrypts.");
  return mode;
}

}  // namespace rollcall::store
