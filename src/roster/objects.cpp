#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/text.hpp"
#include "model/names.hpp"
#include "roster/context.hpp"
#include "roster/settings.hpp"
#include "roster/tables.hpp"

namespace rollcall::roster {
namespace {

using model::Field;
using yaml::Node;

// What the server takes, in characters (accounts.*, users.* and agent_bots.* of the recordings).
constexpr std::size_t kMaxName = 255;
constexpr std::size_t kMaxDomain = 100;
constexpr std::size_t kMaxSupportEmail = 100;
constexpr std::size_t kMaxDescription = 255;
constexpr std::size_t kMaxUrl = 2048;

constexpr std::array<std::string_view, 2> kStatuses = {"active", "suspended"};
constexpr std::array<std::string_view, 2> kUnlistedMembers = {"keep", "revoke"};

template <class Object>
struct Target {
  Context& context;
  Object& object;
  /// The key that the object is defined under.
  Node key;
};
using AccountTarget = Target<model::DesiredAccount>;
using UserTarget = Target<User>;
using BotTarget = Target<model::DesiredBot>;

model::SettingsPatch& settings_of(model::DesiredAccount& account) {
  return account.settings;
}
model::SettingsPatch& settings_of(User& user) {
  return user.desired.settings;
}
model::SettingsPatch& settings_of(model::DesiredBot& bot) {
  return bot.settings;
}

template <class Object, Field field, std::size_t limit>
void read_text(Target<Object>& target, Node key, Node value) {
  const std::string what = fmt::format("`{}`", key.text());
  if (const auto text = target.context.reader.text(value, what, limit))
    settings_of(target.object).set(field, std::string(*text));
}

/// People and bots cannot be suspended.
std::optional<model::OnRemove> read_other_on_remove(Context& context, Node value) {
  constexpr std::array<model::OnRemove, 2> kValues = {model::OnRemove::kRetain, model::OnRemove::kDelete};
  const std::array<std::string_view, 2> words = {model::to_string(kValues[0]), model::to_string(kValues[1])};
  const auto word = context.reader.word(value, "`on_remove`", words);
  if (!word) return std::nullopt;
  return kValues.at(*word);
}

/// `pt_BR`: a language of two or three small letters, a region of two capitals or a longer word behind.
bool is_locale(std::string_view text) {
  const auto small = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto letter = [&](char c) { return small(c) || (c >= 'A' && c <= 'Z'); };
  std::size_t at = 0;
  while (at < text.size() && small(text[at])) ++at;
  if (at < 2 || at > 3) return false;
  if (at == text.size()) return true;
  if (text[at] != '_') return false;
  const std::string_view region = text.substr(at + 1);
  if (region.size() < 2 || region.size() > 8) return false;
  for (const char c : region)
    if (!letter(c)) return false;
  return region.front() >= 'A' && region.front() <= 'Z';
}

void read_locale(AccountTarget& target, Node, Node value) {
  const auto text = target.context.reader.text(value, "`locale`");
  if (!text) return;
  if (is_locale(*text)) return target.object.settings.set(Field::kLocale, std::string(*text));
  std::string mended(*text);
  for (char& c : mended)
    if (c == '-') c = '_';
  target.context.problems.error("R123", value.span(), fmt::format("`{}` is no locale of Chatwoot", *text),
                                is_locale(mended)
                                    ? fmt::format("write {}", mended)
                                    : "write a code such as en, de or pt_BR, in exactly this case");
}

void read_status(AccountTarget& target, Node, Node value) {
  if (const auto word = target.context.reader.word(value, "`status`", kStatuses))
    target.object.settings.set(Field::kStatus, std::string(kStatuses[*word]));
}

void read_id(AccountTarget& target, Node, Node value) {
  const auto id = target.context.reader.whole_number(value, "`id`", 1);
  if (!id) return;
  target.object.id = *id;
  const Node& key = target.key;
  const auto [first, is_new] = target.context.ids.emplace(*id, Context::BoundId{key.text(), key.origin()});
  if (is_new) return;
  // What came through a merge key stands above the account, under another one; the person who merged it wants
  // to see where.
  const bool is_merged = value.origin() < key.origin();
  target.context.problems.error(
      "R113", is_merged ? key.span() : value.span(),
      fmt::format("the server id {} is bound to `{}` and to `{}` at {}", *id, key.text(), first->second.key,
                  target.context.where(first->second.origin)),
      is_merged
          ? "one account of the server can have only one key; this one gets the id through `<<`: take `id` "
            "out of what is merged"
          : "one account of the server can have only one key");
}

void read_unlisted_members(AccountTarget& target, Node, Node value) {
  if (const auto word = target.context.reader.word(value, "`unlisted_members`", kUnlistedMembers))
    target.object.unlisted_members = static_cast<model::UnlistedMembers>(*word);
}

void read_account_on_remove(AccountTarget& target, Node, Node value) {
  if (const auto word = target.context.reader.word(value, "`on_remove`", model::on_remove_words()))
    target.object.on_remove = static_cast<model::OnRemove>(*word);
}

void read_account_features(AccountTarget& target, Node, Node value) {
  read_features(target.context, value, target.object.settings);
}

void read_account_limits(AccountTarget& target, Node, Node value) {
  read_limits(target.context, value, target.object.settings);
}

void read_account_attributes(AccountTarget& target, Node, Node value) {
  read_attributes(target.context, value, true, target.object.settings);
}

constexpr yaml::Key<AccountTarget> kAccountKeys[] = {
    {"name", read_text<model::DesiredAccount, Field::kName, kMaxName>, true},
    {"locale", read_locale},
    {"domain", read_text<model::DesiredAccount, Field::kDomain, kMaxDomain>},
    {"support_email", read_text<model::DesiredAccount, Field::kSupportEmail, kMaxSupportEmail>},
    {"status", read_status},
    {"features", read_account_features},
    {"limits", read_account_limits},
    {"custom_attributes", read_account_attributes},
    {"id", read_id},
    {"unlisted_members", read_unlisted_members},
    {"on_remove", read_account_on_remove},
};

void read_user_attributes(UserTarget& target, Node, Node value) {
  read_attributes(target.context, value, false, target.object.desired.settings);
}

void read_adopt(UserTarget& target, Node, Node value) {
  if (const auto adopt = target.context.reader.boolean(value, "`adopt`"))
    target.object.desired.adopt = *adopt;
}

void read_user_on_remove(UserTarget& target, Node, Node value) {
  if (const auto on_remove = read_other_on_remove(target.context, value))
    target.object.desired.on_remove = *on_remove;
}

void read_user_until(UserTarget& target, Node, Node value) {
  target.object.until = target.context.reader.date(value, "`until`");
}

constexpr yaml::Key<UserTarget> kUserKeys[] = {
    {"name", read_text<User, Field::kName, kMaxName>, true},
    {"display_name", read_text<User, Field::kDisplayName, kMaxName>},
    {"custom_attributes", read_user_attributes},
    {"adopt", read_adopt},
    {"on_remove", read_user_on_remove},
    {"until", read_user_until},
};

bool is_host(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    return !host.empty() && host.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
  }
  return !host.empty() && host.front() != '.' && host.front() != '-' &&
         host.find("..") == std::string_view::npos &&
         to_lower(host).find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_") ==
             std::string_view::npos;
}

/// http or https, a host, perhaps a port, and no blanks.
bool is_web_address(std::string_view url) {
  const std::string lower = to_lower(url.substr(0, 8));
  if (!lower.starts_with("http://") && !lower.starts_with("https://")) return false;
  std::string_view rest = url.substr(url.find("://") + 3);
  if (rest.find_first_of(" \t\r\n\"<>\\^`{|}") != std::string_view::npos) return false;
  std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos)
    authority.remove_prefix(at + 1);
  const std::size_t colon = authority.rfind(':');
  const std::size_t bracket = authority.rfind(']');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    const std::string_view port = authority.substr(colon + 1);
    if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string_view::npos)
      return false;
    authority = authority.substr(0, colon);
  }
  return is_host(authority);
}

