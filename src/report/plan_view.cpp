#include "report/plan_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "report/access_rows.hpp"
#include "report/object_rows.hpp"
#include "report/report.hpp"
#include "report/view_text.hpp"
#include "report/words.hpp"

namespace rollcall::report {
namespace {

using plan::ActionIndex;
using plan::Verb;

// Rows of one list of the second look.
constexpr std::size_t kLookRows = 20;

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

/// What the plan does to each kind of object that it touches.
std::vector<Breakdown> breakdown(const plan::Plan& plan) {
  constexpr std::size_t kBlocked = 9;
  constexpr std::array<std::string_view, 10> kVerbs = {"to create",  "to update", "to bind",  "to release",
                                                       "to suspend", "to delete", "to grant", "to change",
                                                       "to revoke",  "blocked"};
  constexpr std::array<std::string_view, 4> kHeadings = {"Accounts", "People", "Agent bots", "Access"};
  std::array<std::array<std::size_t, kVerbs.size()>, kHeadings.size()> counts{};
  for (const plan::Action& action : plan.actions)
    ++counts.at(action.object.index()).at(action.blocked ? kBlocked : static_cast<std::size_t>(action.verb));
  std::vector<Breakdown> kinds;
  for (std::size_t kind = 0; kind < kHeadings.size(); ++kind) {
    Breakdown counted{std::string(kHeadings.at(kind)), {}};
    for (std::size_t verb = 0; verb < kVerbs.size(); ++verb)
      if (counts.at(kind).at(verb) != 0)
        counted.counts.push_back({counts.at(kind).at(verb), std::string(kVerbs.at(verb))});
    if (!counted.counts.empty()) kinds.push_back(std::move(counted));
  }
  return kinds;
}

std::vector<Row> object_rows(const plan::Plan& plan, const std::vector<ActionIndex>& actions,
                             const Context& context) {
  std::vector<Row> rows;
  for (const ActionIndex index : actions) {
    const plan::Action& action = plan.actions[index];
    if (std::holds_alternative<plan::GrantAction>(action.object)) continue;
    Row row;
    row.form = Form::kSentence;
    row.sign = sign_of(action);
    row.subject = plan::address_of(action, context.directory);
    row.text = verb_text(action);
    if (action.blocked) row.note = kBlockedNote;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<Row> warning_rows(const Diagnostics& warnings) {
  std::vector<Row> rows;
  for (const Diagnostic& warning : warnings) {
    Row row;
    row.form = Form::kSentence;
    row.sign = '!';
    if (!warning.file.empty()) {
      row.subject = warning.file + (warning.line == 0 ? "" : fmt::format(":{}", warning.line));
      row.sources = {{warning.file, warning.line, {}, {}}};
      row.sources_told = true;
    }
    row.text = warning.message;
    row.rule = warning.rule;
    row.advice = warning.hint;
    rows.push_back(std::move(row));
  }
  return rows;
}

/// The guardrails' refusals, each with the actions that it names.
Section refusals(const plan::Plan& plan, const Context& context) {
  Section section;
  section.heading = "Refused by guardrails: nothing of this plan will be applied";
  section.tone = Tone::kAlarm;
  for (const plan::Violation& violation : plan.violations) {
    Row row;
    row.form = Form::kSentence;
    row.sign = '!';
    row.text = violation_text(violation, context);
    row.rows = object_rows(plan, violation.actions, context);
    for (Row& grant : rows_by_person(plan, violation.actions, context)) row.rows.push_back(std::move(grant));
    section.rows.push_back(std::move(row));
  }
  return section;
}

/// Cut to what a reader takes in.
Section list(std::string_view heading, std::vector<Row> rows, bool full) {
  Section section;
  section.heading = heading;
  if (!full && rows.size() > kLookRows) {
    section.hidden = rows.size() - kLookRows;
    rows.resize(kLookRows);
  }
  section.rows = std::move(rows);
  return section;
}

Section second_look(const plan::Plan& plan, const Context& context, bool full) {
  Section look;
  look.heading = kSecondLook;
  const auto add = [&](Section section) {
    if (!section.empty()) look.sections.push_back(std::move(section));
  };
  add(refusals(plan, context));
  add(list("New administrators", rows_by_person(plan, select(plan, &makes_administrator), context), full));
  add(list("Access taken away", rows_by_person(plan, select(plan, &takes_access), context), full));
  add(list("Suspended or deleted", object_rows(plan, select(plan, &closes_object), context), full));
  add(list("Warnings", warning_rows(plan.warnings), full));
  return look;
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

View plan_view(const plan::Plan& plan, const model::RecordedEstate& recorded, const Context& context,
               bool full) {
  View view;
  const auto add = [&](Section section) {
    if (!section.empty()) view.sections.push_back(std::move(section));
  };
  add(second_look(plan, context, full));
  if (plan.empty()) {
    view.total = nothing_to_do(plan);
    return view;
  }
  view.breakdown = breakdown(plan);
  for (Section& section : object_sections(plan, recorded, context, full)) add(std::move(section));
  add(access_section(plan, context, full));
  view.total =
      fmt::format("Plan: {}.", totals_text(plan::count(plan))) + left_out_text(plan) + unread_text(plan);
  return view;
}

std::string plan_text(const plan::Plan& plan, const model::RecordedEstate& recorded, const Context& context,
                      const Style& style) {
  return view_text(plan_view(plan, recorded, context, style.full), style.colour);
}

}  // namespace rollcall::report
