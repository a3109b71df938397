#pragma once

#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/live.hpp"
#include "model/recorded.hpp"
#include "plan/drift.hpp"

namespace rollcall::plan {

/// Who a row of an account's members is, as far as record and server tell.
struct MemberName {
  /// A user whom the record or the directory knows.
  std::optional<model::UserRef> user;
  /// In lower case; nothing where it could not be read.
  std::optional<std::string> email;
  /// Why there is no address.
  Note note;
};

/// Looks up members by the ids of recorded users first, then by what the server said of them.
class MemberNames {
 public:
  MemberNames(const model::RecordedEstate& recorded, const model::LiveEstate& live,
              const model::Directory& directory);
  [[nodiscard]] MemberName name_of(model::ServerId user_id) const;

 private:
  std::vector<std::pair<model::ServerId, model::UserRef>> by_id_;
  const model::LiveEstate& live_;
  const model::Directory& directory_;
};

/// The ids of recorded accounts, users or bots.
template <class Objects>
std::set<model::ServerId> ids_of(const Objects& objects) {
  std::set<model::ServerId> ids;
  for (const auto& object : objects) ids.insert(object.id);
  return ids;
}

/// grants.KEY/EMAIL, or grants.KEY/#ID where there is no address.
std::string member_address(const std::string& account_key, const MemberName& name, model::ServerId user_id);

/// What a failed look means for a report; nothing for a look that told something, or that nobody took.
/// Whether nobody has to know who the members are whom the roster does not list: they may be there, and every
/// user whom it lists there, or listed there until a passed `until`, is known by the id.
bool may_stay_unread(const model::DesiredEstate& desired, const model::RecordedEstate& recorded,
                     const model::DesiredAccount& account);

std::optional<ReadFailure> read_failure(std::string address, model::Sight sight, const std::string& failure);

/// Why a report is not complete: members that the roster does not list were left out because there are too
/// many, or could not be read, so that it is unknown whether they are wanted users under another id.
std::vector<ReadFailure> failures_of_unlisted(const model::RecordedEstate& recorded,
                                              const model::LiveEstate& live);

/// The recorded accounts by their ids.
using AccountsById = std::unordered_map<model::ServerId, model::AccountRef>;
AccountsById accounts_by_id(const model::RecordedEstate& recorded);

/// A bot's settings as the record has them: with the key of its account where the server's id is a recorded
/// one. The server never says `outgoing_url`.
model::Value live_bot_value(const model::LiveBot& bot, const model::SettingName& name,
                            const AccountsById& recorded, const model::Directory& directory);

void sort_items(std::vector<DriftItem>& items);

}  // namespace rollcall::plan