void read_url(BotTarget& target, Node, Node value) {
  const auto url = target.context.reader.text(value, "`outgoing_url`", kMaxUrl);
  if (!url) return;
  if (is_web_address(*url)) return target.object.settings.set(Field::kOutgoingUrl, std::string(*url));
  target.context.problems.error("R125", value.span(), fmt::format("`{}` is no web address", *url),
                                "write it with http:// or https://, a host, and no blanks");
}

void read_bot_account(BotTarget& target, Node, Node value) {
  const auto key = target.context.reader.text(value, "`account`");
  if (!key) return;
  target.object.settings.set(Field::kAccount, std::string(*key));
  check_account(target.context, *key, value.span());
}

void read_bot_on_remove(BotTarget& target, Node, Node value) {
  if (const auto on_remove = read_other_on_remove(target.context, value))
    target.object.on_remove = *on_remove;
}

constexpr yaml::Key<BotTarget> kBotKeys[] = {
    {"name", read_text<model::DesiredBot, Field::kName, kMaxName>, true},
    {"description", read_text<model::DesiredBot, Field::kDescription, kMaxDescription>},
    {"outgoing_url", read_url},
    {"account", read_bot_account},
    {"on_remove", read_bot_on_remove},
};

/// Notes where an object is defined; reports a second definition and answers false.
template <class Ref>
bool define(Context& context, Definitions<Ref>& definitions, Ref ref, Node key, std::string_view what,
            std::string_view name) {
  const Origin first = definitions.find(ref);
  if (first.line == 0) {
    definitions.add(ref, key.origin(), key.text());
    return true;
  }
  // The same key twice in one mapping was reported when the file was parsed.
  if (first.file == key.origin().file && definitions.is_spelled(ref, key.text())) return false;
  const std::string other = key.text() == name ? std::string() : fmt::format(" ({})", name);
  context.problems.error(
      "R112", key.span(),
      fmt::format("the {} `{}`{} is already defined at {}", what, key.text(), other, context.where(first)),
      "remove one of the two; files of a roster are read as one");
  return false;
}

}  // namespace

