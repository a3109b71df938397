#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/diagnostic.hpp"
#include "base/source.hpp"
#include "model/access.hpp"
#include "plan/plan.hpp"

namespace rollcall::plan {

/// R913: `on_remove: delete` of something that was not created here ends as a release.
Diagnostic warn_not_deleted(const std::string& address, model::Provenance provenance);

/// R914: recorded, wanted, and gone from the server. R921: about to be deleted by the server. Nothing is
/// planned for it.
Diagnostic warn_missing(const MissingObject& object, const SourceFiles& files);

/// R917: `on_remove: delete` of a user who stays a member of these accounts ends as a release for now;
/// `released`: an earlier run has done that.
Diagnostic warn_still_member(const std::string& address, std::vector<std::string> accounts, bool released);

/// R919: a setting that the roster no longer names.
Diagnostic warn_unmanaged(const UnmanagedSetting& setting, const SourceFiles& files);

/// R916: members that `unlisted_members: revoke` leaves alone because their addresses could not be read, and
/// one of them might be `who`.
Diagnostic warn_unreadable_members(const std::string& account_key, const std::vector<model::ServerId>& ids,
                                   const std::string& who, Origin origin, const SourceFiles& files);

}  // namespace rollcall::plan
