#include "model/address.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/pattern.hpp"
#include "base/text.hpp"
#include "model/kinds.hpp"

namespace rollcall::model {
namespace {

tl::unexpected<Error> no_address(std::string_view text) {
  return fail(fmt::format("`{}` is not an address.", shown_value(text)),
              "Write accounts.KEY, users.EMAIL, agent_bots.KEY or grants.KEY/EMAIL.");
}

bool is_server_id(std::string_view text) {
  return text.size() > 1 && text.size() < 19 && text.front() == '#' &&
         std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool names_a_kind(std::string_view pattern) {
  return glob_match(pattern, "grants") ||
         visit_kind([&](auto kind) { return glob_match(pattern, kind.kSection); }, [](auto) {});
}

/// Whether any letter or digit is left once wildcards and sets are taken away.
bool has_literal(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const std::size_t first = pattern.substr(i, 2) == "[!" || pattern.substr(i, 2) == "[^" ? i + 2 : i + 1;
    const std::size_t end = pattern[i] == '[' ? pattern.find(']', first + 1) : std::string_view::npos;
    if (end != std::string_view::npos)
      i = end;
    else if ((pattern[i] >= 'a' && pattern[i] <= 'z') || (pattern[i] >= '0' && pattern[i] <= '9'))
      return true;
  }
  return false;
}

/// The same for a user's address, whose top-level domain tells nobody apart.
bool has_literal_of_user(std::string_view pattern) {
  return has_literal(pattern.substr(0, pattern.rfind('.')));
}

tl::unexpected<Error> covers_a_kind(std::string_view text) {
  return fail(fmt::format("`{}` covers a whole kind of object.", shown_value(text)),
              "Name what is meant, such as accounts.initech, users.*@initech.example or grants.initech/*.");
}

}  // namespace

std::string grant_address(std::string_view key, std::string_view email) {
  return fmt::format("grants.{}/{}", key, email);
}

bool address_before(std::string_view a, std::string_view b) {
  const std::size_t at = a.find('#');
  const bool same_place = at != std::string_view::npos && a.substr(0, at + 1) == b.substr(0, at + 1);
  return same_place && a.size() != b.size() ? a.size() < b.size() : a < b;
}

std::string to_string(const Address& address) {
  if (address.kind == ObjectKind::kGrant) return grant_address(address.key, address.member);
  std::string text;
  visit_kind(address.kind, [&]<class Kind>(Kind) { text = object_address<Kind>(address.key); });
  return text;
}

Expected<Address> parse_address(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return no_address(text);
  const std::string_view section = text.substr(0, dot), rest = text.substr(dot + 1);
  std::optional<Address> address;
  visit_section(section, [&]<class Kind>(Kind) {
    if (auto key = key_of<Kind>(rest)) address = Address{Kind::kKind, std::move(*key), {}};
  });
  if (address) return std::move(*address);
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

Expected<std::string> parse_narrow_pattern(std::string_view text) {
  if (!is_pattern(text)) {
    const auto address = parse_address(to_lower(text));
    if (!address) return no_address(text);
    return to_string(*address);
  }
  std::string pattern = to_lower(text);
  const std::size_t dot = pattern.find('.');
  const std::string_view kind = std::string_view(pattern).substr(0, dot);
  if (is_pattern(kind) && names_a_kind(kind)) return covers_a_kind(text);
  if (dot == std::string::npos) return no_address(text);
  const std::string_view rest = std::string_view(pattern).substr(dot + 1);
  const std::size_t slash = rest.find('/');
  if ((slash != std::string_view::npos) != (kind == "grants")) return no_address(text);
  const std::string_view key = rest.substr(0, slash);
  bool narrow = false;
  const bool known = visit_section(
      kind, [&](auto object) { narrow = object.kKeyIsEmail ? has_literal_of_user(key) : has_literal(key); });
  if (kind == "grants")
    narrow = has_literal(key) || has_literal_of_user(rest.substr(slash + 1));
  else if (!known)
    return no_address(text);
  if (!narrow) return covers_a_kind(text);
  return pattern;
}

}  // namespace rollcall::model
