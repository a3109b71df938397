#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "roster/context.hpp"
#include "roster/tables.hpp"
#include "roster/targets.hpp"

namespace rollcall::roster {
namespace {

using model::Defaulted;
using model::SettingName;
using model::SettingsPatch;
using yaml::Node;

using DefaultsTarget = Target<Defaults>;

/// Where what was read of one kind's defaults stands.
Defaulted places_of(Node defaults, const SettingsPatch& settings) {
  Defaulted places;
  const auto add = [&](SettingName name, Node key) {
    if (settings.find(name) != nullptr) places.settings.push_back({std::move(name), key.origin()});
  };
  defaults.each_entry([&](Node key, Node value) {
    if (key.text() == "on_remove") places.on_remove = key.origin();
    const auto field = model::parse_field(key.text());
    if (!field) return;
    if (!model::is_keyed(*field)) return add({*field, {}}, key);
    value.each_entry([&](Node entry, Node) { add({*field, std::string(entry.text())}, entry); });
  });
  std::sort(places.settings.begin(), places.settings.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return places;
}

void read_accounts(DefaultsTarget& target, Node key, Node value) {
  target.object.account = read_account_defaults(target.context, key, value);
  target.object.account.defaulted = places_of(value, target.object.account.settings);
}

void read_users(DefaultsTarget& target, Node key, Node value) {
  target.object.user = read_user_defaults(target.context, key, value);
  target.object.user.defaulted = places_of(value, target.object.user.settings);
}

constexpr yaml::Key<DefaultsTarget> kDefaultsKeys[] = {
    {"accounts", read_accounts},
    {"users", read_users},
};

}  // namespace

void read_defaults(Context& context, Node key, Node value) {
  Defaults read;
  read.origin = key.origin();
  DefaultsTarget target{context, read, key};
  context.reader.mapping(value, key.span(), "`defaults`", std::span(kDefaultsKeys), target);
  if (context.defaults.origin.line == 0) {
    context.defaults = std::move(read);
    return;
  }
  context.problems.error(
      "R112", key.span(),
      fmt::format("`defaults` is already written at {}", context.where(context.defaults.origin)),
      "a roster has one `defaults`: move these entries there");
}

void limit_defaults(Context& context, std::size_t accounts, std::size_t users) {
  constexpr std::size_t kMax = 2'000'000;
  Defaulted& of_account = context.defaults.account.defaulted;
  Defaulted& of_user = context.defaults.user.defaulted;
  if (accounts * of_account.settings.size() + users * of_user.settings.size() <= kMax) return;
  of_account.settings.clear();
  of_user.settings.clear();
  context.problems.error(
      "R127", {context.defaults.origin, 8},
      fmt::format("the defaults give accounts and users more than {} settings", with_thousands(kMax)),
      "write fewer features, limits and attributes here");
}

void fill(SettingsPatch& settings, Defaulted& defaulted, const SettingsPatch& defaults,
          const Defaulted& places) {
  std::vector<model::Setting> missing;
  for (const Defaulted::Place& place : places.settings) {
    if (settings.find(place.name) != nullptr) continue;
    missing.push_back({place.name, *defaults.find(place.name)});
    defaulted.settings.push_back(place);
  }
  if (!missing.empty()) settings.set_all(std::move(missing));
}

Place defaults_place() {
  return place_of("defaults", std::span<const yaml::Key<DefaultsTarget>>(kDefaultsKeys));
}

}  // namespace rollcall::roster
