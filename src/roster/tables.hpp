#pragma once

#include <string>
#include <string_view>

#include "roster/keys.hpp"
#include "yaml/reader.hpp"

namespace rollcall::roster {

template <class Target>
Place place_of(std::string_view name, std::span<const yaml::Key<Target>> keys) {
  Place place{std::string(name), yaml::names_of(keys), {}};
  for (const yaml::Key<Target>& key : keys)
    if (key.required) place.required.emplace_back(key.name);
  return place;
}

Place roster_place();
Place defaults_place();
Place account_defaults_place();
Place user_defaults_place();
Place account_place();
Place user_place();
Place bot_place();
Place group_place();
Place rule_place();
Place move_place();

}  // namespace rollcall::roster
