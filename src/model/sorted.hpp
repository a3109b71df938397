#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "model/directory.hpp"

namespace rollcall::model {

/// The element whose `key` is `wanted`, in a vector that is sorted by it; nullptr where there is none.
template <class Object, class Key>
const Object* find_sorted(const std::vector<Object>& objects, Key wanted, Key Object::*key) {
  const auto at = std::lower_bound(objects.begin(), objects.end(), wanted,
                                   [&](const Object& object, Key value) { return object.*key < value; });
  return at != objects.end() && (*at).*key == wanted ? &*at : nullptr;
}

/// The part of a vector that is about one account; `account_of` tells the account that it is sorted by.
template <class Object, class AccountOf>
std::span<const Object> of_account(const std::vector<Object>& objects, AccountRef account,
                                   const AccountOf& account_of) {
  const auto first =
      std::lower_bound(objects.begin(), objects.end(), account,
                       [&](const Object& object, AccountRef value) { return account_of(object) < value; });
  const auto last =
      std::upper_bound(first, objects.end(), account,
                       [&](AccountRef value, const Object& object) { return value < account_of(object); });
  return {first, last};
}

}  // namespace rollcall::model
