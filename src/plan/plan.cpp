#include "plan/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/pattern.hpp"
#include "base/text.hpp"
#include "model/sorted.hpp"
#include "plan/plan_builder.hpp"
#include "plan/warnings.hpp"

namespace rollcall::plan {
namespace {

constexpr std::array<std::string_view, 9> kVerbs = {"create", "update", "bind",        "release", "suspend",
                                                    "delete", "grant",  "change_role", "revoke"};
constexpr std::array<std::string_view, 19> kReasons = {"new",
                                                       "settings_differ",
                                                       "moved",
                                                       "bind_requested",
                                                       "came_back",
                                                       "on_remove_changed",
                                                       "rule_gives",
                                                       "rule_raises",
                                                       "rule_lowers",
                                                       "no_rule",
                                                       "expired",
                                                       "user_left",
                                                       "account_left",
                                                       "bot_left",
                                                       "left_and_gone",
                                                       "active_again",
                                                       "unlisted_member",
                                                       "recreated",
                                                       "raised_on_server"};

/// The rules that the actions speak of, and nothing else, numbered in the order of the files.
model::Causes take_causes(std::vector<Action>& actions, const model::Causes& all) {
  model::Causes taken;
  std::unordered_map<model::CauseId, model::CauseId> numbers{{0, 0}};
  std::vector<std::uint32_t> rules;
  std::vector<model::CauseId> order;
  for (Action& action : actions) {
    auto* grant = std::get_if<GrantAction>(&action.object);
    if (grant == nullptr) continue;
    const auto [at, is_new] =
        numbers.try_emplace(grant->cause, static_cast<model::CauseId>(order.size() + 1));
    if (is_new) {
      order.push_back(grant->cause);
      rules.insert(rules.end(), all.sets[grant->cause].begin(), all.sets[grant->cause].end());
    }
    grant->cause = at->second;
  }
  std::sort(rules.begin(), rules.end());
  rules.erase(std::unique(rules.begin(), rules.end()), rules.end());
  for (const std::uint32_t rule : rules) taken.rules.push_back(all.rules[rule]);
  for (const model::CauseId cause : order) {
    std::vector<std::uint32_t> set;
    for (const std::uint32_t rule : all.sets[cause])
      set.push_back(
          static_cast<std::uint32_t>(std::lower_bound(rules.begin(), rules.end(), rule) - rules.begin()));
    taken.sets.push_back(std::move(set));
  }
  return taken;
}

Error first_of(std::vector<std::pair<std::string, Error>> errors) {
  std::sort(errors.begin(), errors.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first, a.second.message) < std::tie(b.first, b.second.message);
  });
  Error first = std::move(errors.front().second);
  if (errors.size() > 1)
    first.message +=
        fmt::format(" {} more like it.",
                    errors.size() == 2 ? "There is 1" : "There are " + with_thousands(errors.size() - 1));
  return first;
}

/// Calls `visit(recorded, wanted)` for each object that is managed and stays so.
template <class Estate, class Visit>
void each_managed(Estate& recorded, const model::DesiredEstate& desired, const Visit& visit) {
  model::each_kind([&]<class Kind>(Kind) {
    for (auto& object : recorded.template of<Kind>()) {
      if (object.released || object.missing_since) continue;
      if (const model::Desired<Kind>* wanted = model::find(desired, object.ref)) visit(object, *wanted);
    }
  });
}

std::vector<UnmanagedSetting> unmanaged_settings(const PlanBuilder& draft) {
  std::vector<UnmanagedSetting> unmanaged;
  if (!draft.options.only.empty() || draft.options.only_expired) return unmanaged;
  each_managed(draft.recorded, draft.desired, [&](const auto& object, const auto& wanted) {
    for (const model::Setting& setting : object.settings)
      if (wanted.settings.find(setting.name) == nullptr)
        unmanaged.push_back(
            {model::address_of(object.ref, draft.directory), setting.name, setting.value, wanted.origin});
  });
  std::stable_sort(unmanaged.begin(), unmanaged.end(),
                   [](const auto& a, const auto& b) { return a.address < b.address; });
  return unmanaged;
}

}  // namespace

