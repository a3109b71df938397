#include "chatwoot/paths.hpp"

#include <fmt/format.h>

#include <string_view>

namespace rollcall::chatwoot {
namespace {

constexpr std::string_view kPlatform = "/platform/api/v1";

}  // namespace

std::string accounts_path() {
  return fmt::format("{}/accounts", kPlatform);
}
std::string account_path(const RequestId& account) {
  return fmt::format("{}/{}", accounts_path(), account.text());
}
std::string members_path(const RequestId& account) {
  return account_path(account) + "/account_users";
}
std::string users_path() {
  return fmt::format("{}/users", kPlatform);
}
std::string user_path(const RequestId& user) {
  return fmt::format("{}/{}", users_path(), user.text());
}
std::string bots_path() {
  return fmt::format("{}/agent_bots", kPlatform);
}
std::string bot_path(const RequestId& bot) {
  return fmt::format("{}/{}", bots_path(), bot.text());
}

}  // namespace rollcall::chatwoot
