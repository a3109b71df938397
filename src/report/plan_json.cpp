#include <algorithm>
#include <variant>
#include <vector>

#include "report/document.hpp"
#include "report/json.hpp"
#include "report/words.hpp"

namespace rollcall::report {
namespace {

using Layout = JsonWriter::Layout;

void write_id(JsonWriter& json, std::string_view name, const std::optional<model::ServerId>& id) {
  id ? json.number(name, *id) : json.null(name);
}

void write_role(JsonWriter& json, std::string_view name, const std::optional<model::Role>& role) {
  role ? json.text(name, to_string(*role)) : json.null(name);
}

void write_change(JsonWriter& json, const model::SettingName& name, const std::optional<model::Value>& before,
                  const model::Value& after) {
  json.begin_object();
  json.text("setting", model::to_string(name));
  json.boolean("before_known", before.has_value());
  json.key("before");
  before ? json.value(*before) : json.null();
  json.key("after");
  json.value(after);
  json.end_object();
}

/// A new address of a user is a change like that of a setting.
void write_address_change(JsonWriter& json, const plan::UserAction& user, const model::Directory& directory) {
  if (!user.moved_from) return;
  json.begin_object();
  json.text("setting", "email");
  json.boolean("before_known", true);
  json.text("before", directory.key(*user.moved_from));
  json.text("after", directory.key(user.ref));
  json.end_object();
}

/// What a bind will compare is all that is wanted, because what differs is known only after a look at the
/// server.
void write_settings(JsonWriter& json, const plan::Action& action, const plan::SettingsEffect& settings,
                    const model::Directory& directory) {
  json.key("changes");
  json.begin_array();
  if (const auto* user = std::get_if<plan::UserAction>(&action.object))
    write_address_change(json, *user, directory);
  if (action.verb == plan::Verb::kBind && !settings.compared) {
    for (const model::Setting& setting : settings.wanted)
      write_change(json, setting.name, std::nullopt, setting.value);
  } else {
    for (const model::SettingChange& change : settings.changes)
      write_change(json, change.name, change.before, change.after);
  }
  json.end_array();
  json.text("on_remove_before", to_string(settings.on_remove_before));
  json.text("on_remove", to_string(settings.on_remove));
}

/// The lines of `defaults` that ask for what the action changes.
std::vector<Origin> default_origins(const plan::Action& action) {
  const plan::SettingsEffect* settings = plan::settings_of(action);
  if (settings == nullptr) return {};
  std::vector<Origin> origins;
  for (const model::Defaulted::Place& place : settings->defaulted.settings) {
    const bool changes =
        std::any_of(settings->changes.begin(), settings->changes.end(),
                    [&](const model::SettingChange& change) { return change.name == place.name; });
    if (changes || action.verb == plan::Verb::kBind) origins.push_back(place.origin);
  }
  if (settings->on_remove_before != settings->on_remove) origins.push_back(settings->defaulted.on_remove);
  return origins;
}

class ActionWriter {
 public:
  ActionWriter(JsonWriter& json, const plan::Plan& plan, const model::RecordedEstate& recorded,
               const Context& context)
      : json_(json), plan_(plan), recorded_(recorded), context_(context), leavers_(leavers_of(plan)) {}

  void write(const plan::Action& action) {
    json_.begin_object();
    json_.text("address", plan::address_of(action, context_.directory));
    json_.text("object", object_name(action));
    json_.text("verb", plan::to_string(action.verb));
    json_.number("phase", static_cast<std::int64_t>(action.phase));
    json_.boolean("blocked", action.blocked);
    json_.key("reason");
    json_.begin_object();
    json_.text("code", plan::to_string(action.reason));
    json_.text("text", reason_text(action, plan_, context_));
    json_.end_object();
    write_origins(action);
    json_.key("depends_on");
    json_.begin_array();
    for (const plan::ActionIndex need : action.depends_on)
      json_.text(plan::address_of(plan_.actions[need], context_.directory));
    json_.end_array();
    std::visit([&](const auto& object) { write_object(action, object); }, action.object);
    json_.key("requests");
    json_.begin_array();
    for (const plan::PlannedRequest& request : action.requests) write_request(request);
    json_.end_array();
    json_.end_object();
  }

 private:
  void write_request(const plan::PlannedRequest& request) {
    json_.begin_object();
    json_.text("method", request.method);
    json_.text("path", request.path);
    json_.key("body");
    json_.value(request.body);
    json_.boolean("conditional", request.conditional);
    json_.end_object();
  }

