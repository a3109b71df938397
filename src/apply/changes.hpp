#pragma once

#include <vector>

#include "base/error.hpp"
#include "model/settings.hpp"

namespace rollcall::apply {

/// What of the planned changes is still to be sent, given what the server says now. Refuses where the server
/// holds neither what was recorded nor what is wanted: somebody else changed it, and both values are named.
Expected<std::vector<model::SettingChange>> still_to_send(const std::vector<model::SettingChange>& planned,
                                                          const model::SettingsPatch& live);

/// The part of `wanted` that the server shows: what may be recorded of an object that is not as it should be
/// yet.
model::SettingsPatch shown_of(const model::SettingsPatch& wanted, const model::SettingsPatch& live);

/// The changes that an answer does not show.
std::vector<model::SettingChange> not_made(const std::vector<model::SettingChange>& changes,
                                           const model::SettingsPatch& live);

/// Names the settings that the server did not take, with both values.
Error not_taken(const std::vector<model::SettingChange>& missing);

}  // namespace rollcall::apply
