#pragma once

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plan/plan.hpp"
#include "plan/result.hpp"
#include "report/report.hpp"

namespace sample {

using namespace rollcall;

using Change = model::SettingChange;

inline Date day(const char* text) {
  return *parse_date(text);
}

inline Change change(model::Field field, std::optional<model::Value> before, model::Value after,
                     std::string key = {}) {
  return {{field, std::move(key)}, std::move(before), std::move(after)};
}

/// A plan put together by hand, with the directory and files that it speaks of.
struct Sample {
  model::Directory directory;
  SourceFiles files;
  plan::Plan plan;
  model::RecordedEstate recorded;
  FileIndex roster = files.add("roster/a.yaml", "");
  FileIndex users = files.add("roster/users.yaml", "");

  [[nodiscard]] report::Context context() const { return {directory, files, meta()}; }
  [[nodiscard]] static report::Meta meta() {
    return {day("2027-02-15"),
            "0.9.0",
            "https://chat.example.com",
            "rollcall.state.json",
            "5f0c8a52-9d4e-4c1b-8a70-1f2e3d4c5b6a",
            41};
  }
  [[nodiscard]] Origin at(std::uint32_t line) const { return {roster, line, 3}; }

  /// A set of one more rule.
  model::CauseId rule(std::uint32_t line, std::string reason = {}, std::optional<Date> until = {}) {
    plan.causes.rules.push_back({at(line), std::move(reason), until});
    plan.causes.sets.push_back({static_cast<std::uint32_t>(plan.causes.rules.size() - 1)});
    return static_cast<model::CauseId>(plan.causes.sets.size() - 1);
  }

  /// A set of all rules of the given sets.
  model::CauseId both(std::initializer_list<model::CauseId> causes) {
    std::vector<std::uint32_t> rules;
    for (const model::CauseId cause : causes)
      rules.insert(rules.end(), plan.causes.sets[cause].begin(), plan.causes.sets[cause].end());
    plan.causes.sets.push_back(std::move(rules));
    return static_cast<model::CauseId>(plan.causes.sets.size() - 1);
  }

  plan::Action& account(plan::Verb verb, plan::ReasonCode reason, const std::string& key, std::uint32_t line,
                        std::vector<Change> changes = {}) {
    plan::AccountAction object;
    object.ref = directory.accounts.intern(key);
    object.settings = effect(std::move(changes));
    return add(verb, reason, std::move(object), line);
  }

  plan::Action& user(plan::Verb verb, plan::ReasonCode reason, const std::string& email, std::uint32_t line,
                     std::vector<Change> changes = {}) {
    plan::UserAction object;
    object.ref = directory.users.intern(email);
    object.settings = effect(std::move(changes));
    return add(verb, reason, std::move(object), line);
  }

  plan::Action& bot(plan::Verb verb, plan::ReasonCode reason, const std::string& key, std::uint32_t line,
                    std::vector<Change> changes = {}) {
    plan::BotAction object;
    object.ref = directory.bots.intern(key);
    object.settings = effect(std::move(changes));
    return add(verb, reason, std::move(object), line);
  }

  plan::Action& grant(plan::ReasonCode reason, const std::string& key, const std::string& email,
                      std::optional<model::Role> before, std::optional<model::Role> after,
                      model::CauseId cause = 0) {
    plan::GrantAction object;
    object.account = directory.accounts.intern(key);
    object.user = directory.users.intern(email);
    object.before = before;
    object.after = after;
    object.cause = cause;
    const plan::Verb verb = !before  ? plan::Verb::kGrant
                            : !after ? plan::Verb::kRevoke
                                     : plan::Verb::kChangeRole;
    return add(verb, reason, std::move(object), 0);
  }

  model::RecordedAccount& recorded_account(const std::string& key, const std::string& name) {
    model::RecordedAccount account;
    account.ref = directory.accounts.intern(key);
    account.settings.set(model::Field::kName, name);
    recorded.accounts.push_back(std::move(account));
    return recorded.accounts.back();
  }

  void recorded_grant(const std::string& key, const std::string& email, model::Role role) {
    recorded.grants.push_back({directory.accounts.intern(key), directory.users.intern(email), role});
    std::sort(recorded.grants.begin(), recorded.grants.end());
  }

  [[nodiscard]] plan::ActionIndex last() const {
    return static_cast<plan::ActionIndex>(plan.actions.size() - 1);
  }

  [[nodiscard]] std::string text(report::Style style = {}) const {
    return report::plan_text(plan, recorded, context(), style);
  }
  [[nodiscard]] std::string json() const { return report::plan_json(plan, recorded, context()); }

 private:
  static plan::SettingsEffect effect(std::vector<Change> changes) {
    plan::SettingsEffect settings;
    for (const Change& one : changes) settings.wanted.set(one.name, one.after);
    settings.changes = std::move(changes);
    return settings;
  }

  template <class Object>
  plan::Action& add(plan::Verb verb, plan::ReasonCode reason, Object object, std::uint32_t line) {
    plan::Action action;
    action.verb = verb;
    action.reason = reason;
    action.phase = phase_of(verb, object);
    if (verb == plan::Verb::kBind) clear_changes(object);
    action.object = std::move(object);
    if (line != 0) action.origin = at(line);
    plan.actions.push_back(std::move(action));
    return plan.actions.back();
  }

  static void clear_changes(plan::GrantAction&) {}
  template <class Object>
  static void clear_changes(Object& object) {
    object.settings.changes.clear();
  }

  static plan::Phase phase_of(plan::Verb verb, const plan::GrantAction& grant) {
    const bool less =
        verb == plan::Verb::kRevoke || (grant.before && grant.after && *grant.after < *grant.before);
    return less ? plan::Phase::kRevocations : plan::Phase::kGrants;
  }
  template <class Object>
  static plan::Phase phase_of(plan::Verb verb, const Object&) {
    return verb == plan::Verb::kRelease || verb == plan::Verb::kSuspend || verb == plan::Verb::kDelete
               ? plan::Phase::kRemovals
               : plan::Phase::kObjects;
  }
};

}  // namespace sample
