#include "roster/keys.hpp"

#include "roster/settings.hpp"
#include "roster/tables.hpp"

namespace rollcall::roster {

std::vector<Place> known_keys() {
  const auto limits = limit_names();
  return {roster_place(),
          defaults_place(),
          account_defaults_place(),
          user_defaults_place(),
          account_place(),
          user_place(),
          group_place(),
          bot_place(),
          rule_place(),
          move_place(),
          Place{"limits", {limits.begin(), limits.end()}, {}}};
}

}  // namespace rollcall::roster
