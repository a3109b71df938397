#include "chatwoot/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "chatwoot/decode.hpp"
#include "chatwoot/exchange.hpp"
#include "chatwoot/paths.hpp"
#include "chatwoot/writes.hpp"

namespace rollcall::chatwoot {
namespace {

using http::Method;
using model::Field;
using model::ServerId;
using model::Value;

http::Request request(Method method, std::string path, std::string body, bool repeatable) {
  http::Request request{method, std::move(path), std::move(body), true, repeatable};
  request.headers.push_back({"Accept", "application/json"});
  if (!request.body.empty()) request.headers.push_back({"Content-Type", "application/json"});
  return request;
}

Call read(std::string path, std::string sense, std::string object) {
  return {request(Method::kGet, std::move(path), "", true), std::move(sense), std::move(object), false};
}

Call read_list(std::string path, std::string sense, std::string object) {
  Call call = read(std::move(path), std::move(sense), std::move(object));
  call.request.response_limit = kListLimit;
  return call;
}

Call write(writes::Write write, std::string sense, std::string object) {
  return {request(write.method, std::move(write.path), std::move(write.body), true), std::move(sense),
          std::move(object), true};
}

/// Chatwoot makes a second object of a second POST, so it is sent once, whatever happens.
Call create(writes::Write write, std::string sense) {
  return {request(write.method, std::move(write.path), std::move(write.body), false), std::move(sense), "",
          true};
}

std::string shown(const Value& value) {
  return printable(to_text(value));
}

/// `locale "xx", features.macros true`: what a refusal is about.
std::string names_of(const model::SettingsPatch& settings) {
  std::string out;
  for (const auto& [name, value] : settings)
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", printable(to_string(name)), shown(value));
  return out;
}

void add_name(std::string& names, std::string_view name) {
  names += (names.empty() ? "" : ", ") + std::string(name);
}

Result<void> send_write(http::Transport& transport, const Call& call) {
  const auto response = exchange(transport, call);
  if (!response) return tl::unexpected(response.error());
  if (!response->body.empty()) return tl::unexpected(unexpected_answer(call, "a text where none belongs"));
  return {};
}

/// What is not there any more after an attempt that may have arrived was deleted by that attempt.
Result<void> send_delete(http::Transport& transport, const Call& call) {
  auto done = send_write(transport, call);
  if (!done && done.error().kind == ErrorKind::kNotFound && done.error().unknown_outcome) return {};
  return done;
}

template <class T>
Result<T> send_read(http::Transport& transport, const Call& call, Decoded<T> (*decode)(std::string_view)) {
  const auto response = exchange(transport, call);
  if (!response) return tl::unexpected(response.error());
  auto value = decode(response->body);
  if (!value) return tl::unexpected(unexpected_answer(call, value.error()));
  return std::move(*value);
}

/// For lists, which may be large: a stop ends the reading, too.
template <class T>
Result<T> send_list(http::Transport& transport, const Call& call,
                    Decoded<T> (*decode)(std::string_view, const std::stop_token&)) {
  const auto response = exchange(transport, call);
  if (!response) return tl::unexpected(response.error());
  auto value = decode(response->body, response->stop);
  if (!value && response->stop.stop_requested()) return tl::unexpected(stopped(call));
  if (!value) return tl::unexpected(unexpected_answer(call, value.error()));
  return std::move(*value);
}

/// For answers of one object whose id is known before.
template <class T>
Result<T> send_for(http::Transport& transport, const Call& call, ServerId id,
                   Decoded<T> (*decode)(std::string_view)) {
  auto object = send_read(transport, call, decode);
  if (object && object->id != id)
    return tl::unexpected(unexpected_answer(call, fmt::format("it is about id {}, not {}", object->id, id)));
  return object;
}

std::optional<std::string> difference(std::string_view name, const std::string& wanted,
                                      const std::string& seen) {
  if (wanted == seen) return std::nullopt;
  return fmt::format("{} {} instead of {}", name, shown(seen), shown(wanted));
}

std::optional<std::string> difference(const model::SettingsPatch& wanted, const model::SettingsPatch& seen) {
  const auto missing = not_shown(wanted, seen);
  if (missing.empty()) return std::nullopt;
  const model::SettingChange& first = missing.front();
  return fmt::format("{} {} instead of {}", to_string(first.name), shown(*first.before), shown(first.after));
}

/// A section that was sent whole has to come back whole.
std::optional<std::string> difference(Field field, const std::optional<Value::Map>& wanted,
                                      const model::LiveAccount& account) {
  if (!wanted) return std::nullopt;
  Value::Map seen;
  for (const model::Setting& setting : account.settings)
    if (setting.name.field == field) seen.push_back({setting.name.key, setting.value});
  if (field == Field::kCustomAttributes && account.marker)
    seen.push_back({std::string(model::kMarkerAttribute), *account.marker});
  const Value seen_value(std::move(seen));
  const Value wanted_value(*wanted);
  if (seen_value == wanted_value) return std::nullopt;
  return fmt::format("{} {} instead of {}", model::field_name(field), shown(seen_value), shown(wanted_value));
}

}  // namespace

http::Credentials platform_credentials(Secret token) {
  return {"api_access_token", std::move(token)};
}

Result<ServerInfo> Client::server_info() {
  Call call = read("/api", "report its version", "");
  call.request.authenticated = false;
  return send_read(transport_, call, decode_server_info);
}

Result<std::vector<model::LiveAccount>> Client::list_accounts() {
  return send_list(transport_, read_list(accounts_path(), "list the accounts", ""), decode_accounts);
}

Result<model::LiveAccount> Client::get_account(ServerId id) {
  return send_for(transport_,
                  read(account_path(id), fmt::format("read account {}", id), fmt::format("Account {}", id)),
                  id, decode_account);
}

Result<model::LiveAccount> Client::create_account(const NewAccount& account) {
  const Call call =
      create(writes::create_account(account), fmt::format("create the account {}", shown(account.name)));
  auto created = send_read(transport_, call, decode_account);
  if (!created) return created;
  if (const auto wrong = difference("name", account.name, created->settings.text(Field::kName)))
    return tl::unexpected(not_as_asked(call, *wrong));
  if (const auto wrong =
          difference("custom_attributes.rollcall", account.marker, created->marker.value_or("")))
    return tl::unexpected(not_as_asked(call, *wrong));
  return created;
}

Result<model::LiveAccount> Client::update_account(ServerId id, const AccountPatch& patch) {
  std::string names = names_of(patch.plain);
  if (patch.limits) add_name(names, "limits");
  if (patch.custom_attributes) add_name(names, "custom_attributes");
  const Call call = write(writes::update_account(id, patch), fmt::format("set {} of account {}", names, id),
                          fmt::format("Account {}", id));
  auto updated = send_for(transport_, call, id, decode_account);
  if (!updated) return updated;
  for (const auto& wrong :
       {difference(patch.plain, updated->settings), difference(Field::kLimits, patch.limits, *updated),
        difference(Field::kCustomAttributes, patch.custom_attributes, *updated)})
    if (wrong) return tl::unexpected(not_as_asked(call, *wrong));
  return updated;
}

Result<void> Client::delete_account(ServerId id) {
  return send_delete(transport_, write(writes::delete_account(id), fmt::format("delete account {}", id),
                                       fmt::format("Account {}", id)));
}

Result<model::LiveUser> Client::get_user(ServerId id) {
  return send_for(transport_,
                  read(user_path(id), fmt::format("read user {}", id), fmt::format("User {}", id)), id,
                  decode_user);
}

Result<model::LiveUser> Client::create_user(const NewUser& user) {
  Call call = create(writes::create_user(user), fmt::format("create {}", printable(user.email)));
  call.password = user.password;
  auto created = send_read(transport_, call, decode_user);
  if (!created) return created;
  if (const auto wrong = difference("email", to_lower(user.email), created->email))
    return tl::unexpected(not_as_asked(call, *wrong));
  return created;
}

Result<model::LiveUser> Client::update_user(ServerId id, const UserPatch& patch) {
  std::string names = names_of(patch.settings);
  if (patch.email) add_name(names, "email " + printable(*patch.email));
  if (patch.marker) add_name(names, "custom_attributes.rollcall");
  const Call call = write(writes::update_user(id, patch), fmt::format("set {} of user {}", names, id),
                          fmt::format("User {}", id));
  auto updated = send_for(transport_, call, id, decode_user);
  if (!updated) return updated;
  std::optional<std::string> wrong = difference(patch.settings, updated->settings);
  if (!wrong && patch.email) wrong = difference("email", to_lower(*patch.email), updated->email);
  if (!wrong && patch.marker)
    wrong = difference("custom_attributes.rollcall", *patch.marker, updated->marker.value_or(""));
  if (wrong) return tl::unexpected(not_as_asked(call, *wrong));
  return updated;
}

Result<void> Client::delete_user(ServerId id) {
  return send_delete(transport_, write(writes::delete_user(id), fmt::format("delete user {}", id),
                                       fmt::format("User {}", id)));
}

Result<Secret> Client::login_link(ServerId id) {
  return send_read(transport_,
                   read(user_path(id) + "/login", fmt::format("give a login link for user {}", id),
                        fmt::format("User {}", id)),
                   decode_login_link);
}

Result<Secret> Client::access_token(ServerId id) {
  // A POST that changes nothing: it gives the same token each time (users.token_stable of the recordings).
  Call call = read(user_path(id) + "/token", fmt::format("give the access token of user {}", id),
                   fmt::format("User {}", id));
  call.request.method = Method::kPost;
  return send_read(transport_, call, decode_access_token);
}

Result<std::vector<model::LiveMember>> Client::list_members(ServerId account) {
  const Call call = read_list(members_path(account), fmt::format("list the members of account {}", account),
                              fmt::format("Account {}", account));
  const auto rows = send_list(transport_, call, decode_members);
  if (!rows) return tl::unexpected(rows.error());
  std::vector<model::LiveMember> members;
  members.reserve(rows->size());
  for (const MemberRow& row : *rows) {
    if (row.account_id != account)
      return tl::unexpected(unexpected_answer(call, fmt::format("it is about account {}", row.account_id)));
    members.push_back(row.member);
  }
  return members;
}

Result<void> Client::put_member(ServerId account, ServerId user, model::Role role) {
  const Call call =
      write(writes::put_member(account, user, role),
            fmt::format("give user {} the role {} in account {}", user, to_string(role), account),
            fmt::format("Account {}", account));
  const auto row = send_read(transport_, call, decode_member);
  if (!row) return tl::unexpected(row.error());
  if (row->account_id != account || row->member.user_id != user)
    return tl::unexpected(unexpected_answer(
        call, fmt::format("it is about user {} in account {}", row->member.user_id, row->account_id)));
  if (row->member.role != role)
    return tl::unexpected(not_as_asked(call, fmt::format("the role {}", row->role_text)));
  return {};
}

Result<void> Client::delete_member(ServerId account, ServerId user) {
  return send_write(transport_, write(writes::delete_member(account, user),
                                      fmt::format("remove user {} from account {}", user, account),
                                      fmt::format("Account {}", account)));
}

Result<std::vector<model::LiveBot>> Client::list_bots() {
  return send_list(transport_, read_list(bots_path(), "list the agent bots", ""), decode_bots);
}

Result<model::LiveBot> Client::get_bot(ServerId id) {
  return send_for(transport_,
                  read(bot_path(id), fmt::format("read agent bot {}", id), fmt::format("Agent bot {}", id)),
                  id, decode_bot);
}

Result<model::LiveBot> Client::create_bot(const BotSettings& bot) {
  const Call call = create(writes::create_bot(bot),
                           fmt::format("create the agent bot {}", shown(bot.settings.text(Field::kName))));
  auto created = send_read(transport_, call, decode_bot);
  if (!created) return created;
  std::optional<std::string> wrong = difference(bot.settings, created->settings);
  if (!wrong && bot.account_id && created->account_id != bot.account_id) wrong = "another account";
  if (wrong) return tl::unexpected(not_as_asked(call, *wrong));
  return created;
}

Result<model::LiveBot> Client::update_bot(ServerId id, const BotSettings& patch) {
  std::string names = names_of(patch.settings);
  if (patch.account_id) add_name(names, fmt::format("account_id {}", patch.account_id->text()));
  const Call call = write(writes::update_bot(id, patch), fmt::format("set {} of agent bot {}", names, id),
                          fmt::format("Agent bot {}", id));
  auto updated = send_for(transport_, call, id, decode_bot);
  if (!updated) return updated;
  std::optional<std::string> wrong = difference(patch.settings, updated->settings);
  if (!wrong && patch.account_id && updated->account_id != patch.account_id) wrong = "another account";
  if (wrong) return tl::unexpected(not_as_asked(call, *wrong));
  return updated;
}

Result<void> Client::delete_bot(ServerId id) {
  return send_delete(transport_, write(writes::delete_bot(id), fmt::format("delete agent bot {}", id),
                                       fmt::format("Agent bot {}", id)));
}

Result<model::LiveBot> Client::delete_bot_avatar(ServerId id) {
  return send_for(
      transport_,
      write(writes::Write{Method::kDelete, bot_path(id) + "/avatar", {}},
            fmt::format("delete the picture of agent bot {}", id), fmt::format("Agent bot {}", id)),
      id, decode_bot);
}

}  // namespace rollcall::chatwoot
