#include <fmt/format.h>

#include <utility>

#include "base/text.hpp"
#include "roster/context.hpp"
#include "roster/settings.hpp"
#include "roster/tables.hpp"
#include "roster/targets.hpp"

namespace rollcall::roster {
namespace {

using model::Field;
using yaml::Node;
using UserTarget = Target<model::DesiredUser>;

void read_user_attributes(UserTarget& target, Node, Node value) {
  read_attributes(target.context, value, false, target.object.settings);
}

void read_adopt(UserTarget& target, Node, Node value) {
  if (const auto adopt = target.context.reader.boolean(value, "`adopt`")) target.object.adopt = *adopt;
}

void read_user_on_remove(UserTarget& target, Node, Node value) {
  if (const auto on_remove = read_other_on_remove(target.context, value)) {
    target.object.on_remove = *on_remove;
    target.object.defaulted.on_remove = {};
  }
}

void read_user_until(UserTarget& target, Node, Node value) {
  target.object.until = target.context.reader.date(value, "`until`");
}

constexpr yaml::Key<UserTarget> kUserKeys[] = {
    {"name", read_text<model::DesiredUser, Field::kName, kMaxName>, true},
    {"display_name", read_text<model::DesiredUser, Field::kDisplayName, kMaxName>},
    {"custom_attributes", read_user_attributes},
    {"adopt", read_adopt},
    {"on_remove", read_user_on_remove},
    {"until", read_user_until},
};

constexpr yaml::Key<UserTarget> kUserDefaultsKeys[] = {
    {"custom_attributes", read_user_attributes},
    {"on_remove", read_user_on_remove},
};

}  // namespace

model::DesiredUser read_user_defaults(Context& context, Node key, Node value) {
  model::DesiredUser defaults;
  UserTarget target{context, defaults, key};
  context.reader.mapping(value, key.span(), "`defaults.users`", std::span(kUserDefaultsKeys), target);
  return defaults;
}

void read_user(Context& context, Node key, Node value) {
  if (!key.is_scalar()) return;
  const auto email = read_email(context, key, "the address of a user");
  model::DesiredUser user;
  user.origin = key.origin();
  const model::DesiredUser& defaults = context.defaults.user;
  user.on_remove = defaults.on_remove;
  user.defaulted.on_remove = defaults.defaulted.on_remove;
  UserTarget target{context, user, key};
  const std::string what = fmt::format("the user `{}`", shown_value(key.text()));
  context.reader.mapping(value, key.span(), what, std::span(kUserKeys), target);
  fill(user.settings, user.defaulted, defaults.settings, defaults.defaulted);
  if (!email) return;
  user.ref = context.directory.users.intern(*email);
  if (define(context, context.users, user.ref, key, "user", *email))
    context.roster.users.push_back(std::move(user));
}

Place user_place() {
  return place_of("user", std::span<const yaml::Key<UserTarget>>(kUserKeys));
}
Place user_defaults_place() {
  return place_of("user_defaults", std::span<const yaml::Key<UserTarget>>(kUserDefaultsKeys));
}

}  // namespace rollcall::roster