  /// Each line once: the object, then the rules, then the lines of `defaults`.
  void write_origins(const plan::Action& action) {
    std::vector<Origin> origins;
    const auto add = [&](const Origin& origin) {
      const auto same_line = [&](const Origin& known) {
        return known.file == origin.file && known.line == origin.line;
      };
      if (origin.line != 0 && std::none_of(origins.begin(), origins.end(), same_line))
        origins.push_back(origin);
    };
    add(action.origin);
    for (const std::uint32_t rule : rules_of(action, plan_)) add(plan_.causes.rules[rule].origin);
    for (const Origin& origin : default_origins(action)) add(origin);
    json_.key("origins");
    json_.begin_array();
    for (const Origin& origin : origins) write_origin(json_, origin, context_.files);
    json_.end_array();
  }

  template <class Ref>
  void write_moved_from(const std::optional<Ref>& ref) {
    ref ? json_.text("moved_from", model::address_of(*ref, context_.directory)) : json_.null("moved_from");
  }

  template <class Kind>
  void write_object(const plan::Action& action, const plan::ObjectAction<Kind>& object) {
    write_id(json_, "id", object.id);
    write_moved_from(object.moved_from);
    // A bot is always created: nothing else can become one.
    if constexpr (!std::is_same_v<Kind, model::Bot>) json_.text("provenance", to_string(object.provenance));
    if constexpr (Kind::kMayBeAdopted) json_.boolean("adopt", object.adopt);
    write_settings(json_, action, object.settings, context_.directory);
    if constexpr (std::is_same_v<Kind, model::Account>) write_access(action, object);
  }

  void write_access(const plan::Action& action, const plan::AccountAction& account) {
    json_.boolean("lift_suspension", account.lift_suspension);
    json_.number("grants_left", account.grants_left);
    json_.number("members", account.members);
    json_.key("leavers_kept");
    json_.begin_array();
    if (action.verb == plan::Verb::kRelease && action.reason != plan::ReasonCode::kLeftAndGone)
      for (const std::string& name : leavers_kept(account, leavers_, recorded_, context_.directory))
        json_.text(name);
    json_.end_array();
  }

  void write_object(const plan::Action& /*action*/, const plan::GrantAction& grant) {
    json_.text("account", context_.directory.key(grant.account));
    json_.text("user", context_.directory.key(grant.user));
    write_id(json_, "user_id", grant.user_id);
    write_role(json_, "before", grant.before);
    write_role(json_, "after", grant.after);
    json_.boolean("unlisted", grant.unlisted);
    grant.ended ? json_.text("ended", to_string(*grant.ended)) : json_.null("ended");
    json_.key("rules");
    json_.begin_array();
    for (const std::uint32_t rule : plan_.causes.sets[grant.cause]) write_rule(plan_.causes.rules[rule]);
    json_.end_array();
  }

  void write_rule(const model::RuleFacts& rule) {
    json_.begin_object();
    json_.key("origin");
    write_origin(json_, rule.origin, context_.files);
    json_.text("reason", rule.reason);
    rule.until ? json_.text("until", to_string(*rule.until)) : json_.null("until");
    json_.end_object();
  }