std::string_view to_string(Verb verb) {
  return kVerbs.at(static_cast<std::size_t>(verb));
}
std::optional<Verb> parse_verb(std::string_view word) {
  const auto found = std::find(kVerbs.begin(), kVerbs.end(), word);
  if (found == kVerbs.end()) return std::nullopt;
  return static_cast<Verb>(found - kVerbs.begin());
}
std::string_view to_string(ReasonCode reason) {
  return kReasons.at(static_cast<std::size_t>(reason));
}

PlanBuilder::PlanBuilder(const model::DesiredEstate& desired_, const model::RecordedEstate& recorded_,
                         const Moves& moves_, model::Directory& directory_, const SourceFiles& files_,
                         const Options& options_)
    : desired(desired_),
      recorded(recorded_),
      moves(moves_),
      directory(directory_),
      files(files_),
      options(options_),
      exceptions(model::holding_on(options_.today, options_.guardrails.allow)) {}

Expected<Plan> make_plan(const model::DesiredEstate& desired, const model::RecordedEstate& recorded,
                         model::Directory& directory, const SourceFiles& files, const Options& options) {
  const auto moves = effective_moves(desired, recorded, directory);
  if (!moves) return tl::unexpected(moves.error());
  model::RecordedEstate renamed;
  const bool moved = !desired.moves.empty();
  if (moved) renamed = after_moves(recorded, *moves, desired, directory);

  PlanBuilder draft(desired, moved ? renamed : recorded, *moves, directory, files, options);
  model::each_kind([&](auto kind) { plan_kind(kind, draft); });
  if (!draft.errors.empty()) return tl::unexpected(first_of(std::move(draft.errors)));
  find_unlisted(draft);
  plan_grants(draft);
  order_actions(draft);
  warn_of_idle_exceptions(draft);
  const std::size_t before_selection = draft.actions.size();
  if (auto done = filter_actions(draft); !done) return tl::unexpected(done.error());
  Judgement judgement = check_guardrails(draft);
  warn(draft);

  Plan plan;
  plan.left_out = before_selection - draft.actions.size();
  plan.violations = std::move(judgement.violations);
  plan.removals = judgement.removals;
  plan.exceptions = used_exceptions(draft);
  plan.actions = std::move(draft.actions);
  plan.causes = take_causes(plan.actions, desired.causes);
  plan.warnings = std::move(draft.warnings);
  plan.missing = std::move(draft.missing);
  plan.unmanaged = unmanaged_settings(draft);
  for (const UnmanagedSetting& setting : plan.unmanaged)
    plan.warnings.push_back(warn_unmanaged(setting, files));
  sort_diagnostics(plan.warnings);
  plan.valid_until = desired.valid_until;
  for (const model::DesiredBot& wanted : desired.bots)
    if (const model::RecordedBot* bot = model::find(draft.recorded, wanted.ref))
      plan.staying_bots.push_back({wanted.ref, bot->id});
  return plan;
}

model::RecordedEstate forget_unmanaged(const model::DesiredEstate& desired, model::RecordedEstate recorded) {
  each_managed(recorded, desired, [](auto& object, const auto& wanted) {
    model::SettingsPatch kept;
    for (const model::Setting& setting : object.settings)
      if (wanted.settings.find(setting.name) != nullptr) kept.set(setting.name, setting.value);
    if (kept.size() != object.settings.size()) object.settings = std::move(kept);
  });
  return recorded;
}

MissingRefs find_missing(const model::RecordedEstate& recorded, const std::vector<std::string>& patterns,
                         const model::Directory& directory) {
  MissingRefs missing;
  model::each_kind([&]<class Kind>(Kind) {
    for (const model::Recorded<Kind>& object : recorded.of<Kind>()) {
      if (!object.missing_since || object.released) continue;
      const std::string address = model::address_of(object.ref, directory);
      if (std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
            return glob_match(to_lower(pattern), address, '/');
          }))
        missing.of<Kind>().push_back(object.ref);
    }
  });
  return missing;
}

