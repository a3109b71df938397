#include "model/desired.hpp"

#include <algorithm>

#include "model/sorted.hpp"

namespace rollcall::model {
namespace {

AccountRef granted_account(const DesiredGrant& desired) {
  return desired.grant.account;
}

}  // namespace

Origin default_origin(const Defaulted& defaulted, const SettingName& name) {
  const auto at = std::find_if(defaulted.settings.begin(), defaulted.settings.end(),
                               [&](const Defaulted::Place& place) { return place.name == name; });
  return at == defaulted.settings.end() ? Origin{} : at->origin;
}

Origin origin_of(const DesiredFacts& object, const SettingName& name) {
  const Origin in_defaults = default_origin(object.defaulted, name);
  return in_defaults.line != 0 ? in_defaults : object.origin;
}

std::span<const DesiredGrant> grants_of(const DesiredEstate& estate, AccountRef account) {
  return of_account(estate.grants, account, granted_account);
}

std::span<const DesiredGrant> expired_grants_of(const DesiredEstate& estate, AccountRef account) {
  return of_account(estate.expired, account, granted_account);
}

}  // namespace rollcall::model
