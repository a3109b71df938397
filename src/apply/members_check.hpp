#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apply/session.hpp"

namespace rollcall::apply {

/// What the members of one account say once every action of the third phase is over.
struct MembersCheck {
  /// Revocations that were accepted and hold, and those that do not, each with its error.
  std::vector<plan::ActionIndex> hold;
  std::vector<std::pair<plan::ActionIndex, Error>> do_not_hold;
  /// Those of unknown outcome that the members show to be done.
  std::vector<plan::ActionIndex> seen_after_all;
  /// Set where the members could not be read: the outcome of all of them is unknown.
  std::optional<chatwoot::CallError> unread;
  /// What was seen: roles that differ from what is recorded, memberships that are gone, members who are
  /// not managed.
  std::vector<state::StateChange> seen;
};

/// Reads the members once. `accepted` are the revocations of this account that the server accepted, `unknown`
/// its actions whose outcome is unknown.
MembersCheck check_members(Session& session, Worker& worker, model::AccountRef account,
                           const std::vector<plan::ActionIndex>& accepted,
                           const std::vector<plan::ActionIndex>& unknown);

/// Reads the members of an account that comes back, of which only what was recorded at its release is known
/// so far: what they say about that. Between phases.
chatwoot::Result<std::vector<state::StateChange>> members_of_returned(Session& session, Worker& worker,
                                                                      const plan::AccountAction& account);

/// What the members of an account say about its managed grants, and who else is there. `id_of` gives the
/// server's id of a user, `address_of` the address of an id where anything knows it.
std::vector<state::StateChange> facts_of(
    model::AccountRef account, const model::RecordedAccount* recorded,
    const std::vector<model::LiveMember>& members, const std::vector<model::Grant>& managed,
    const std::function<std::optional<model::ServerId>(model::UserRef)>& id_of,
    const std::function<std::optional<std::string>(model::ServerId)>& address_of);

}  // namespace rollcall::apply