model::RecordedEstate drop_missing(const MissingRefs& missing, model::RecordedEstate recorded) {
  model::each_kind([&]<class Kind>(Kind) {
    const auto& refs = missing.of<Kind>();
    std::erase_if(recorded.of<Kind>(), [&](const model::Recorded<Kind>& object) {
      return std::binary_search(refs.begin(), refs.end(), object.ref);
    });
  });
  std::erase_if(recorded.grants, [&](const model::Grant& grant) {
    return std::binary_search(missing.accounts.begin(), missing.accounts.end(), grant.account) ||
           std::binary_search(missing.users.begin(), missing.users.end(), grant.user);
  });
  return recorded;
}

bool is_refused(const Plan& plan) {
  return std::any_of(plan.violations.begin(), plan.violations.end(),
                     [](const Violation& violation) { return !violation.withheld; });
}

bool withholds(const Plan& plan) {
  return !plan.violations.empty() && !is_refused(plan);
}

Totals count(const Plan& plan) {
  Totals totals;
  for (const Action& action : plan.actions) {
    if (action.blocked) {
      ++totals.blocked;
      continue;
    }
    switch (action.verb) {
      case Verb::kCreate:
      case Verb::kGrant:
        ++totals.create;
        break;
      case Verb::kUpdate:
      case Verb::kBind:
      case Verb::kChangeRole:
        ++totals.update;
        break;
      case Verb::kRevoke:
      case Verb::kSuspend:
      case Verb::kDelete:
        ++totals.remove;
        break;
      case Verb::kRelease:
        ++totals.release;
        break;
    }
  }
  return totals;
}

const GrantAction& grant_of(const Plan& plan, ActionIndex action) {
  return std::get<GrantAction>(plan.actions[action].object);
}

bool suspends(const SettingsEffect& settings) {
  return std::any_of(settings.changes.begin(), settings.changes.end(),
                     [](const model::SettingChange& change) {
                       return change.name.field == model::Field::kStatus &&
                              change.after == model::Value(std::string(model::kSuspended));
                     });
}

bool suspends(const Action& action) {
  const auto* account = std::get_if<AccountAction>(&action.object);
  if (account == nullptr) return false;
  switch (action.verb) {
    case Verb::kSuspend:
      return true;
    case Verb::kBind:
      if (account->settings.compared) return suspends(account->settings);
      return account->settings.wanted.text(model::Field::kStatus) == model::kSuspended;
    case Verb::kUpdate:
      return suspends(account->settings);
    default:
      return false;
  }
}

bool takes_away(const Action& action) {
  switch (action.verb) {
    case Verb::kSuspend:
    case Verb::kDelete:
    case Verb::kRevoke:
      return true;
    case Verb::kUpdate:
      return suspends(action);
    case Verb::kBind: {
      // Of what was released the record knows whether it was open; of what `id:` names only the server does.
      const auto* account = std::get_if<AccountAction>(&action.object);
      return account != nullptr && suspends(action) && (account->settings.compared || account->members != 0);
    }
    case Verb::kChangeRole: {
      const auto& grant = std::get<GrantAction>(action.object);
      return grant.after < grant.before;
    }
    default:
      return false;
  }
}

bool leaves(const Action& action) {
  return action.phase == Phase::kRemovals;
}

const SettingsEffect* settings_of(const Action& action) {
  const SettingsEffect* settings = nullptr;
  visit_object(action, [&](const auto& object) { settings = &object.settings; });
  return settings;
}

std::string address_of(const Action& action, const model::Directory& directory) {
  if (const auto* grant = std::get_if<GrantAction>(&action.object))
    return model::address_of(grant->account, grant->user, directory);
  std::string address;
  visit_object(action, [&](const auto& object) { address = model::address_of(object.ref, directory); });
  return address;
}

}  // namespace rollcall::plan
