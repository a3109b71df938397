#include "apply/known_ids.hpp"

namespace rollcall::apply {

KnownIds::KnownIds(const plan::Plan& plan, const model::RecordedEstate& estate) {
  model::each_kind([&]<class Kind>(Kind) {
    for (const model::Recorded<Kind>& object : estate.of<Kind>())
      known_.of<Kind>().add(object.ref, object.id);
  });
  // What the plan binds or moves has an id under its new key, too.
  for (const plan::Action& action : plan.actions)
    plan::visit_object(action, [&]<class Kind>(const plan::ObjectAction<Kind>& object) {
      if (object.id) known_.of<Kind>().add(object.ref, *object.id);
    });
}

std::optional<model::ServerId> KnownIds::account_of(const model::SettingsPatch& bot,
                                                    const model::Directory& directory) const {
  const auto account = model::account_of(bot, directory);
  return account ? find(*account) : std::nullopt;
}

std::optional<std::string> KnownIds::address_of(model::ServerId user,
                                                const model::Directory& directory) const {
  const std::scoped_lock lock(mutex_);
  const auto found = known_.users.refs.find(user);
  return found == known_.users.refs.end() ? std::nullopt : std::optional(directory.key(found->second));
}

void KnownIds::bound(model::AccountRef account, model::ServerId id) {
  const std::scoped_lock lock(mutex_);
  known_.accounts.ids.try_emplace(account, id);
}

}  // namespace rollcall::apply
