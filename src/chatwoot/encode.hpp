#pragma once

#include <string>

#include "chatwoot/requests.hpp"
#include "model/access.hpp"
#include "model/directory.hpp"

namespace rollcall::chatwoot {

/// The JSON bodies of requests. That of a new user holds the password.
std::string encode(const NewAccount& account);
std::string encode(const AccountPatch& patch);
std::string encode(const NewUser& user);
std::string encode(const UserPatch& patch);
std::string encode(const BotSettings& bot);
std::string encode_member(const RequestId& user, model::Role role);
std::string encode_member(const RequestId& user);

}  // namespace rollcall::chatwoot
