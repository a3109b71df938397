#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "model/directory.hpp"

namespace rollcall::model {

/// The element whose `key` is `wanted`, in a vector that is sorted by it; nullptr where there is none.
template <class Object, class Key, class Owner>
const Object* find_sorted(const std::vector<Object>& objects, Key wanted, Key Owner::*key) {
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

/// Walks two vectors that are sorted by the same reference: `both(left, right)`, `left_only`, `right_only`.
template <class Left, class Right, class LeftKey, class RightKey, class LeftOnly, class Both, class RightOnly>
void merge_sorted(const std::vector<Left>& left, LeftKey left_key, const std::vector<Right>& right,
                  RightKey right_key, LeftOnly left_only, Both both, RightOnly right_only) {
  auto a = left.begin();
  auto b = right.begin();
  while (a != left.end() || b != right.end()) {
    if (b == right.end() || (a != left.end() && left_key(*a) < right_key(*b))) {
      left_only(*a++);
    } else if (a == left.end() || right_key(*b) < left_key(*a)) {
      right_only(*b++);
    } else {
      both(*a++, *b++);
    }
  }
}

}  // namespace rollcall::model
