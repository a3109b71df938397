#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "base/secret.hpp"
#include "chatwoot/client.hpp"
#include "model/live.hpp"

namespace rollcall::chatwoot {

/// A decoded response, or what is wrong with it, as the end of a sentence: "`id` is missing".
template <class T>
using Decoded = tl::expected<T, std::string>;

/// Strict: an integer is an integer, nothing is converted. Fields that Rollcall does not know are
/// ignored.
Decoded<model::LiveAccount> decode_account(std::string_view body);
Decoded<std::vector<model::LiveAccount>> decode_accounts(std::string_view body, const std::stop_token& stop);
Decoded<model::LiveUser> decode_user(std::string_view body);
Decoded<model::LiveBot> decode_bot(std::string_view body);
Decoded<std::vector<model::LiveBot>> decode_bots(std::string_view body, const std::stop_token& stop);
Decoded<Secret> decode_login_link(std::string_view body);
Decoded<Secret> decode_access_token(std::string_view body);
/// Any document that this program has made.
model::Value decode_value(std::string_view body);
Decoded<ServerInfo> decode_server_info(std::string_view body);

/// A row of members with what the model has no place for.
struct MemberRow {
  model::LiveMember member;
  model::ServerId account_id = 0;
  /// The server's own word for the role; "none" for null.
  std::string role_text;
};
Decoded<MemberRow> decode_member(std::string_view body);
Decoded<std::vector<MemberRow>> decode_members(std::string_view body, const std::stop_token& stop);

/// The words of a response that is no success. Empty where the body has none of that shape.
struct ErrorBody {
  std::string words;
  std::vector<std::string> attributes;
};
ErrorBody decode_refusal(std::string_view body);

}  // namespace rollcall::chatwoot
