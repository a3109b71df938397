#include "report/state_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "base/suggestion.hpp"

namespace rollcall::report {
namespace {

RecordedObject common(const model::RecordedFacts& recorded, std::string address) {
  RecordedObject object;
  object.address = std::move(address);
  object.id = recorded.id;
  object.provenance = recorded.provenance;
  object.on_remove = recorded.on_remove;
  object.settings = &recorded.settings;
  object.released = recorded.released;
  object.missing_since = recorded.missing_since;
  return object;
}

template <class Wanted>
std::vector<RecordedGrant> select_grants(const model::RecordedEstate& recorded,
                                         const model::Directory& directory, const Wanted& wanted) {
  std::vector<RecordedGrant> grants;
  for (const model::Grant& grant : recorded.grants)
    if (wanted(grant))
      grants.push_back(
          {model::grant_address(directory.key(grant.account), directory.key(grant.user)), grant.role});
  std::sort(grants.begin(), grants.end(),
            [](const RecordedGrant& a, const RecordedGrant& b) { return a.address < b.address; });
  return grants;
}

template <class Item>
Expected<Item> find_address(const std::vector<Item>& items, const model::Address& address) {
  const std::string wanted = model::to_string(address);
  std::vector<std::string> known;
  for (const Item& item : items) {
    if (item.address == wanted) return item;
    known.push_back(item.address);
  }
  const std::optional<std::string> near = closest(wanted, known);
  return fail(fmt::format("The state has no {}.", wanted),
              near ? fmt::format("Did you mean {}? `rollcall state list` shows what is recorded.", *near)
                   : "`rollcall state list` shows what is recorded.");
}

}  // namespace

std::vector<RecordedObject> recorded_objects(const model::RecordedEstate& recorded,
                                             const model::Directory& directory) {
  std::vector<RecordedObject> objects;
  model::each_kind([&]<class Kind>(Kind) {
    for (const model::Recorded<Kind>& one : recorded.of<Kind>()) {
      objects.push_back(common(one, model::address_of(one.ref, directory)));
      if constexpr (std::is_same_v<Kind, model::Account>) {
        objects.back().suspended_by_removal = one.suspended_by_removal;
        objects.back().unlisted = one.unlisted;
      }
    }
  });
  std::sort(objects.begin(), objects.end(),
            [](const RecordedObject& a, const RecordedObject& b) { return a.address < b.address; });
  return objects;
}

std::vector<RecordedGrant> recorded_grants(const model::RecordedEstate& recorded,
                                           const model::Directory& directory) {
  return select_grants(recorded, directory, [](const model::Grant&) { return true; });
}

std::vector<std::string> marks_of(const RecordedObject& object) {
  std::vector<std::string> marks;
  if (object.released) marks.emplace_back("released");
  if (object.suspended_by_removal) marks.emplace_back("suspended when it left the roster");
  if (object.missing_since)
    marks.push_back(fmt::format("missing on the server since {}", to_string(*object.missing_since)));
  return marks;
}

Expected<RecordedObject> find_recorded(const model::RecordedEstate& recorded,
                                       const model::Directory& directory, const model::Address& address) {
  return find_address(recorded_objects(recorded, directory), address);
}

Expected<RecordedGrant> find_recorded_grant(const model::RecordedEstate& recorded,
                                            const model::Directory& directory,
                                            const model::Address& address) {
  return find_address(recorded_grants(recorded, directory), address);
}

std::vector<RecordedGrant> grants_of(const model::RecordedEstate& recorded, const model::Directory& directory,
                                     const RecordedObject& object) {
  return select_grants(recorded, directory, [&](const model::Grant& grant) {
    return model::address_of(grant.account, directory) == object.address ||
           model::address_of(grant.user, directory) == object.address;
  });
}

}  // namespace rollcall::report
