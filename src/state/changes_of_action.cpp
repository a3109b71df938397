#include <utility>
#include <variant>
#include <vector>

#include "state/state_change.hpp"

namespace rollcall::state {
namespace {

using model::Provenance;
using plan::Verb;

/// The recorded object that an action is about, under the key that it had so far.
template <class Kind>
model::Recorded<Kind> recorded(const model::RecordedEstate& estate, const plan::ObjectAction<Kind>& action) {
  model::Recorded<Kind> out;
  if (const auto* found = model::find(estate, action.moved_from.value_or(action.ref)))
    out = *found;
  else if (const auto* moved = model::find(estate, action.ref))
    out = *moved;
  out.ref = action.ref;
  return out;
}

/// What a bind makes of an object that was not recorded.
template <class Kind>
Provenance bound_as(const plan::ObjectAction<Kind>& action) {
  if constexpr (Kind::kMayBeAdopted) return action.adopt ? Provenance::kAdopted : Provenance::kBound;
  return Provenance::kBound;
}

/// What every verb but a deletion leaves recorded of an object.
template <class Kind>
void settle(model::Recorded<Kind>& object, Verb verb, const plan::ObjectAction<Kind>& action,
            const ServerResult& learnt) {
  object.missing_since = verb == Verb::kRelease ? object.missing_since : std::nullopt;
  object.released = verb == Verb::kRelease || verb == Verb::kSuspend;
  if constexpr (Kind::kMaySuspend) object.suspended_by_removal = verb == Verb::kSuspend;
  if (object.released) return;
  const model::ServerId id = learnt.id != 0 ? learnt.id : action.id.value_or(object.id);
  const bool known = object.id != 0 && object.id == id;
  object.id = id;
  if (verb == Verb::kCreate) object.provenance = learnt.provenance;
  if (verb != Verb::kCreate && !known) object.provenance = bound_as(action);
  if (Kind::kHasMarker && (verb == Verb::kCreate || !learnt.nonce.empty() || !known))
    object.nonce = learnt.nonce;
  object.on_remove = action.settings.on_remove;
  object.settings = action.settings.wanted;
}

class RecordsOf {
 public:
  RecordsOf(Verb verb, const ServerResult& learnt, const model::RecordedEstate& estate,
            const model::Directory& directory)
      : verb_(verb), learnt_(learnt), estate_(estate), directory_(directory) {}

  template <class Kind>
  std::vector<StateChange> operator()(const plan::ObjectAction<Kind>& action) const {
    if (verb_ == Verb::kDelete || is_gone(model::find(estate_, action.ref))) return {Drop<Kind>{action.ref}};
    model::Recorded<Kind> object = recorded(estate_, action);
    settle(object, verb_, action, learnt_);
    std::vector<StateChange> records;
    if (action.moved_from) records.emplace_back(move_of<Kind>(*action.moved_from, action.ref, directory_));
    records.emplace_back(Put<Kind>{std::move(object)});
    return records;
  }

  std::vector<StateChange> operator()(const plan::GrantAction& action) const {
    std::vector<StateChange> records;
    if (action.after)
      records.emplace_back(PutGrant{{action.account, action.user, *action.after}});
    else
      records.emplace_back(DropGrant{action.account, action.user});
    if (const auto id = unlisted_id(action)) records.emplace_back(DropUnlisted{action.account, *id});
    return records;
  }

 private:
  /// Whether what is let go is gone from the server: then there is nothing to come back to.
  [[nodiscard]] bool is_gone(const model::RecordedFacts* object) const {
    return verb_ == Verb::kRelease && object != nullptr && object->missing_since;
  }

  /// The user among the unlisted members of the account, by id or by address: of one that this run has
  /// adopted, only the responses tell the id.
  [[nodiscard]] std::optional<model::ServerId> unlisted_id(const plan::GrantAction& action) const {
    const model::RecordedAccount* account = model::find(estate_, action.account);
    if (account == nullptr) return std::nullopt;
    for (const model::UnlistedMember& member : account->unlisted)
      if (member.user_id == action.user_id || member.user_id == learnt_.id ||
          member.email == directory_.users.text(action.user))
        return member.user_id;
    return std::nullopt;
  }

  Verb verb_;
  const ServerResult& learnt_;
  const model::RecordedEstate& estate_;
  const model::Directory& directory_;
};

}  // namespace

std::vector<StateChange> changes_of(const plan::Action& action, const ServerResult& learnt,
                                    const model::RecordedEstate& estate, const model::Directory& directory) {
  return std::visit(RecordsOf(action.verb, learnt, estate, directory), action.object);
}

}  // namespace rollcall::state
