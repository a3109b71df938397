#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "plan/plan.hpp"
#include "support/roles.hpp"

namespace rollcall::test {

/// Both sides of a plan, written down object by object. `sort` before use, because references need no order
/// here.
struct Estates {
  model::Directory directory;
  SourceFiles files;
  FileIndex file = files.add("roster.yaml", std::string(200, '\n'));
  model::DesiredEstate desired;
  model::RecordedEstate recorded;
  plan::Options options;
  model::ServerId next_id = 100;

  model::AccountRef account(const std::string& key) { return directory.accounts.intern(key); }
  model::UserRef user(const std::string& name) { return directory.users.intern(email(name)); }
  model::BotRef bot(const std::string& key) { return directory.bots.intern(key); }
  static std::string email(const std::string& name) { return name + "@example.com"; }

  model::DesiredAccount& want_account(const std::string& key) {
    model::DesiredAccount wanted;
    wanted.ref = account(key);
    wanted.origin = {file, static_cast<std::uint32_t>(10 + desired.accounts.size()), 3};
    wanted.settings.set(model::Field::kName, "Account " + key);
    return desired.accounts.emplace_back(std::move(wanted));
  }
  model::DesiredUser& want_user(const std::string& name) {
    model::DesiredUser wanted;
    wanted.ref = user(name);
    wanted.origin = {file, static_cast<std::uint32_t>(50 + desired.users.size()), 3};
    wanted.settings.set(model::Field::kName, "User " + name);
    return desired.users.emplace_back(std::move(wanted));
  }
  model::DesiredBot& want_bot(const std::string& key, const std::string& account_key) {
    model::DesiredBot wanted;
    wanted.ref = bot(key);
    wanted.origin = {file, static_cast<std::uint32_t>(90 + desired.bots.size()), 3};
    wanted.settings.set(model::Field::kName, "Bot " + key);
    wanted.settings.set(model::Field::kAccount, account_key);
    account(account_key);
    return desired.bots.emplace_back(std::move(wanted));
  }
  /// A rule of its own for each grant.
  model::CauseId rule() {
    desired.causes.rules.push_back(
        {{file, static_cast<std::uint32_t>(100 + desired.causes.rules.size()), 5}, {}, {}});
    desired.causes.sets.push_back({static_cast<std::uint32_t>(desired.causes.rules.size() - 1)});
    return static_cast<model::CauseId>(desired.causes.sets.size() - 1);
  }
  void want_grant(const std::string& key, const std::string& name, model::Role role) {
    desired.grants.push_back({{account(key), user(name), role}, rule()});
  }
  void expire(const std::string& key, const std::string& name, model::Role role) {
    desired.expired.push_back({{account(key), user(name), role}, rule()});
  }
  void move(model::ObjectKind kind, const std::string& from, const std::string& to) {
    const bool users = kind == model::ObjectKind::kUser;
    desired.moves.push_back({{kind, users ? email(from) : from, {}},
                             {kind, users ? email(to) : to, {}},
                             {file, static_cast<std::uint32_t>(150 + desired.moves.size()), 5}});
  }

  model::RecordedAccount& has_account(const std::string& key) {
    model::RecordedAccount has;
    has.ref = account(key);
    has.id = next_id++;
    has.nonce = "n" + key;
    has.settings.set(model::Field::kName, "Account " + key);
    return recorded.accounts.emplace_back(std::move(has));
  }
  model::RecordedUser& has_user(const std::string& name) {
    model::RecordedUser has;
    has.ref = user(name);
    has.id = next_id++;
    has.nonce = "n" + name;
    has.settings.set(model::Field::kName, "User " + name);
    return recorded.users.emplace_back(std::move(has));
  }
  model::RecordedBot& has_bot(const std::string& key, const std::string& account_key) {
    model::RecordedBot has;
    has.ref = bot(key);
    has.id = next_id++;
    has.settings.set(model::Field::kName, "Bot " + key);
    has.settings.set(model::Field::kAccount, account_key);
    return recorded.bots.emplace_back(std::move(has));
  }
  void has_grant(const std::string& key, const std::string& name, model::Role role) {
    recorded.grants.push_back({account(key), user(name), role});
  }

