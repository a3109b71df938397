#include <utility>
#include <variant>
#include <vector>

#include "state/state_change.hpp"

namespace rollcall::state {
namespace {

using model::Provenance;
using plan::Verb;

/// The recorded object that an action is about, under the key that it had so far.
template <class Object, class Ref>
Object recorded(const model::RecordedEstate& estate, Ref ref, std::optional<Ref> moved_from,
                Ref Object::*member) {
  Object out;
  if (const Object* found = model::find(estate, moved_from.value_or(ref)))
    out = *found;
  else if (const Object* moved = model::find(estate, ref))
    out = *moved;
  out.*member = ref;
  return out;
}

/// What every verb but a deletion leaves recorded of an object.
template <class Object, class Action>
void settle(Object& object, Verb verb, const Action& action, const ServerResult& learnt,
            Provenance bound_as) {
  object.missing_since = verb == Verb::kRelease ? object.missing_since : std::nullopt;
  object.released = verb == Verb::kRelease || verb == Verb::kSuspend;
  if (object.released) return;
  const model::ServerId id = learnt.id != 0 ? learnt.id : action.id.value_or(object.id);
  const bool known = object.id != 0 && object.id == id;
  object.id = id;
  if (verb == Verb::kCreate) object.provenance = learnt.provenance;
  if (verb != Verb::kCreate && !known) object.provenance = bound_as;
  if constexpr (requires { object.nonce; })
    if (verb == Verb::kCreate || !learnt.nonce.empty() || !known) object.nonce = learnt.nonce;
  object.on_remove = action.settings.on_remove;
  object.settings = action.settings.wanted;
}

class RecordsOf {
 public:
  RecordsOf(Verb verb, const ServerResult& learnt, const model::RecordedEstate& estate,
            const model::Directory& directory)
      : verb_(verb), learnt_(learnt), estate_(estate), directory_(directory) {}

  std::vector<StateChange> operator()(const plan::AccountAction& action) const {
    if (verb_ == Verb::kDelete || is_gone(model::find(estate_, action.account)))
      return {DropAccount{action.account}};
    auto account = recorded(estate_, action.account, action.moved_from, &model::RecordedAccount::account);
    settle(account, verb_, action, learnt_, Provenance::kBound);
    account.suspended_by_removal = verb_ == Verb::kSuspend;
    std::vector<StateChange> records;
    if (action.moved_from)
      records.emplace_back(MoveAccount{*action.moved_from, action.account, directory_.key(*action.moved_from),
                                       directory_.key(action.account)});
    records.emplace_back(PutAccount{std::move(account)});
    return records;
  }

  std::vector<StateChange> operator()(const plan::UserAction& action) const {
    if (verb_ == Verb::kDelete || is_gone(model::find(estate_, action.user))) return {DropUser{action.user}};
    auto user = recorded(estate_, action.user, action.moved_from, &model::RecordedUser::user);
    settle(user, verb_, action, learnt_, action.adopt ? Provenance::kAdopted : Provenance::kBound);
    std::vector<StateChange> records;
    if (action.moved_from) records.emplace_back(MoveUser{*action.moved_from, action.user});
    records.emplace_back(PutUser{std::move(user)});
    return records;
  }

  std::vector<StateChange> operator()(const plan::BotAction& action) const {
    if (verb_ == Verb::kDelete || is_gone(model::find(estate_, action.bot))) return {DropBot{action.bot}};
    auto bot = recorded(estate_, action.bot, action.moved_from, &model::RecordedBot::bot);
    settle(bot, verb_, action, learnt_, Provenance::kBound);
    std::vector<StateChange> records;
    if (action.moved_from) records.emplace_back(MoveBot{*action.moved_from, action.bot});
    records.emplace_back(PutBot{std::move(bot)});
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
  template <class Object>
  [[nodiscard]] bool is_gone(const Object* object) const {
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
