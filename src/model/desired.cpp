#include "model/desired.hpp"

#include <algorithm>

#include "model/sorted.hpp"

namespace rollcall::model {

Origin default_origin(const Defaulted& defaulted, const SettingName& name) {
  const auto at = std::find_if(defaulted.settings.begin(), defaulted.settings.end(),
                               [&](const Defaulted::Place& place) { return place.name == name; });
  return at == defaulted.settings.end() ? Origin{} : at->origin;
}

const DesiredAccount* find(const DesiredEstate& estate, AccountRef account) {
  return find_sorted(estate.accounts, account, &DesiredAccount::account);
}

const DesiredUser* find(const DesiredEstate& estate, UserRef user) {
  return find_sorted(estate.users, user, &DesiredUser::user);
}

const DesiredBot* find(const DesiredEstate& estate, BotRef bot) {
  return find_sorted(estate.bots, bot, &DesiredBot::bot);
}

std::span<const DesiredGrant> grants_of(const DesiredEstate& estate, AccountRef account) {
  return of_account(estate.grants, account,
                    [](const DesiredGrant& desired) { return desired.grant.account; });
}

std::span<const DesiredGrant> expired_grants_of(const DesiredEstate& estate, AccountRef account) {
  return of_account(estate.expired, account,
                    [](const DesiredGrant& desired) { return desired.grant.account; });
}

}  // namespace rollcall::model
