#include "apply/changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <variant>

namespace rollcall::apply {
namespace {

using model::SettingChange;

std::string show(const std::optional<model::Value>& value) {
  return !value || value->is_null() ? "absent" : model::to_text(*value);
}

}  // namespace

Expected<std::vector<SettingChange>> still_to_send(const std::vector<SettingChange>& planned,
                                                   const model::SettingsPatch& live) {
  std::vector<SettingChange> changes;
  std::string conflicts;
  for (const SettingChange& change : planned) {
    const model::Value now = model::live_value(live, change.name);
    if (now == change.after) continue;
    if (change.before && !(now == *change.before))
      conflicts += fmt::format("{}{} is {} on the server, but {} is recorded and {} is wanted",
                               conflicts.empty() ? "" : "; ", model::to_string(change.name), show(now),
                               show(change.before), show(change.after));
    changes.push_back({change.name, now, change.after});
  }
  if (!conflicts.empty())
    return fail(conflicts + ".",
                "It was changed on the server. Run `rollcall refresh`, look at the new plan, then apply.");
  return changes;
}

model::SettingsPatch settings_to_write(const plan::Action& action) {
  using model::Field;
  model::SettingsPatch settings;
  const plan::SettingsEffect* effect = plan::settings_of(action);
  if (action.verb == plan::Verb::kCreate || action.verb == plan::Verb::kBind) settings = effect->wanted;
  if (action.verb == plan::Verb::kUpdate)
    for (const SettingChange& change : effect->changes) settings.set(change.name, change.after);
  if (action.verb == plan::Verb::kSuspend) settings.set(Field::kStatus, std::string(model::kSuspended));
  if (const auto* account = std::get_if<plan::AccountAction>(&action.object);
      account != nullptr && account->lift_suspension && settings.find(Field::kStatus) == nullptr)
    settings.set(Field::kStatus, "active");
  return settings;
}

model::SettingsPatch shown_of(const model::SettingsPatch& wanted, const model::SettingsPatch& live) {
  model::SettingsPatch shown;
  for (const model::Setting& setting : wanted)
    if (model::live_value(live, setting.name) == setting.value) shown.set(setting.name, setting.value);
  return shown;
}

std::vector<SettingChange> not_made(const std::vector<SettingChange>& changes,
                                    const model::SettingsPatch& live) {
  std::vector<SettingChange> missing;
  for (const SettingChange& change : changes) {
    model::Value now = model::live_value(live, change.name);
    if (!(now == change.after)) missing.push_back({change.name, std::move(now), change.after});
  }
  return missing;
}

Error not_taken(const std::vector<SettingChange>& missing) {
  std::string message = "The server did not keep what was sent: ";
  for (const SettingChange& change : missing)
    message += fmt::format("{}{} is {}, wanted {}", &change == missing.data() ? "" : "; ",
                           model::to_string(change.name), show(change.before), show(change.after));
  const bool switched_on = std::any_of(missing.begin(), missing.end(), [](const SettingChange& change) {
    return change.name.field == model::Field::kFeatures && change.after == model::Value(true);
  });
  return {message + ".", switched_on
                             ? "Chatwoot's community edition switches off the features of its paid plans: "
                               "take them out of the roster, or change the server's plan."
                             : "Give the setting a value that the server keeps, then apply again."};
}

}  // namespace rollcall::apply
