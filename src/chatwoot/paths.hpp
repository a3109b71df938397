#pragma once

#include <string>

#include "chatwoot/requests.hpp"

namespace rollcall::chatwoot {

std::string accounts_path();
std::string account_path(const RequestId& account);
std::string members_path(const RequestId& account);
std::string users_path();
std::string user_path(const RequestId& user);
std::string bots_path();
std::string bot_path(const RequestId& bot);

}  // namespace rollcall::chatwoot
