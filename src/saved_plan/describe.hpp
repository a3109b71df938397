#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "saved_plan/saved_plan.hpp"

/// How the values of a saved plan stand in its file, once for both directions: `Io` is a Writer or a Reader.
namespace rollcall::saved_plan {

/// A value that a Writer reads and a Reader sets.
template <class Io, class T>
using Of = std::conditional_t<Io::kReads, T, const T>;

/// A place of the roster by the name of its file.
struct NamedOrigin {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

template <class Io>
void describe(Io& io, Of<Io, NamedOrigin>& origin) {
  io.field("file", origin.file);
  io.field("line", origin.line);
  io.field("column", origin.column);
}

template <class Io>
void describe(Io& io, Of<Io, model::Setting>& setting) {
  io.field("setting", setting.name);
  io.field("value", setting.value);
}

template <class Io>
void describe(Io& io, Of<Io, FromState>& state) {
  io.field("name", state.name);
  io.field("lineage", state.lineage);
  io.field("serial", state.serial);
  io.field("sha256", state.sha256);
}

template <class Io>
void describe(Io& io, Of<Io, Options>& options) {
  io.field("only", options.only);
  io.field("only_expired", options.only_expired);
  io.field("refresh", options.refresh);
  io.field("allow_deletes", options.allow_deletes);
  io.field("max_removals", options.max_removals);
}

template <class Io>
void describe(Io& io, Of<Io, model::SettingChange>& change) {
  io.field("setting", change.name);
  // Null is a value, so an unknown one needs a word of its own.
  bool known = change.before.has_value();
  io.field("before_known", known);
  model::Value before = change.before.value_or(model::Value());
  io.field("before", before);
  if constexpr (Io::kReads) change.before = known ? std::optional(std::move(before)) : std::nullopt;
  io.field("after", change.after);
}

template <class Io>
void describe(Io& io, Of<Io, model::Defaulted::Place>& place) {
  io.field("setting", place.name);
  io.field("origin", place.origin);
}

template <class Io>
void describe(Io& io, Of<Io, model::Defaulted>& defaulted) {
  io.field("settings", defaulted.settings);
  io.field("on_remove", defaulted.on_remove);
}

template <class Io>
void describe(Io& io, Of<Io, plan::SettingsEffect>& settings) {
  io.field("wanted", settings.wanted);
  io.field("changes", settings.changes);
  io.field("on_remove_before", settings.on_remove_before);
  io.field("on_remove", settings.on_remove);
  io.field("defaulted", settings.defaulted);
  io.field("compared", settings.compared);
}

template <class Io>
void describe_parts(Io& io, Of<Io, plan::ActionParts<model::Account>>& parts) {
  io.field("lift_suspension", parts.lift_suspension);
  io.field("grants_left", parts.grants_left);
  io.field("members", parts.members);
}

template <class Io>
void describe_parts(Io& io, Of<Io, plan::ActionParts<model::User>>& parts) {
  io.field("adopt", parts.adopt);
}

template <class Io>
void describe_parts(Io& /*io*/, Of<Io, plan::ActionParts<model::Bot>>& /*parts*/) {}

/// Whatever an action is about; the address stands with the action.
template <class Io, class Kind>
void describe_object(Io& io, Of<Io, plan::ObjectAction<Kind>>& object, Kind /*kind*/) {
  io.field("moved_from", object.moved_from);
  io.field("id", object.id);
  io.field("provenance", object.provenance);
  describe_parts(io, static_cast<Of<Io, plan::ActionParts<Kind>>&>(object));
  io.field("settings", object.settings);
}

template <class Io>
void describe_grant(Io& io, Of<Io, plan::GrantAction>& grant) {
  io.field("user_id", grant.user_id);
  io.field("before", grant.before);
  io.field("after", grant.after);
  io.field("unlisted", grant.unlisted);
  io.field("rule_set", grant.cause);
  io.field("ended", grant.ended);
}

template <class Io>
void describe(Io& io, Of<Io, plan::PlannedRequest>& request) {
  io.field("method", request.method);
  io.field("path", request.path);
  io.field("body", request.body);
  io.field("conditional", request.conditional);
}

template <class Io>
void describe(Io& io, Of<Io, plan::Action>& action) {
  io.subject("address", action.object);
  io.field("verb", action.verb);
  io.field("phase", action.phase);
  io.field("reason", action.reason);
  io.field("origin", action.origin);
  io.field("depends_on", action.depends_on);
  io.field("blocked", action.blocked);
  std::visit(
      [&io](auto& object) {
        if constexpr (std::is_same_v<std::decay_t<decltype(object)>, plan::GrantAction>)
          describe_grant(io, object);
        else
          describe_object(io, object, typename std::decay_t<decltype(object)>::Kind{});
      },
      action.object);
  io.field("requests", action.requests);
}

template <class Io>
void describe(Io& io, Of<Io, model::RuleFacts>& rule) {
  io.field("origin", rule.origin);
  io.field("reason", rule.reason);
  io.field("until", rule.until);
}

template <class Io>
void describe(Io& io, Of<Io, plan::Violation>& violation) {
  io.field("guardrail", violation.guardrail);
  io.field("account", violation.account);
  io.field("user", violation.user);
  io.field("counted", violation.counted);
  io.field("allowed", violation.allowed);
  io.field("actions", violation.actions);
  io.field("withheld", violation.withheld);
}

template <class Io>
void describe(Io& io, Of<Io, plan::UsedException>& used) {
  io.field("addresses", used.exception.addresses);
  io.field("reason", used.exception.reason);
  io.field("until", used.exception.until);
  io.field("origin", used.exception.origin);
  io.field("actions", used.actions);
}

template <class Io>
void describe(Io& io, Of<Io, Diagnostic>& warning) {
  if constexpr (Io::kReads) warning.severity = Severity::kWarning;
  io.field("rule", warning.rule);
  io.field("file", warning.file);
  io.field("line", warning.line);
  io.field("column", warning.column);
  io.field("message", warning.message);
  io.field("hint", warning.hint);
}

template <class Io>
void describe(Io& io, Of<Io, plan::MissingObject>& object) {
  io.field("address", object.address);
  io.field("since", object.since);
  io.field("origin", object.origin);
}

template <class Io>
void describe(Io& io, Of<Io, plan::UnmanagedSetting>& setting) {
  io.field("address", setting.address);
  io.field("setting", setting.name);
  io.field("value", setting.value);
  io.field("origin", setting.origin);
}

template <class Io>
void describe(Io& io, Of<Io, plan::ChangedAddress>& changed) {
  io.field("address", changed.address);
  io.field("live", changed.live);
}

template <class Io>
void describe(Io& io, Of<Io, plan::StayingBot>& bot) {
  io.field("agent_bot", bot.ref);
  io.field("id", bot.id);
}

template <class Io>
void describe(Io& io, Of<Io, plan::Plan>& plan) {
  io.field("valid_until", plan.valid_until);
  io.lines("actions", plan.actions);
  io.lines("rules", plan.causes.rules);
  io.lines("rule_sets", plan.causes.sets);
  io.lines("guardrails", plan.violations);
  io.field("removals", plan.removals);
  io.lines("exceptions", plan.exceptions);
  io.lines("warnings", plan.warnings);
  io.field("left_out", plan.left_out);
  io.lines("missing", plan.missing);
  io.lines("unmanaged", plan.unmanaged);
  io.lines("changed_addresses", plan.changed_addresses);
  io.field("unread", plan.unread);
  io.field("unresolved", plan.unresolved);
  io.lines("staying_bots", plan.staying_bots);
}

template <class Io>
void describe(Io& io, Of<Io, model::Grant>& grant) {
  io.field("account", grant.account);
  io.field("user", grant.user);
  io.field("role", grant.role);
}

template <class Io>
void describe(Io& io, Of<Io, model::UnlistedMember>& member) {
  io.field("user_id", member.user_id);
  io.field("role", member.role);
  io.field("email", member.email);
}

/// As far as an excerpt has it.
template <class Io>
void describe(Io& io, Of<Io, model::RecordedAccount>& account) {
  io.field("account", account.ref);
  io.field("settings", account.settings);
  io.field("unlisted", account.unlisted);
}

template <class Io>
void describe(Io& io, Of<Io, model::RecordedUser>& user) {
  io.field("user", user.ref);
  io.field("settings", user.settings);
}

template <class Io>
void describe(Io& io, Of<Io, model::RecordedEstate>& recorded) {
  // An estate is sorted by references, whose numbers differ from run to run.
  io.sorted_lines("accounts", recorded.accounts);
  io.sorted_lines("users", recorded.users);
  io.sorted_lines("grants", recorded.grants);
}

/// What the digest is of.
template <class Io>
void describe_content(Io& io, Of<Io, SavedPlan>& saved) {
  if constexpr (Io::kReads) io.files("files");
  io.field("server", saved.server);
  io.block("plan", saved.plan);
  io.block("recorded", saved.recorded);
  // Known once all places are written. Reports list files in the order of the roster.
  if constexpr (!Io::kReads) io.files("files");
}

/// What stands around it.
template <class Io>
void describe_circumstances(Io& io, Of<Io, SavedPlan>& saved) {
  io.field("tool_version", saved.tool_version);
  io.field("date", saved.date);
  io.field("state", saved.state);
  io.field("roster_sha256", saved.roster_sha256);
  io.field("options", saved.options);
}

}  // namespace rollcall::saved_plan
