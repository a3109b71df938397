#include "apply/announcement.hpp"

#include <set>
#include <variant>

namespace rollcall::apply {
namespace {

template <class Ref>
model::Address address(Ref ref, const model::Directory& directory) {
  return {model::KindOf<Ref>::kKind, directory.key(ref), {}};
}

}  // namespace

Announcement announcement_of(const Session& session, const std::vector<std::string>& nonces) {
  Announcement announcement;
  std::set<model::Address> touched;
  // Thousands of grants are in few accounts.
  std::set<model::AccountRef> granted;
  for (plan::ActionIndex index = 0; index < nonces.size(); ++index) {
    const plan::Action& action = session.plan.actions[index];
    if (action.blocked) continue;
    const auto* grant = std::get_if<plan::GrantAction>(&action.object);
    // A grant that the server was seen to have already would look like one of this run.
    if (action.verb == plan::Verb::kCreate || (action.verb == plan::Verb::kGrant && !grant->before))
      announcement.creations.push_back(session.intent_of(index, nonces[index]));
    plan::visit_object(action, [&](const auto& object) {
      touched.insert(address(object.ref, session.directory));
      if (object.moved_from) touched.insert(address(*object.moved_from, session.directory));
    });
    if (grant != nullptr) granted.insert(grant->account);
  }
  for (const model::AccountRef account : granted) touched.insert(address(account, session.directory));
  announcement.touched.assign(touched.begin(), touched.end());
  return announcement;
}

}  // namespace rollcall::apply
