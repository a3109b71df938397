#include <algorithm>

#include "model/sorted.hpp"
#include "plan/live_view.hpp"
#include "plan/plan.hpp"

namespace rollcall::plan {
namespace {

std::vector<model::UnlistedMember> members_of(const model::LiveAccount& account, const MemberNames& names) {
  std::vector<model::UnlistedMember> members;
  if (account.members_sight != model::Sight::kSeen) return members;
  for (const model::LiveMember& member : account.members)
    members.push_back({member.user_id, member.role, names.name_of(member.user_id).email});
  return members;
}

bool is_recorded(const model::RecordedEstate& recorded, model::AccountRef account, model::ServerId id) {
  return std::any_of(
      recorded.accounts.begin(), recorded.accounts.end(),
      [&](const model::RecordedAccount& known) { return known.account == account || known.id == id; });
}

}  // namespace

Existing find_existing(const model::DesiredEstate& desired, const model::RecordedEstate& recorded,
                       const model::LiveEstate& live, const model::Directory& directory) {
  Existing existing;
  const MemberNames names(recorded, live, directory);
  for (const model::DesiredAccount& wanted : desired.accounts) {
    if (!wanted.id || is_recorded(recorded, wanted.account, *wanted.id)) continue;
    const model::LiveAccount* account = model::find_account(live, *wanted.id);
    if (account == nullptr || account->sight != model::Sight::kSeen) continue;
    existing.accounts.push_back({wanted.account, account->settings, members_of(*account, names)});
  }
  for (const model::LiveUser& user : live.users) {
    const auto ref = user.sight == model::Sight::kSeen ? directory.users.find(user.email) : std::nullopt;
    const model::DesiredUser* wanted = ref ? model::find(desired, *ref) : nullptr;
    if (wanted != nullptr && wanted->adopt && model::find(recorded, *ref) == nullptr)
      existing.users.push_back({*ref, user.id, user.settings});
  }
  std::sort(existing.users.begin(), existing.users.end(),
            [](const Existing::User& a, const Existing::User& b) { return a.user < b.user; });
  return existing;
}

}  // namespace rollcall::plan
