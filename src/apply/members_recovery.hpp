#pragma once

#include <map>
#include <optional>
#include <vector>

#include "apply/known_ids.hpp"
#include "apply/recovery_log.hpp"
#include "apply/worker.hpp"
#include "model/live.hpp"
#include "model/recorded.hpp"

namespace rollcall::apply {

/// The part of a recovery that the members of accounts tell: what became of grants, changes of role and
/// revocations, and who has access to an account that has come back.
class MembersRecovery {
 public:
  /// An action on the access of one user. `intent` has to outlive this.
  void add(model::AccountRef account, const state::Intent& intent);
  /// The members of an account that has come back, as they were just read.
  void add(model::AccountRef account, std::vector<model::LiveMember> seen);

  /// Reads the members of each account once. `recorded` is the record with everything in it that the look at
  /// the objects has told, for they may have new keys and ids. An error: the server could not be read at all.
  Expected<void> look(const model::RecordedEstate& recorded, const model::Directory& directory,
                      Worker& worker, RecoveryLog& log);

 private:
  struct Account {
    std::vector<const state::Intent*> intents;
    std::optional<std::vector<model::LiveMember>> seen;
  };
  std::map<model::AccountRef, Account> accounts_;
};

}  // namespace rollcall::apply