  JsonWriter& json_;
  const plan::Plan& plan_;
  const model::RecordedEstate& recorded_;
  const Context& context_;
  std::vector<model::UserRef> leavers_;
};

void write_totals(JsonWriter& json, const plan::Totals& totals) {
  json.begin_object();
  json.count("create", totals.create);
  json.count("update", totals.update);
  json.count("remove", totals.remove);
  json.count("release", totals.release);
  json.count("blocked", totals.blocked);
  json.end_object();
}

/// What would let a plan with too many removals pass; null where nothing does.
void write_way_to_pass(JsonWriter& json, const plan::Violation& violation, const plan::Plan& plan,
                       const Context& context) {
  json.key("let_pass");
  if (violation.guardrail != plan::Guardrail::kMaxRemovals) {
    json.null();
    return;
  }
  json.begin_object();
  json.number("max_removals", plan.removals);
  json.key("addresses");
  json.begin_array();
  for (const std::string& pattern : exception_patterns(plan, violation, context)) json.text(pattern);
  json.end_array();
  json.end_object();
}

void write_violation(JsonWriter& json, const plan::Violation& violation, const plan::Plan& plan,
                     const Context& context) {
  json.begin_object();
  json.text("guardrail", guardrail_name(violation.guardrail));
  json.text("text", violation_text(plan, violation, context));
  json.key("account");
  violation.account ? json.text(context.directory.key(*violation.account)) : json.null();
  json.key("user");
  violation.user ? json.text(context.directory.key(*violation.user)) : json.null();
  json.number("counted", violation.counted);
  json.number("allowed", violation.allowed);
  json.key("actions");
  json.begin_array();
  for (const plan::ActionIndex action : violation.actions)
    json.text(plan::address_of(plan.actions[action], context.directory));
  json.end_array();
  json.boolean("withheld", violation.withheld);
  write_way_to_pass(json, violation, plan, context);
  json.end_object();
}

void write_exception(JsonWriter& json, const plan::UsedException& used, const plan::Plan& plan,
                     const Context& context) {
  json.begin_object();
  json.key("origin");
  write_origin(json, used.exception.origin, context.files);
  json.text("reason", used.exception.reason);
  json.text("until", to_string(used.exception.until));
  json.key("actions");
  json.begin_array();
  for (const plan::ActionIndex action : used.actions)
    json.text(plan::address_of(plan.actions[action], context.directory));
  json.end_array();
  json.end_object();
}

void write_missing(JsonWriter& json, const plan::MissingObject& object, const Context& context) {
  json.begin_object();
  json.text("address", object.address);
  object.since ? json.text("since", to_string(*object.since)) : json.null("since");
  json.key("origin");
  write_origin(json, object.origin, context.files);
  json.end_object();
}

void write_unmanaged(JsonWriter& json, const plan::UnmanagedSetting& setting, const Context& context) {
  json.begin_object();
  json.text("address", setting.address);
  json.text("setting", model::to_string(setting.name));
  json.key("value");
  json.value(setting.value);
  json.key("origin");
  write_origin(json, setting.origin, context.files);
  json.end_object();
}

void write_changed_address(JsonWriter& json, const plan::ChangedAddress& changed) {
  json.begin_object();
  json.text("address", changed.address);
  json.text("live", changed.live);
  json.end_object();
}

}  // namespace

void write_plan(JsonWriter& json, const plan::Plan& plan, const model::RecordedEstate& recorded,
                const Context& context) {
  begin_document(json, "rollcall-plan", context.meta);
  json.key("digest");
  context.meta.plan_digest ? json.text(*context.meta.plan_digest) : json.null();
  json.key("totals");
  write_totals(json, plan::count(plan));
  json.key("valid_until");
  plan.valid_until ? json.text(to_string(*plan.valid_until)) : json.null();
  json.count("left_out", plan.left_out);
  json.key("missing");
  json.begin_array(Layout::kLines);
  for (const plan::MissingObject& object : plan.missing) write_missing(json, object, context);
  json.end_array();
  json.key("changed_addresses");
  json.begin_array(Layout::kLines);
  for (const plan::ChangedAddress& changed : plan.changed_addresses) write_changed_address(json, changed);
  json.end_array();
  json.key("unmanaged");
  json.begin_array(Layout::kLines);
  for (const plan::UnmanagedSetting& setting : plan.unmanaged) write_unmanaged(json, setting, context);
  json.end_array();
  json.count("unread", plan.unread);
  json.count("unresolved", plan.unresolved);
  json.boolean("refused", plan::is_refused(plan));
  json.key("guardrails");
  json.begin_array(Layout::kLines);
  for (const plan::Violation& violation : plan.violations) write_violation(json, violation, plan, context);
  json.end_array();
  json.key("exceptions");
  json.begin_array(Layout::kLines);
  for (const plan::UsedException& used : plan.exceptions) write_exception(json, used, plan, context);
  json.end_array();
  json.key("warnings");
  write_diagnostics(json, plan.warnings);
  json.key("actions");
  json.begin_array(Layout::kLines);
  ActionWriter writer(json, plan, recorded, context);
  for (const plan::Action& action : plan.actions) writer.write(action);
  json.end_array();
  json.end_object();
}

std::string plan_json(const plan::Plan& plan, const model::RecordedEstate& recorded, const Context& context) {
  JsonWriter json;
  write_plan(json, plan, recorded, context);
  return json.take();
}

}  // namespace rollcall::report
