#include "report/plan_view.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "report/access_by_user.hpp"
#include "report/access_rows.hpp"
#include "report/object_rows.hpp"
#include "report/report.hpp"
#include "report/second_look.hpp"
#include "report/view_text.hpp"
#include "report/words.hpp"

namespace rollcall::report {
namespace {

/// What the plan does to each kind of object that it touches.
std::vector<Breakdown> breakdown(const plan::Plan& plan) {
  constexpr std::size_t kBlocked = 9;
  constexpr std::array<std::string_view, 10> kVerbs = {"to create",  "to update", "to bind",  "to release",
                                                       "to suspend", "to delete", "to grant", "to change",
                                                       "to revoke",  "blocked"};
  const auto headings = object_headings();
  std::array<std::array<std::size_t, kVerbs.size()>, kObjectKinds> counts{};
  for (const plan::Action& action : plan.actions)
    ++counts.at(action.object.index()).at(action.blocked ? kBlocked : static_cast<std::size_t>(action.verb));
  std::vector<Breakdown> kinds;
  for (std::size_t kind = 0; kind < headings.size(); ++kind) {
    Breakdown counted{std::string(headings.at(kind)), {}};
    for (std::size_t verb = 0; verb < kVerbs.size(); ++verb)
      if (counts.at(kind).at(verb) != 0)
        counted.counts.push_back({counts.at(kind).at(verb), std::string(kVerbs.at(verb))});
    if (!counted.counts.empty()) kinds.push_back(std::move(counted));
  }
  return kinds;
}

std::string left_out_text(const plan::Plan& plan) {
  if (plan.left_out == 0) return {};
  return fmt::format(" {} left out.", pluralize(plan.left_out, "other change is", "other changes are"));
}

std::string unread_text(const plan::Plan& plan) {
  if (plan.unread == 0) return {};
  return fmt::format(" {} of the server failed, so there may be more to do.",
                     pluralize(plan.unread, "read", "reads"));
}

std::string unmanaged_text(const plan::Plan& plan) {
  if (plan.unmanaged.empty()) return {};
  return fmt::format(" {} no longer managed.",
                     pluralize(plan.unmanaged.size(), "setting is", "settings are"));
}

std::string changed_addresses_text(const plan::Plan& plan) {
  if (plan.changed_addresses.empty()) return {};
  return fmt::format(
      " {} changed on the server.",
      pluralize(plan.changed_addresses.size(), "sign-in address was", "sign-in addresses were"));
}

/// What stands after the total.
std::string rest_text(const plan::Plan& plan) {
  return unmanaged_text(plan) + changed_addresses_text(plan) + left_out_text(plan) + unread_text(plan);
}

/// "2 objects are gone from the server, 1 object is about to be deleted there".
std::string missing_text(const plan::Plan& plan) {
  const auto gone = static_cast<std::size_t>(
      std::count_if(plan.missing.begin(), plan.missing.end(),
                    [](const plan::MissingObject& object) { return object.since.has_value(); }));
  std::vector<std::string> parts;
  if (gone != 0) parts.push_back(pluralize(gone, "object is", "objects are") + " gone from the server");
  if (gone != plan.missing.size())
    parts.push_back(pluralize(plan.missing.size() - gone, "object is", "objects are") +
                    " about to be deleted there");
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// The last line of an empty plan: that all is well only where it is known to be.
std::string nothing_to_do(const plan::Plan& plan) {
  std::string out;
  if (plan.left_out != 0)
    out = "No changes within the selection.";
  else if (!plan.missing.empty())
    out = fmt::format("No changes can be planned: {}.", missing_text(plan));
  else if (plan.unread != 0)
    out = "No changes in what could be read.";
  else if (plan.unresolved != 0)
    out = fmt::format(
        "No changes as far as is known: the outcome of {} is unknown, and the next apply looks it up.",
        pluralize(plan.unresolved, "action of an earlier run", "actions of earlier runs"));
  else if (plan.may_have_sent_more)
    out =
        "No changes as far as is known: an earlier run may have sent more than is recorded, "
        "and the next apply looks.";
  else if (!plan.unmanaged.empty() || !plan.changed_addresses.empty())
    out = "No changes.";
  else
    out = "No changes. The recorded state matches the roster.";
  return out + rest_text(plan);
}

/// What there is, before it is told one by one.
View front_of(const plan::Plan& plan) {
  View view;
  view.total = plan.empty() ? nothing_to_do(plan)
                            : fmt::format("Plan: {}.", totals_text(plan::count(plan))) + rest_text(plan);
  view.breakdown = breakdown(plan);
  return view;
}

}  // namespace

View plan_view(const plan::Plan& plan, const model::RecordedEstate& recorded, const Context& context,
               bool full) {
  View view = front_of(plan);
  view.title = title_text("Plan", context.meta);
  view.add(second_look(plan, recorded, context, full));
  for (Section& section : object_sections(plan, recorded, context, full)) view.add(std::move(section));
  view.add(access_section(plan, context, full));
  return view;
}

View plan_review(const plan::Plan& plan, const model::RecordedEstate& recorded, const Context& context,
                 bool full) {
  View view = front_of(plan);
  view.title = title_text("Plan", context.meta);
  view.add(second_look(plan, recorded, context, true));
  view.add(access_by_user(plan, recorded, context, full));
  for (Section& section : object_sections(plan, recorded, context, full)) view.add(std::move(section));
  return view;
}

std::string plan_text(const plan::Plan& plan, const model::RecordedEstate& recorded, const Context& context,
                      const Style& style) {
  return view_text(plan_view(plan, recorded, context, style.full), style.colour);
}

}  // namespace rollcall::report
