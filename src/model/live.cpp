#include "model/live.hpp"

#include <algorithm>

namespace rollcall::model {
namespace {

template <class Object>
const Object* find_by_id(const std::vector<Object>& objects, ServerId id) {
  const auto at = std::lower_bound(objects.begin(), objects.end(), id,
                                   [](const Object& object, ServerId wanted) { return object.id < wanted; });
  return at != objects.end() && at->id == id ? &*at : nullptr;
}

}  // namespace

const LiveAccount* find_account(const LiveEstate& estate, ServerId id) {
  return find_by_id(estate.accounts, id);
}
const LiveUser* find_user(const LiveEstate& estate, ServerId id) {
  return find_by_id(estate.users, id);
}
const LiveBot* find_bot(const LiveEstate& estate, ServerId id) {
  return find_by_id(estate.bots, id);
}

}  // namespace rollcall::model
