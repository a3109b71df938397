#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "roster/context.hpp"
#include "roster/locales.hpp"
#include "roster/settings.hpp"
#include "roster/tables.hpp"
#include "roster/targets.hpp"

namespace rollcall::roster {
namespace {

using model::Field;
using yaml::Node;
using AccountTarget = Target<model::DesiredAccount>;

constexpr std::size_t kMaxDomain = 100;
constexpr std::size_t kMaxSupportEmail = 100;

constexpr std::array<std::string_view, 2> kStatuses = {"active", "suspended"};
constexpr std::array<std::string_view, 3> kUnlistedMembers = {"report", "keep", "revoke"};

void read_account_locale(AccountTarget& target, Node, Node value) {
  if (auto locale = read_locale(target.context, value))
    target.object.settings.set(Field::kLocale, std::move(*locale));
}

void read_status(AccountTarget& target, Node, Node value) {
  if (const auto word = target.context.reader.word(value, "`status`", kStatuses))
    target.object.settings.set(Field::kStatus, std::string(kStatuses[*word]));
}

void read_id(AccountTarget& target, Node, Node value) {
  const auto id = target.context.reader.whole_number(value, "`id`", 1, kLargestId);
  if (!id) return;
  target.object.id = *id;
  const Node& key = target.key;
  const auto [first, is_new] = target.context.ids.emplace(*id, Context::BoundId{key.text(), key.origin()});
  if (is_new) return;
  // What came through a merge key stands above the account, under another one; the user who merged it wants
  // to see where.
  const bool is_merged = value.origin() < key.origin();
  target.context.problems.error(
      "R113", is_merged ? key.span() : value.span(),
      fmt::format("the server's id {} is bound to `{}`, and to `{}` at {}", *id, key.text(),
                  first->second.key, target.context.where(first->second.origin)),
      is_merged ? "an account on the server can have only one key; "
                  "this one gets the id through `<<`: take `id` out of the merged mapping"
                : "an account on the server can have only one key");
}

void read_unlisted_members(AccountTarget& target, Node, Node value) {
  if (const auto word = target.context.reader.word(value, "`unlisted_members`", kUnlistedMembers))
    target.object.unlisted_members = static_cast<model::UnlistedMembers>(*word);
}

void read_account_on_remove(AccountTarget& target, Node, Node value) {
  if (const auto word = target.context.reader.word(value, "`on_remove`", model::on_remove_words())) {
    target.object.on_remove = static_cast<model::OnRemove>(*word);
    target.object.defaulted.on_remove = {};
  }
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
    {"locale", read_account_locale},
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

constexpr yaml::Key<AccountTarget> kAccountDefaultsKeys[] = {
    {"locale", read_account_locale},
    {"support_email", read_text<model::DesiredAccount, Field::kSupportEmail, kMaxSupportEmail>},
    {"status", read_status},
    {"features", read_account_features},
    {"limits", read_account_limits},
    {"custom_attributes", read_account_attributes},
    {"unlisted_members", read_unlisted_members},
    {"on_remove", read_account_on_remove},
};

}  // namespace

model::DesiredAccount read_account_defaults(Context& context, Node key, Node value) {
  model::DesiredAccount defaults;
  AccountTarget target{context, defaults, key};
  context.reader.mapping(value, key.span(), "`defaults.accounts`", std::span(kAccountDefaultsKeys), target);
  return defaults;
}

void read_account(Context& context, Node key, Node value) {
  const auto name = read_key(context, key, "an account", &context.refused_accounts);
  model::DesiredAccount account;
  account.origin = key.origin();
  const model::DesiredAccount& defaults = context.defaults.account;
  account.unlisted_members = defaults.unlisted_members;
  account.on_remove = defaults.on_remove;
  account.defaulted.on_remove = defaults.defaulted.on_remove;
  AccountTarget target{context, account, key};
  const std::string what = fmt::format("the account `{}`", shown_value(key.text()));
  context.reader.mapping(value, key.span(), what, std::span(kAccountKeys), target);
  fill(account.settings, account.defaulted, defaults.settings, defaults.defaulted);
  if (!name) return;
  account.ref = context.directory.accounts.intern(*name);
  if (define(context, context.accounts, account.ref, key, "account", *name))
    context.roster.accounts.push_back(std::move(account));
}

Place account_place() {
  return place_of("account", std::span<const yaml::Key<AccountTarget>>(kAccountKeys));
}
Place account_defaults_place() {
  return place_of("account_defaults", std::span<const yaml::Key<AccountTarget>>(kAccountDefaultsKeys));
}

}  // namespace rollcall::roster
