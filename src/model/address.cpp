#include "model/address.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/names.hpp"

namespace rollcall::model {
namespace {

tl::unexpected<Error> no_address(std::string_view text) {
  return fail(fmt::format("`{}` is no address.", text),
              "Write accounts.KEY, users.EMAIL, agent_bots.KEY or grants.KEY/EMAIL.");
}

bool is_server_id(std::string_view text) {
  return text.size() > 1 && text.size() < 19 && text.front() == '#' &&
         std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string account_address(std::string_view key) {
  return fmt::format("accounts.{}", key);
}
std::string user_address(std::string_view email) {
  return fmt::format("users.{}", email);
}
std::string bot_address(std::string_view key) {
  return fmt::format("agent_bots.{}", key);
}
std::string grant_address(std::string_view key, std::string_view email) {
  return fmt::format("grants.{}/{}", key, email);
}

bool address_before(std::string_view a, std::string_view b) {
  const std::size_t at = a.find('#');
  const bool same_place = at != std::string_view::npos && a.substr(0, at + 1) == b.substr(0, at + 1);
  return same_place && a.size() != b.size() ? a.size() < b.size() : a < b;
}

std::string to_string(const Address& address) {
  switch (address.kind) {
    case ObjectKind::kAccount:
      return account_address(address.key);
    case ObjectKind::kUser:
      return user_address(address.key);
    case ObjectKind::kBot:
      return bot_address(address.key);
    case ObjectKind::kGrant:
      return grant_address(address.key, address.member);
  }
  return {};
}

Expected<Address> parse_address(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return no_address(text);
  const std::string_view section = text.substr(0, dot), rest = text.substr(dot + 1);
  if (section == "accounts" && is_key(rest)) return Address{ObjectKind::kAccount, std::string(rest), {}};
  if (section == "agent_bots" && is_key(rest)) return Address{ObjectKind::kBot, std::string(rest), {}};
  if (section == "users")
    if (auto email = parse_email(rest)) return Address{ObjectKind::kUser, std::move(*email), {}};
  if (section == "grants") {
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos || !is_key(rest.substr(0, slash))) return no_address(text);
    const std::string_view member = rest.substr(slash + 1);
    const std::string key(rest.substr(0, slash));
    if (is_server_id(member)) return Address{ObjectKind::kGrant, key, std::string(member)};
    if (auto email = parse_email(member)) return Address{ObjectKind::kGrant, key, std::move(*email)};
  }
  return no_address(text);
}

}  // namespace rollcall::model
