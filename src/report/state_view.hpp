#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "model/address.hpp"
#include "model/recorded.hpp"

namespace rollcall::report {

/// What accounts, users and agent bots have in common in the record. Points into the estate.
struct RecordedObject {
  std::string address;
  model::ServerId id = 0;
  model::Provenance provenance = model::Provenance::kCreated;
  model::OnRemove on_remove = model::OnRemove::kRetain;
  const model::SettingsPatch* settings = nullptr;
  bool released = false;
  bool suspended_by_removal = false;
  std::optional<Time> missing_since;
  std::vector<model::UnlistedMember> unlisted;
};

struct RecordedGrant {
  std::string address;
  model::Role role = model::Role::kAgent;
};

/// Every object, sorted by address.
std::vector<RecordedObject> recorded_objects(const model::RecordedEstate& recorded,
                                             const model::Directory& directory);
/// Every grant, sorted by address.
std::vector<RecordedGrant> recorded_grants(const model::RecordedEstate& recorded,
                                           const model::Directory& directory);

/// "released", "suspended when it left the roster", "missing on the server since 2027-01-31T23:59:59Z".
std::vector<std::string> marks_of(const RecordedObject& object);

/// The recorded object, or an error with an address that may have been meant.
Expected<RecordedObject> find_recorded(const model::RecordedEstate& recorded,
                                       const model::Directory& directory, const model::Address& address);
Expected<RecordedGrant> find_recorded_grant(const model::RecordedEstate& recorded,
                                            const model::Directory& directory, const model::Address& address);

/// The grants in an account or of a user, sorted by address; none for a bot.
std::vector<RecordedGrant> grants_of(const model::RecordedEstate& recorded, const model::Directory& directory,
                                     const RecordedObject& object);

}  // namespace rollcall::report