void read_account(Context& context, Node key, Node value) {
  const auto name = read_key(context, key, "an account", &context.refused_accounts);
  model::DesiredAccount account;
  account.origin = key.origin();
  AccountTarget target{context, account, key};
  const std::string what = fmt::format("the account `{}`", key.text());
  context.reader.mapping(value, key.span(), what, std::span<const yaml::Key<AccountTarget>>(kAccountKeys),
                         target);
  if (!name) return;
  account.account = context.directory.accounts.intern(*name);
  if (define(context, context.accounts, account.account, key, "account", *name))
    context.roster.accounts.push_back(std::move(account));
}

void read_user(Context& context, Node key, Node value) {
  if (!key.is_scalar()) return;
  const auto email = read_email(context, key, "the address of a user");
  User user;
  user.desired.origin = key.origin();
  UserTarget target{context, user, key};
  const std::string what = fmt::format("the user `{}`", key.text());
  context.reader.mapping(value, key.span(), what, std::span<const yaml::Key<UserTarget>>(kUserKeys), target);
  if (!email) return;
  user.desired.user = context.directory.users.intern(*email);
  if (define(context, context.users, user.desired.user, key, "user", *email))
    context.roster.users.push_back(std::move(user));
}

void read_bot(Context& context, Node key, Node value) {
  const auto name = read_key(context, key, "an agent bot", nullptr);
  model::DesiredBot bot;
  bot.origin = key.origin();
  BotTarget target{context, bot, key};
  const std::string what = fmt::format("the agent bot `{}`", key.text());
  context.reader.mapping(value, key.span(), what, std::span<const yaml::Key<BotTarget>>(kBotKeys), target);
  if (!name) return;
  bot.bot = context.directory.bots.intern(*name);
  if (define(context, context.bots, bot.bot, key, "agent bot", *name))
    context.roster.bots.push_back(std::move(bot));
}

Place account_place() {
  return place_of("account", std::span<const yaml::Key<AccountTarget>>(kAccountKeys));
}
Place user_place() {
  return place_of("user", std::span<const yaml::Key<UserTarget>>(kUserKeys));
}
Place bot_place() {
  return place_of("agent_bot", std::span<const yaml::Key<BotTarget>>(kBotKeys));
}

}  // namespace rollcall::roster