  /// In the roster and recorded alike.
  void both_accounts(std::initializer_list<const char*> keys) {
    for (const char* key : keys) want_account(key), has_account(key);
  }
  void both_users(std::initializer_list<const char*> names) {
    for (const char* name : names) want_user(name), has_user(name);
  }
  void both_grant(const std::string& key, const std::string& name, model::Role role) {
    want_grant(key, name, role);
    has_grant(key, name, role);
  }

  void sort() {
    const auto by = [](auto& objects, auto ref) {
      std::sort(objects.begin(), objects.end(),
                [&](const auto& a, const auto& b) { return a.*ref < b.*ref; });
    };
    by(desired.accounts, &model::DesiredAccount::ref);
    by(desired.users, &model::DesiredUser::ref);
    by(desired.bots, &model::DesiredBot::ref);
    by(desired.grants, &model::DesiredGrant::grant);
    by(desired.expired, &model::DesiredGrant::grant);
    by(recorded.accounts, &model::RecordedAccount::ref);
    by(recorded.users, &model::RecordedUser::ref);
    by(recorded.bots, &model::RecordedBot::ref);
    std::sort(recorded.grants.begin(), recorded.grants.end());
  }

  Expected<plan::Plan> make() {
    sort();
    return plan::make_plan(desired, recorded, directory, files, options);
  }
};

/// A plan as text without references, one line an action: number, phase, verb, address, what changes, reason,
/// needs.
inline std::string describe(const plan::Plan& plan, const model::Directory& directory) {
  std::string out;
  for (std::size_t i = 0; i < plan.actions.size(); ++i) {
    const plan::Action& action = plan.actions[i];
    out += fmt::format("{} w{} {} {}", i, static_cast<int>(action.phase), plan::to_string(action.verb),
                       plan::address_of(action, directory));
    const auto settings = [&](const plan::SettingsEffect& effect) {
      for (const model::SettingChange& change : effect.changes)
        out += fmt::format(" {}={}", to_string(change.name), to_text(change.after));
    };
    if (const auto* grant = std::get_if<plan::GrantAction>(&action.object)) {
      const auto role = [](const std::optional<model::Role>& r) { return r ? to_string(*r) : "-"; };
      out += fmt::format(" {}->{}{}", role(grant->before), role(grant->after),
                         grant->unlisted ? " unlisted" : "");
    } else if (const auto* account = std::get_if<plan::AccountAction>(&action.object)) {
      if (account->moved_from) out += fmt::format(" from {}", directory.key(*account->moved_from));
      if (account->lift_suspension) out += " lift";
      if (account->grants_left != 0) out += fmt::format(" leaves {}", account->grants_left);
      settings(account->settings);
    } else if (const auto* user = std::get_if<plan::UserAction>(&action.object)) {
      if (user->moved_from) out += fmt::format(" from {}", directory.key(*user->moved_from));
      if (user->adopt) out += " adopt";
      settings(user->settings);
    } else if (const auto* bot = std::get_if<plan::BotAction>(&action.object)) {
      if (bot->moved_from) out += fmt::format(" from {}", directory.key(*bot->moved_from));
      settings(bot->settings);
    }
    out += fmt::format(" ({})", plan::to_string(action.reason));
    if (!action.depends_on.empty()) out += fmt::format(" needs {}", fmt::join(action.depends_on, ","));
    out += action.blocked ? " blocked\n" : "\n";
  }
  return out;
}

/// The plan of both sides as text, or the error and its hint.
inline std::string text(Estates& estates) {
  const auto plan = estates.make();
  if (!plan) return "error: " + plan.error().message + "\nhint: " + plan.error().hint + "\n";
  return describe(*plan, estates.directory);
}

/// Whether all that the plan does is to remove members without an address, which it may only once everybody
/// who is wanted in their account has a recorded id: often with the apply after the first.
inline bool removes_by_id_only(const plan::Plan& plan, const model::Directory& directory) {
  return std::all_of(plan.actions.begin(), plan.actions.end(), [&](const plan::Action& action) {
    return action.reason == plan::ReasonCode::kUnlistedMember &&
           plan::address_of(action, directory).find("/#") != std::string::npos;
  });
}

}  // namespace rollcall::test
