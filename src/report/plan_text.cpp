#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "report/access_text.hpp"
#include "report/fold.hpp"
#include "report/objects_text.hpp"
#include "report/paint.hpp"
#include "report/report.hpp"
#include "report/words.hpp"

namespace rollcall::report {
namespace {

using plan::ActionIndex;
using plan::Verb;

// Lines of one list of the second look; --full shows the rest.
constexpr std::size_t kLookLines = 20;

std::vector<ActionIndex> select(const plan::Plan& plan, bool (*wanted)(const plan::Action&)) {
  std::vector<ActionIndex> actions;
  for (ActionIndex i = 0; i < plan.actions.size(); ++i)
    if (wanted(plan.actions[i])) actions.push_back(i);
  return actions;
}

bool makes_administrator(const plan::Action& action) {
  const auto* grant = std::get_if<plan::GrantAction>(&action.object);
  return grant != nullptr && grant->after == model::Role::kAdministrator &&
         grant->before != model::Role::kAdministrator;
}

bool takes_access(const plan::Action& action) {
  return std::holds_alternative<plan::GrantAction>(action.object) && plan::takes_away(action);
}

bool closes_object(const plan::Action& action) {
  return plan::suspends(action) || action.verb == Verb::kDelete;
}

/// "Accounts    1 to create, 2 to update": a line for each kind of object that the plan touches.
std::string breakdown(const plan::Plan& plan) {
  struct Counted {
    std::string_view heading;
    std::array<std::size_t, 10> verbs{};
  };
  constexpr std::size_t kBlocked = 9;
  constexpr std::array<std::string_view, 10> kVerbs = {"to create",  "to update", "to bind",  "to release",
                                                       "to suspend", "to delete", "to grant", "to change",
                                                       "to revoke",  "blocked"};
  std::array<Counted, 4> kinds = {{{"Accounts", {}}, {"People", {}}, {"Agent bots", {}}, {"Access", {}}}};
  for (const plan::Action& action : plan.actions)
    ++kinds.at(action.object.index())
          .verbs.at(action.blocked ? kBlocked : static_cast<std::size_t>(action.verb));
  std::string out;
  for (const Counted& kind : kinds) {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < kVerbs.size(); ++i)
      if (kind.verbs.at(i) != 0)
        parts.push_back(fmt::format("{} {}", grouped(kind.verbs.at(i)), kVerbs.at(i)));
    if (!parts.empty()) out += fmt::format("  {:<10}  {}\n", kind.heading, fmt::join(parts, ", "));
  }
  return out;
}

/// Lines under a heading, cut to what a reader takes in.
std::string listed(std::string_view heading, const std::vector<std::string>& lines, const Style& style) {
  if (lines.empty()) return {};
  std::string out = fmt::format("  {}\n", heading);
  const std::size_t shown_lines = style.full ? lines.size() : std::min(lines.size(), kLookLines);
  for (std::size_t i = 0; i < shown_lines; ++i) out += "    " + lines[i] + "\n";
  if (shown_lines < lines.size())
    out += fmt::format("    and {} more (--full lists them)\n", grouped(lines.size() - shown_lines));
  return out;
}

std::vector<std::string> people_lines(const plan::Plan& plan, const std::vector<ActionIndex>& actions,
                                      const Context& context, const Paint& paint) {
  std::vector<std::string> lines;
  for (const Bundle& bundle : by_person(plan, actions, context.directory)) {
    const plan::Action& action = plan.actions[bundle.actions.front()];
    const auto& grant = std::get<plan::GrantAction>(action.object);
    lines.push_back(fmt::format("{} {}: {} in {}", paint.sign(sign_of(action)),
                                printable(context.directory.key(grant.user)), role_text(grant),
                                accounts_text(plan, bundle, context)));
  }
  return lines;
}

std::string object_line(const plan::Action& action, const Context& context, const Paint& paint) {
  return fmt::format("{} {}: {}{}", paint.sign(sign_of(action)),
                     printable(plan::address_of(action, context.directory)), verb_text(action),
                     action.blocked ? "; blocked: run with --allow-deletes" : "");
}

std::vector<std::string> object_lines(const plan::Plan& plan, const std::vector<ActionIndex>& actions,
                                      const Context& context, const Paint& paint) {
  std::vector<std::string> lines;
  for (const ActionIndex action : actions)
    if (!std::holds_alternative<plan::GrantAction>(plan.actions[action].object))
      lines.push_back(object_line(plan.actions[action], context, paint));
  return lines;
}

std::vector<std::string> warning_lines(const Diagnostics& warnings, const Paint& paint) {
  std::vector<std::string> lines;
  for (const Diagnostic& warning : warnings) {
    std::string at;
    if (!warning.file.empty())
      at = printable(warning.file) + (warning.line == 0 ? "" : fmt::format(":{}", warning.line)) + ": ";
    const std::string rule = warning.rule.empty() ? "" : fmt::format(" [{}]", warning.rule);
    lines.push_back(paint.sign('!') + " " + at + printable(warning.message) + rule);
    if (!warning.hint.empty()) lines.back() += "\n      " + printable(warning.hint);
  }
  return lines;
}

/// The guardrails' refusals, each with the actions that it names; empty where none refuses.
std::string violations_text(const plan::Plan& plan, const Context& context, const Style& style) {
  if (plan.violations.empty()) return {};
  const Paint paint(style.colour);
  std::string out =
      "  " + paint(Ink::kRed, "Refused by guardrails: nothing of this plan will be applied") + "\n";
  for (const plan::Violation& violation : plan.violations) {
    out += fmt::format("    {} {}\n", paint.sign('!'), printable(violation_text(violation, context)));
    for (const std::string& line : object_lines(plan, violation.actions, context, paint))
      out += "        " + line + "\n";
    for (const std::string& line : people_lines(plan, violation.actions, context, paint))
      out += "        " + line + "\n";
  }
  return out;
}

std::string second_look(const plan::Plan& plan, const Context& context, const Style& style) {
  const Paint paint(style.colour);
  const std::string refused = violations_text(plan, context, style);
  std::string out = refused;
  out += listed("New administrators", people_lines(plan, select(plan, &makes_administrator), context, paint),
                style);
  out += listed("Access taken away", people_lines(plan, select(plan, &takes_access), context, paint), style);
  out +=
      listed("Suspended or deleted", object_lines(plan, select(plan, &closes_object), context, paint), style);
  out += listed("Warnings", warning_lines(plan.warnings, paint), style);
  if (out.empty()) return {};
  return paint(Ink::kBold, "Worth a second look") + "\n" + out + "\n";
}

std::string left_out_text(const plan::Plan& plan) {
  if (plan.left_out == 0) return {};
  return fmt::format(" {} left out.", count_of(plan.left_out, "other change is", "other changes are"));
}

std::string unread_text(const plan::Plan& plan) {
  if (plan.unread == 0) return {};
  return fmt::format(" {} of the server failed, so more may be to do.",
                     count_of(plan.unread, "read", "reads"));
}

/// The last line of an empty plan: that all is well only where it is known to be.
std::string nothing_to_do(const plan::Plan& plan) {
  std::string out;
  if (plan.left_out != 0)
    out = "No changes within the selection.";
  else if (plan.missing != 0)
    out = fmt::format("No changes can be planned: {} gone from the server.",
                      count_of(plan.missing, "object is", "objects are"));
  else if (plan.unread != 0)
    out = "No changes in what could be read.";
  else
    out = "No changes. The recorded state matches the roster.";
  return out + left_out_text(plan) + unread_text(plan);
}

}  // namespace

std::string plan_text(const plan::Plan& plan, const model::RecordedEstate& recorded, const Context& context,
                      const Style& style) {
  const Paint paint(style.colour);
  const std::string look = second_look(plan, context, style);
  if (plan.empty()) return look + nothing_to_do(plan) + "\n";
  std::string out = paint(Ink::kBold, "Changes") + "\n" + breakdown(plan) + "\n" + look;
  out += objects_text(plan, recorded, context, style);
  out += access_text(plan, context, style);
  out += fmt::format("Plan: {}.", totals_text(plan::count(plan)));
  return out + left_out_text(plan) + unread_text(plan) + "\n";
}

}  // namespace rollcall::report
