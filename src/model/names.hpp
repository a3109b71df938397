#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rollcall::model {

/// Keys of accounts, groups and bots: [a-z0-9][a-z0-9-]*, at most 100 characters.
bool is_key(std::string_view text);

/// An e-mail address in lower case, or nothing where Chatwoot would refuse it: one @, a part before it, a
/// domain with a dot after it, printable ASCII without spaces, at most 255 characters (users.post_* of the
/// recordings).
std::optional<std::string> parse_email(std::string_view text);

/// The part after the @ of a parsed address.
std::string_view domain_of(std::string_view email);

}  // namespace rollcall::model
