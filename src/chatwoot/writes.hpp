#pragma once

#include <optional>
#include <string>

#include "chatwoot/requests.hpp"
#include "http/transport.hpp"
#include "model/access.hpp"
#include "model/value.hpp"

/// Every request that changes something, as the client sends it and as a plan shows it beforehand.
namespace rollcall::chatwoot::writes {

struct Write {
  http::Method method = http::Method::kPost;
  std::string path;
  /// JSON, or empty.
  std::string body;
};

Write create_account(const NewAccount& account);
Write update_account(const RequestId& account, const AccountPatch& patch);
Write delete_account(const RequestId& account);

/// Its body holds the password.
Write create_user(const NewUser& user);
Write update_user(const RequestId& user, const UserPatch& patch);
Write delete_user(const RequestId& user);

Write put_member(const RequestId& account, const RequestId& user, model::Role role);
Write delete_member(const RequestId& account, const RequestId& user);

Write create_bot(const BotSettings& bot);
Write update_bot(const RequestId& bot, const BotSettings& patch);
Write delete_bot(const RequestId& bot);

/// The body as a value; null where there is none.
model::Value body_of(const Write& write);

}  // namespace rollcall::chatwoot::writes
