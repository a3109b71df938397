#include "plan/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/text.hpp"
#include "model/sorted.hpp"
#include "plan/draft.hpp"
#include "plan/result.hpp"

namespace rollcall::plan {
namespace {

constexpr std::array<std::string_view, 9> kVerbs = {"create", "update", "bind",        "release", "suspend",
                                                    "delete", "grant",  "change_role", "revoke"};
constexpr std::array<std::string_view, 15> kReasons = {
    "new",          "settings_differ", "moved",          "bind_requested", "came_back", "on_remove_changed",
    "rule_gives",   "rule_raises",     "rule_lowers",    "no_rule",        "lapsed",    "user_left",
    "account_left", "bot_left",        "unlisted_member"};
constexpr std::array<std::string_view, 7> kOutcomes = {"done",    "already_so", "failed",     "unknown",
                                                       "skipped", "blocked",    "not_started"};

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
    first.message += fmt::format(
        " {} more like it.", errors.size() == 2 ? "There is 1" : "There are " + grouped(errors.size() - 1));
  return first;
}

template <class Wanted, class Recorded, class Ref>
void forget_in(std::vector<Recorded>& objects, Ref Recorded::*ref, const std::vector<Wanted>& wanted,
               Ref Wanted::*wanted_ref) {
  for (Recorded& object : objects) {
    if (object.released) continue;
    const Wanted* at = model::find_sorted(wanted, object.*ref, wanted_ref);
    if (at == nullptr) continue;
    model::SettingsPatch kept;
    for (const model::Setting& setting : object.settings)
      if (at->settings.find(setting.name) != nullptr) kept.set(setting.name, setting.value);
    if (kept.size() != object.settings.size()) object.settings = std::move(kept);
  }
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
std::string_view to_string(Outcome outcome) {
  return kOutcomes.at(static_cast<std::size_t>(outcome));
}

Expected<Plan> make_plan(const model::DesiredEstate& desired, const model::RecordedEstate& recorded,
                         model::Directory& directory, const SourceFiles& files, const Options& options) {
  const auto moves = effective_moves(desired, recorded, directory);
  if (!moves) return tl::unexpected(moves.error());
  model::RecordedEstate renamed;
  const bool moved = !desired.moves.empty();
  if (moved) renamed = after_moves(recorded, *moves, desired, directory);

  Draft draft{desired, moved ? renamed : recorded, *moves, directory, files, options, {}, {}, {}, {}, {}, {},
              0};
  draft.accounts.resize(directory.accounts.size(), Standing::kNeither);
  draft.users.resize(directory.users.size(), Standing::kNeither);
  plan_accounts(draft);
  plan_users(draft);
  plan_bots(draft);
  if (!draft.errors.empty()) return tl::unexpected(first_of(std::move(draft.errors)));
  find_unlisted(draft);
  plan_grants(draft);
  order_actions(draft);
  const std::size_t before_selection = draft.actions.size();
  if (auto done = filter_actions(draft); !done) return tl::unexpected(done.error());
  warn(draft);

  Plan plan;
  plan.left_out = before_selection - draft.actions.size();
  plan.violations = check_guardrails(draft);
  plan.actions = std::move(draft.actions);
  plan.causes = take_causes(plan.actions, desired.causes);
  plan.warnings = std::move(draft.warnings);
  plan.missing = draft.missing;
  plan.valid_until = desired.valid_until;
  for (const model::DesiredBot& wanted : desired.bots)
    if (const model::RecordedBot* bot = model::find(draft.recorded, wanted.bot))
      plan.staying_bots.push_back({wanted.bot, bot->id});
  return plan;
}

model::RecordedEstate forget_unmanaged(const model::DesiredEstate& desired, model::RecordedEstate recorded) {
  forget_in(recorded.accounts, &model::RecordedAccount::account, desired.accounts,
            &model::DesiredAccount::account);
  forget_in(recorded.users, &model::RecordedUser::user, desired.users, &model::DesiredUser::user);
  forget_in(recorded.bots, &model::RecordedBot::bot, desired.bots, &model::DesiredBot::bot);
  return recorded;
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

bool suspends(const Action& action) {
  const auto* account = std::get_if<AccountAction>(&action.object);
  if (account == nullptr) return false;
  switch (action.verb) {
    case Verb::kSuspend:
      return true;
    case Verb::kBind:
      return account->settings.wanted.text(model::Field::kStatus) == model::kSuspended;
    case Verb::kUpdate:
      return std::any_of(account->settings.changes.begin(), account->settings.changes.end(),
                         [](const model::SettingChange& change) {
                           return change.name.field == model::Field::kStatus &&
                                  change.after == model::Value(std::string(model::kSuspended));
                         });
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
    case Verb::kChangeRole: {
      const auto& grant = std::get<GrantAction>(action.object);
      return grant.after < grant.before;
    }
    default:
      return false;
  }
}

bool leaves(const Action& action) {
  return action.wave == Wave::kRemovals;
}

const SettingsEffect* settings_of(const Action& action) {
  struct Settings {
    const SettingsEffect* operator()(const AccountAction& a) const { return &a.settings; }
    const SettingsEffect* operator()(const UserAction& a) const { return &a.settings; }
    const SettingsEffect* operator()(const BotAction& a) const { return &a.settings; }
    const SettingsEffect* operator()(const GrantAction&) const { return nullptr; }
  };
  return std::visit(Settings{}, action.object);
}

std::string address_of(const Action& action, const model::Directory& directory) {
  struct ToAddress {
    const model::Directory& names;
    std::string operator()(const AccountAction& account) const {
      return model::account_address(names.key(account.account));
    }
    std::string operator()(const UserAction& user) const { return model::user_address(names.key(user.user)); }
    std::string operator()(const BotAction& bot) const { return model::bot_address(names.key(bot.bot)); }
    std::string operator()(const GrantAction& grant) const {
      return model::grant_address(names.key(grant.account), names.key(grant.user));
    }
  };
  return std::visit(ToAddress{directory}, action.object);
}

}  // namespace rollcall::plan
