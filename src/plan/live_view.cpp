#include "plan/live_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/text.hpp"
#include "model/address.hpp"

namespace rollcall::plan {

MemberNames::MemberNames(const model::RecordedEstate& recorded, const model::LiveEstate& live,
                         const model::Directory& directory)
    : live_(live), directory_(directory) {
  by_id_.reserve(recorded.users.size());
  for (const model::RecordedUser& user : recorded.users) by_id_.emplace_back(user.id, user.ref);
  std::sort(by_id_.begin(), by_id_.end());
}

MemberName MemberNames::name_of(model::ServerId user_id) const {
  const auto at = std::lower_bound(by_id_.begin(), by_id_.end(), std::pair(user_id, model::UserRef{}));
  if (at != by_id_.end() && at->first == user_id) return {at->second, directory_.key(at->second), {}};
  const model::LiveUser* user = model::find_user(live_, user_id);
  if (user == nullptr || user->sight == model::Sight::kNotRead) return {{}, {}, {NoteCode::kNotRead}};
  switch (user->sight) {
    case model::Sight::kSeen:
      return {directory_.users.find(user->email), user->email, {}};
    case model::Sight::kNotPermitted:
      return {{}, {}, {NoteCode::kNotPermitted}};
    case model::Sight::kMissing:
      return {{}, {}, {NoteCode::kNoSuchUser}};
    default:
      return {{}, {}, {NoteCode::kReadFailed, std::nullopt, user->failure}};
  }
}

std::string member_address(const std::string& account_key, const MemberName& name, model::ServerId user_id) {
  return model::grant_address(account_key, name.email ? *name.email : fmt::format("#{}", user_id));
}

bool may_stay_unread(const model::DesiredEstate& desired, const model::RecordedEstate& recorded,
                     const model::DesiredAccount& account) {
  if (account.unlisted_members != model::UnlistedMembers::kKeep) return false;
  const auto is_known = [&](const model::DesiredGrant& desired_grant) {
    const model::RecordedUser* user = model::find(recorded, desired_grant.grant.user);
    return user != nullptr && !user->missing_since;
  };
  const auto wanted = model::grants_of(desired, account.ref);
  const auto expired = model::expired_grants_of(desired, account.ref);
  return std::all_of(wanted.begin(), wanted.end(), is_known) &&
         std::all_of(expired.begin(), expired.end(), is_known);
}

std::optional<ReadFailure> read_failure(std::string address, model::Sight sight, const std::string& failure) {
  if (sight == model::Sight::kFailed) return ReadFailure{std::move(address), failure};
  if (sight == model::Sight::kNotPermitted)
    return ReadFailure{std::move(address), "the server has it, but does not let this token read it"};
  return std::nullopt;
}

std::vector<ReadFailure> failures_of_unlisted(const model::RecordedEstate& recorded,
                                              const model::LiveEstate& live) {
  constexpr const char* kAddress = "users.*";
  std::vector<ReadFailure> failures;
  if (live.unlisted_not_read != 0)
    failures.push_back(
        {kAddress,
         fmt::format("{} that the roster does not list {} not looked up, "
                     "because one run looks up at most {} of them: "
                     "list them, or say `unlisted_members: keep` where they are meant to be there",
                     pluralize(live.unlisted_not_read, "member", "members"),
                     live.unlisted_not_read == 1 ? "was" : "were", with_thousands(model::kMaxUnlistedRead))});
  // A server that is in trouble fails for many of them with the same words.
  std::map<std::string, std::vector<std::string>> ids_by_failure;
  const std::set<model::ServerId> known = ids_of(recorded.users);
  for (const model::LiveUser& user : live.users)
    if (user.sight == model::Sight::kFailed && !known.contains(user.id))
      ids_by_failure[user.failure].push_back(fmt::format("#{}", user.id));
  for (const auto& [failure, ids] : ids_by_failure)
    failures.push_back(
        {kAddress, fmt::format("{} that the roster does not list could not be read ({}): {}",
                               pluralize(ids.size(), "member", "members"), first_and_more(ids), failure)});
  return failures;
}

AccountsById accounts_by_id(const model::RecordedEstate& recorded) {
  AccountsById accounts;
  for (const model::RecordedAccount& account : recorded.accounts) accounts.emplace(account.id, account.ref);
  return accounts;
}

model::Value live_bot_value(const model::LiveBot& bot, const model::SettingName& name,
                            const AccountsById& recorded, const model::Directory& directory) {
  if (name.field != model::Field::kAccount) return model::live_value(bot.settings, name);
  if (!bot.account_id) return {};
  if (const auto account = recorded.find(*bot.account_id); account != recorded.end())
    return directory.key(account->second);
  return fmt::format("#{}", *bot.account_id);
}

void sort_items(std::vector<DriftItem>& items) {
  std::sort(items.begin(), items.end(), [](const DriftItem& a, const DriftItem& b) {
    if (a.address != b.address) return model::address_before(a.address, b.address);
    return std::tie(a.what, a.verdict) < std::tie(b.what, b.verdict);
  });
}

}  // namespace rollcall::plan
