#include "model/recorded.hpp"

#include <algorithm>
#include <utility>

#include "model/sorted.hpp"

namespace rollcall::model {
const Grant* find(const RecordedEstate& estate, AccountRef account, UserRef user) {
  const Grant least{account, user, Role::kAgent};
  const auto at = std::lower_bound(estate.grants.begin(), estate.grants.end(), least);
  return at != estate.grants.end() && at->account == account && at->user == user ? &*at : nullptr;
}

const UnlistedMember* find_member(const std::vector<UnlistedMember>& members, ServerId user) {
  return find_sorted(members, user, &UnlistedMember::user_id);
}

bool deletes_on_removal(const RecordedFacts& object) {
  return object.on_remove == OnRemove::kDelete && object.provenance == Provenance::kCreated;
}

bool stays_suspended(const RecordedAccount& account) {
  return account.released && account.on_remove == OnRemove::kSuspend && !account.missing_since;
}

bool waits_for_deletion(const RecordedUser& user) {
  return user.released && deletes_on_removal(user) && !user.missing_since;
}

bool is_forgotten(const RecordedEstate& estate, ObjectKind kind, ServerId id, std::string_view nonce) {
  return std::any_of(estate.forgotten.begin(), estate.forgotten.end(), [&](const ForgottenObject& object) {
    return object.address.kind == kind &&
           ((id != 0 && object.id == id) || (!nonce.empty() && object.nonce == nonce));
  });
}

void forget(RecordedEstate& estate, ForgottenObject object) {
  const auto at = std::lower_bound(estate.forgotten.begin(), estate.forgotten.end(), object);
  if (at == estate.forgotten.end() || *at != object) estate.forgotten.insert(at, std::move(object));
}

std::span<const Grant> grants_of(const RecordedEstate& estate, AccountRef account) {
  return of_account(estate.grants, account, [](const Grant& grant) { return grant.account; });
}

}  // namespace rollcall::model
