#pragma once

#include <span>
#include <string_view>

#include "model/settings.hpp"
#include "roster/context.hpp"

namespace rollcall::roster {

/// The words of `limits` that Chatwoot takes.
std::span<const std::string_view> limit_names();

void read_features(Context& context, yaml::Node value, model::SettingsPatch& settings);
void read_limits(Context& context, yaml::Node value, model::SettingsPatch& settings);
/// `null_allowed`: null says that the key is to be absent, which only accounts can have.
void read_attributes(Context& context, yaml::Node value, bool null_allowed, model::SettingsPatch& settings);

}  // namespace rollcall::roster
