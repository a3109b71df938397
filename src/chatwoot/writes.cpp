#include "chatwoot/writes.hpp"

#include "chatwoot/decode.hpp"
#include "chatwoot/encode.hpp"
#include "chatwoot/paths.hpp"

namespace rollcall::chatwoot::writes {

using http::Method;

Write create_account(const NewAccount& account) {
  return {Method::kPost, accounts_path(), encode(account)};
}

Write update_account(const RequestId& account, const AccountPatch& patch) {
  return {Method::kPatch, account_path(account), encode(patch)};
}

Write delete_account(const RequestId& account) {
  return {Method::kDelete, account_path(account), {}};
}

Write create_user(const NewUser& user) {
  return {Method::kPost, users_path(), encode(user)};
}

Write update_user(const RequestId& user, const UserPatch& patch) {
  return {Method::kPatch, user_path(user), encode(patch)};
}

Write delete_user(const RequestId& user) {
  return {Method::kDelete, user_path(user), {}};
}

Write put_member(const RequestId& account, const RequestId& user, model::Role role) {
  return {Method::kPost, members_path(account), encode_member(user, role)};
}

Write delete_member(const RequestId& account, const RequestId& user) {
  return {Method::kDelete, members_path(account), encode_member(user)};
}

Write create_bot(const BotSettings& bot) {
  return {Method::kPost, bots_path(), encode(bot)};
}

Write update_bot(const RequestId& bot, const BotSettings& patch) {
  return {Method::kPatch, bot_path(bot), encode(patch)};
}

Write delete_bot(const RequestId& bot) {
  return {Method::kDelete, bot_path(bot), {}};
}

model::Value body_of(const Write& write) {
  return write.body.empty() ? model::Value() : decode_value(write.body);
}

}  // namespace rollcall::chatwoot::writes
