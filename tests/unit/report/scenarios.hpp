#pragma once

#include <fmt/format.h>

#include "sample.hpp"

namespace sample {

using model::Field;
using model::Role;
using plan::ReasonCode;
using plan::Verb;

/// An empty record and a small roster.
inline Sample first() {
  Sample s;
  s.account(Verb::kCreate, ReasonCode::kNew, "support-emea", 4,
            {change(Field::kName, {}, "Support EMEA"), change(Field::kLocale, {}, "en"),
             change(Field::kFeatures, {}, true, "help_center"), change(Field::kLimits, {}, 50, "agents"),
             change(Field::kCustomAttributes, {}, model::Value(), "old_key")});
  s.user(Verb::kCreate, ReasonCode::kNew, "ana@example.com", 20,
         {change(Field::kName, {}, "Ana Silva"), change(Field::kDisplayName, {}, "Ana")});
  s.user(Verb::kCreate, ReasonCode::kNew, "joe@example.com", 21, {change(Field::kName, {}, "Joe Doe")});
  s.bot(Verb::kCreate, ReasonCode::kNew, "triage", 30,
        {change(Field::kName, {}, "Triage"), change(Field::kAccount, {}, "support-emea")});
  s.plan.actions.back().depends_on = {0};
  const model::CauseId owner = s.rule(40, "OPS-17 owner of the desk");
  const model::CauseId agents = s.rule(44, {}, day("2027-03-31"));
  s.grant(ReasonCode::kRuleGives, "support-emea", "ana@example.com", {}, Role::kAdministrator, owner)
      .depends_on = {0, 1};
  s.grant(ReasonCode::kRuleGives, "support-emea", "joe@example.com", {}, Role::kAgent, agents).depends_on = {
      0, 2};
  s.plan.valid_until = day("2027-03-31");
  return s;
}

inline void everything_objects(Sample& s) {
  s.user(Verb::kUpdate, ReasonCode::kMoved, "ana@example.com", 60);
  std::get<plan::UserAction>(s.plan.actions.back().object).moved_from =
      s.directory.users.intern("ana@old.example.com");
  std::get<plan::UserAction>(s.plan.actions.back().object).id = 11;
  s.account(Verb::kBind, ReasonCode::kBindRequested, "hq", 3,
            {change(Field::kName, {}, "HQ"), change(Field::kStatus, {}, "active")});
  std::get<plan::AccountAction>(s.plan.actions.back().object).id = 42;
  s.account(Verb::kBind, ReasonCode::kCameBack, "lab", 8, {change(Field::kName, {}, "Lab")});
  std::get<plan::AccountAction>(s.plan.actions.back().object).id = 43;
  std::get<plan::AccountAction>(s.plan.actions.back().object).lift_suspension = true;
  s.account(Verb::kUpdate, ReasonCode::kMoved, "support-emea", 61);
  std::get<plan::AccountAction>(s.plan.actions.back().object).moved_from =
      s.directory.accounts.intern("support-eu");
  std::get<plan::AccountAction>(s.plan.actions.back().object).id = 7;
  s.account(Verb::kUpdate, ReasonCode::kOnRemoveChanged, "vault", 12);
  std::get<plan::AccountAction>(s.plan.actions.back().object).settings.on_remove = model::OnRemove::kDelete;
  s.account(Verb::kUpdate, ReasonCode::kSettingsDiffer, "web", 14,
            {change(Field::kName, "Web", "Web shop"), change(Field::kLocale, {}, "pt_BR"),
             change(Field::kFeatures, true, false, "macros"),
             change(Field::kCustomAttributes, "emea", model::Value(), "region")});
  s.account(Verb::kCreate, ReasonCode::kNew, "young", 16, {change(Field::kName, {}, "Young")});
  std::get<plan::AccountAction>(s.plan.actions.back().object).settings.on_remove = model::OnRemove::kSuspend;
  s.user(Verb::kCreate, ReasonCode::kNew, "joe@example.com", 21, {change(Field::kName, {}, "Joe Doe")});
  std::get<plan::UserAction>(s.plan.actions.back().object).adopt = true;
  s.bot(Verb::kUpdate, ReasonCode::kSettingsDiffer, "triage", 30,
        {change(Field::kOutgoingUrl, "https://a.example.com/", "https://b.example.com/")});
}

inline void everything_grants(Sample& s) {
  const model::CauseId owner = s.rule(40, "OPS-17 owner of the desk");
  const model::CauseId agents = s.rule(44, {}, day("2027-03-31"));
  const model::CauseId expired = s.rule(48, "Summer help", day("2027-01-31"));
  const model::CauseId everyone = s.both({owner, agents, expired, s.rule(52)});
  s.grant(ReasonCode::kRuleGives, "hq", "joe@example.com", {}, Role::kAgent, everyone).depends_on = {1, 7};
  s.grant(ReasonCode::kRuleRaises, "support-emea", "kim@example.com", Role::kAgent, Role::kAdministrator,
          owner);
  std::get<plan::GrantAction>(s.plan.actions.back().object).unlisted = true;
  s.grant(ReasonCode::kRuleLowers, "web", "kim@example.com", Role::kAdministrator, Role::kAgent, agents);
  const auto ended = [&](const char* date) {
    std::get<plan::GrantAction>(s.plan.actions.back().object).ended = day(date);
  };
  s.grant(ReasonCode::kExpired, "web", "lee@example.com", Role::kAdministrator, Role::kAgent, expired);
  ended("2027-01-31");
  s.grant(ReasonCode::kExpired, "hq", "lee@example.com", Role::kAgent, {}, expired);
  ended("2027-01-31");
  s.grant(ReasonCode::kExpired, "hq", "max@example.com", Role::kAgent, {}, agents);
  ended("2027-02-01");
  s.grant(ReasonCode::kRaisedOnServer, "web", "max@example.com", Role::kAdministrator, Role::kAgent, agents);
  s.grant(ReasonCode::kNoRule, "support-emea", "max@example.com", Role::kAdministrator, {});
  s.grant(ReasonCode::kUserLeft, "web", "uma@example.com", Role::kAgent, {});
  s.grant(ReasonCode::kAccountLeft, "shut", "kim@example.com", Role::kAgent, {});
  s.grant(ReasonCode::kUnlistedMember, "web", "who@example.com", Role::kAgent, {});
  std::get<plan::GrantAction>(s.plan.actions.back().object).unlisted = true;
}

inline void everything_removals(Sample& s) {
  s.account(Verb::kRelease, ReasonCode::kAccountLeft, "desk", 0);
  std::get<plan::AccountAction>(s.plan.actions.back().object).id = 5;
  std::get<plan::AccountAction>(s.plan.actions.back().object).grants_left = 3;
  s.recorded_grant("desk", "uma@example.com", Role::kAdministrator);
  s.recorded_grant("desk", "kim@example.com", Role::kAgent);
  s.recorded_grant("desk", "vic@example.com", Role::kAgent);
  s.account(Verb::kSuspend, ReasonCode::kAccountLeft, "shop", 0);
  std::get<plan::AccountAction>(s.plan.actions.back().object).id = 9;
  s.account(Verb::kDelete, ReasonCode::kAccountLeft, "shut", 0).blocked = true;
  std::get<plan::AccountAction>(s.plan.actions.back().object).id = 10;
  s.user(Verb::kRelease, ReasonCode::kUserLeft, "uma@example.com", 0);
  s.user(Verb::kDelete, ReasonCode::kUserLeft, "vic@example.com", 0);
  s.bot(Verb::kRelease, ReasonCode::kBotLeft, "parrot", 0);
}

/// One of every verb and every reason, with what each can carry.
inline Sample everything() {
  Sample s;
  everything_objects(s);
  everything_grants(s);
  everything_removals(s);
  Diagnostic warning;
  warning.severity = Severity::kWarning;
  warning.file = "roster/users.yaml";
  warning.line = 3;
  warning.column = 1;
  warning.message = "joe@example.com joins with the name of vic@example.com, who leaves";
  warning.hint = "A new address for the same user? See `moved`.";
  s.plan.warnings = {warning};
  s.plan.valid_until = day("2027-03-31");
  s.plan.actions.front().requests = {
      {"PATCH", "/platform/api/v1/users/11", model::Value::Map{{"email", "ana@example.com"}}, true},
      {"DELETE", "/platform/api/v1/agent_bots/5", {}, false}};
  return s;
}

/// One violation of every guardrail.
inline Sample refused() {
  Sample s;
  for (const char* email : {"ana@example.com", "joe@example.com", "kim@example.com", "root@example.com"})
    for (const char* key : {"emea", "hq", "apac", "web"})
      s.grant(ReasonCode::kNoRule, key, email, Role::kAgent, {});
  s.grant(ReasonCode::kNoRule, "hq", "lee@example.com", Role::kAdministrator, {});
  const plan::ActionIndex administrator = s.last();
  s.account(Verb::kSuspend, ReasonCode::kAccountLeft, "hq", 0);
  std::get<plan::AccountAction>(s.plan.actions.back().object).members = 7;
  const plan::ActionIndex suspension = s.last();
  s.plan.removals = 18;
  plan::Violation all{plan::Guardrail::kMaxRemovals, {}, {}, 18, 5, {}};
  for (plan::ActionIndex i = 0; i <= s.last(); ++i) all.actions.push_back(i);
  const model::AccountRef hq = s.directory.accounts.intern("hq");
  const model::UserRef root = s.directory.users.intern("root@example.com");
  s.plan.violations = {
      {plan::Guardrail::kMinAdministrators, hq, {}, 0, 1, {administrator}},
      all,
      {plan::Guardrail::kMaxRemovals, hq, {}, 6, 5, {1, 5, 9, 13, administrator, suspension}},
      {plan::Guardrail::kProtectedUser, {}, root, 0, 0, {12, 13, 14, 15}},
      {plan::Guardrail::kProtectedAccount, hq, {}, 0, 0, {administrator, suspension}}};
  return s;
}

/// Rules that reach many accounts, many users, and many of both; many new users; many removals.
inline Sample crowded() {
  Sample s;
  for (std::uint32_t i = 0; i < 60; ++i) {
    s.user(Verb::kCreate, ReasonCode::kNew, fmt::format("p{:03}@example.com", i), i + 1,
           {change(Field::kName, {}, fmt::format("User {}", i))});
    if (i % 3 == 0) s.plan.actions.back().origin.file = s.users;
  }
  const model::CauseId one_user = s.rule(9);
  const model::CauseId one_account = s.rule(12, "OPS-17");
  const model::CauseId many = s.rule(15, {}, day("2027-12-31"));
  const model::CauseId few = s.rule(18);
  const model::CauseId administrators = s.rule(21, "On call");
  for (int i = 0; i < 212; ++i)
    s.grant(ReasonCode::kRuleGives, fmt::format("a{:03}", i), "kim@example.com", {}, Role::kAgent, one_user);
  for (int i = 0; i < 30; ++i)
    s.grant(ReasonCode::kRuleGives, "a001", fmt::format("p{:03}@example.com", i), {}, Role::kAgent,
            one_account);
  for (int account = 0; account < 40; ++account)
    for (int user = 0; user < 25; ++user)
      s.grant(ReasonCode::kRuleGives, fmt::format("b{:03}", account), fmt::format("p{:03}@example.com", user),
              {}, Role::kAgent, many);
  for (int i = 0; i < 3; ++i)
    s.grant(ReasonCode::kRuleGives, "a002", fmt::format("p{:03}@example.com", i), {}, Role::kAgent, few);
  for (int i = 0; i < 25; ++i)
    s.grant(ReasonCode::kRuleGives, "a003", fmt::format("p{:03}@example.com", i), {}, Role::kAdministrator,
            administrators);
  for (int account = 0; account < 30; ++account)
    for (const char* email : {"lee@example.com", "max@example.com"})
      s.grant(ReasonCode::kUserLeft, fmt::format("a{:03}", account), email, Role::kAgent, {});
  return s;
}

}  // namespace sample
