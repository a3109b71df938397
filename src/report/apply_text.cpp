#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/text.hpp"
#include "report/apply_words.hpp"
#include "report/paint.hpp"
#include "report/report.hpp"
#include "report/words.hpp"

namespace rollcall::report {
namespace {

using plan::ActionResult;
using plan::Outcome;

// Lines of things that were left undone for one cause; the JSON document has them all.
constexpr std::size_t kUndoneLines = 20;
constexpr std::size_t kNamedAlike = 5;

constexpr std::array<std::string_view, 10> kDone = {"created", "updated", "bound",   "released", "suspended",
                                                    "deleted", "granted", "changed", "revoked",  "adopted"};
constexpr std::size_t kAdopted = 9;
constexpr std::array<std::string_view, 9> kTold = {"create", "update", "bind",   "release", "suspend",
                                                   "delete", "grant",  "change", "revoke"};

std::size_t done_index(const plan::Action& action, const ActionResult& result) {
  return found_existing(action, result) ? kAdopted : static_cast<std::size_t>(action.verb);
}

std::string_view done_word(const plan::Action& action, const ActionResult& result) {
  return found_existing(action, result) ? "adopted" : kDone.at(static_cast<std::size_t>(action.verb));
}

/// "grant grants.hq/kim@example.com (agent)".
std::string told(const plan::Plan& plan, plan::ActionIndex index, const Context& context) {
  const plan::Action& action = plan.actions[index];
  return fmt::format("{} {}", kTold.at(static_cast<std::size_t>(action.verb)), subject(action, context));
}

std::string indented(const std::string& text, std::string_view indent) {
  std::string out;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    if (end > start)
      out += fmt::format("{}{}\n", indent, printable(std::string_view(text).substr(start, end - start)));
    start = end + 1;
  }
  return out;
}

std::vector<const ActionResult*> with(const plan::ApplyResult& result, Outcome outcome) {
  std::vector<const ActionResult*> found;
  for (const ActionResult& one : result.results)
    if (one.outcome == outcome) found.push_back(&one);
  return found;
}

std::string heading(std::string_view words, std::size_t count, const Paint& paint, Color ink = Color::kBold) {
  return paint(ink, fmt::format("{}: {}", words, with_thousands(count))) + "\n";
}

/// The error without what names the object, so that equal failures are seen to be equal.
std::string nameless(std::string text, const std::vector<std::string>& names) {
  for (const std::string& name : names)
    for (std::size_t at = name.empty() ? std::string::npos : text.find(name); at != std::string::npos;
         at = text.find(name, at))
      text.replace(at, name.size(), "\n");
  return text;
}

/// Those that failed alike, in the order of the first of each.
std::vector<std::vector<const ActionResult*>> by_error(const plan::Plan& plan,
                                                       const std::vector<const ActionResult*>& results,
                                                       const Context& context) {
  std::vector<std::vector<const ActionResult*>> groups;
  std::map<std::pair<std::string, std::string>, std::size_t> places;
  for (const ActionResult* one : results) {
    const std::string address = plan::address_of(plan.actions[one->action], context.directory);
    const std::vector<std::string> names = {address, address.substr(address.find('.') + 1),
                                            address.substr(address.find('/') + 1)};
    const auto [at, added] = places.try_emplace(
        {nameless(one->error.message, names), nameless(one->error.hint, names)}, groups.size());
    if (added) groups.emplace_back();
    groups[at->second].push_back(one);
  }
  return groups;
}

/// Each error once, with what the server said and what to do; never cut, because each needs attention. Of the
/// actions that failed alike the first few are named; the JSON document has them all.
std::string with_errors(std::string_view words, const plan::Plan& plan,
                        const std::vector<const ActionResult*>& results, const Context& context,
                        const Paint& paint) {
  if (results.empty()) return {};
  std::string out = heading(words, results.size(), paint, Color::kRed);
  for (const std::vector<const ActionResult*>& alike : by_error(plan, results, context)) {
    const std::size_t named = std::min(alike.size(), kNamedAlike);
    for (std::size_t i = 0; i < named; ++i)
      out += fmt::format("  {} {}\n", paint.sign('!'), told(plan, alike[i]->action, context));
    if (named < alike.size()) out += fmt::format("    and {} more\n", with_thousands(alike.size() - named));
    const Error& error = alike.front()->error;
    out += indented(error.message, "      ") + indented(error.hint, "      ");
  }
  return out + "\n";
}

std::string skips(const plan::Plan& plan, const plan::ApplyResult& result, const Context& context,
                  const Style& style, const Paint& paint) {
  const std::vector<const ActionResult*> skipped = with(result, Outcome::kSkipped);
  if (skipped.empty()) return {};
  std::string out = heading("Skipped", skipped.size(), paint);
  const std::size_t lines = style.full ? skipped.size() : std::min(skipped.size(), kUndoneLines);
  for (std::size_t i = 0; i < lines; ++i)
    out += fmt::format("  {}: {}\n", told(plan, skipped[i]->action, context),
                       skip_text(plan, result, *skipped[i], context));
  if (lines < skipped.size()) out += fmt::format("  and {} more\n", with_thousands(skipped.size() - lines));
  return out + "\n";
}

std::string undone(std::string_view words, const plan::Plan& plan,
                   const std::vector<const ActionResult*>& results, const Context& context,
                   const Style& style, const Paint& paint) {
  if (results.empty()) return {};
  std::string out = heading(words, results.size(), paint);
  const std::size_t lines = style.full ? results.size() : std::min(results.size(), kUndoneLines);
  for (std::size_t i = 0; i < lines; ++i)
    out += fmt::format("  {}\n", told(plan, results[i]->action, context));
  if (lines < results.size()) out += fmt::format("  and {} more\n", with_thousands(results.size() - lines));
  return out + "\n";
}

/// "  Access      3 granted, 1 changed": what came about, by kind of object.
std::string successes(const plan::Plan& plan, const plan::ApplyResult& result, const Paint& paint) {
  const auto headings = object_headings();
  std::array<std::array<std::size_t, kDone.size()>, kObjectKinds> counts{};
  std::size_t already = 0;
  bool any = false;
  for (const ActionResult& one : result.results) {
    if (!plan::is_success(one.outcome) && !one.id) continue;
    const plan::Action& action = plan.actions[one.action];
    ++counts.at(action.object.index()).at(done_index(action, one));
    already += one.outcome == Outcome::kUnchanged ? 1 : 0;
    any = true;
  }
  if (!any) return {};
  std::string out = paint(Color::kBold, "Done") + "\n";
  for (std::size_t kind = 0; kind < headings.size(); ++kind) {
    std::vector<std::string> parts;
    for (std::size_t verb = 0; verb < kDone.size(); ++verb)
      if (counts.at(kind).at(verb) != 0)
        parts.push_back(fmt::format("{} {}", with_thousands(counts.at(kind).at(verb)), kDone.at(verb)));
    if (!parts.empty()) out += fmt::format("  {:<10}  {}\n", headings.at(kind), fmt::join(parts, ", "));
  }
  if (already != 0)
    out += fmt::format("  {} of these {} already on the server as wanted, so nothing was sent\n",
                       with_thousands(already), already == 1 ? "was" : "were");
  return out + "\n";
}

std::string ending(const plan::ApplyResult& result, const Paint& paint) {
  std::string out;
  if (!result.notes.empty()) {
    out += paint(Color::kBold, "Notes") + "\n";
    for (const std::string& note : result.notes) out += indented(note, "  ");
    out += "\n";
  }
  if (result.stop == plan::Stop::kSignal) out += "Stopped by a signal. The next apply goes on from here.\n\n";
  if (result.fatal)
    out += "Stopped by an error before the end. What was done is listed above and not done again.\n\n";
  const bool whole = std::none_of(result.results.begin(), result.results.end(), [](const ActionResult& one) {
    return one.outcome == Outcome::kFailed || one.outcome == Outcome::kUnknown;
  });
  if (result.stop == plan::Stop::kFinished && !whole)
    out += "Deal with what is listed above, then apply again: nothing is done twice.\n\n";
  return out;
}

/// "Applied: 3 created, 1 updated, 2 removed; 1 failed, 2 skipped."
std::string last_line(const plan::Plan& plan, const plan::ApplyResult& result) {
  const ApplyTotals totals = count(plan, result);
  std::string out = fmt::format("Applied: {} created, {} updated, {} removed", with_thousands(totals.created),
                                with_thousands(totals.updated), with_thousands(totals.removed));
  if (totals.adopted != 0) out += fmt::format(", {} adopted", with_thousands(totals.adopted));
  if (totals.released != 0) out += fmt::format(", {} released", with_thousands(totals.released));
  std::vector<std::string> rest;
  const auto add = [&](std::size_t count, std::string_view word) {
    if (count != 0) rest.push_back(fmt::format("{} {}", with_thousands(count), word));
  };
  add(totals.failed, "failed");
  add(totals.unknown, "unknown");
  add(totals.skipped, "skipped");
  add(totals.blocked, "blocked");
  add(totals.not_started, "not started");
  if (!rest.empty()) out += fmt::format("; {}", fmt::join(rest, ", "));
  return out + ".\n";
}

}  // namespace

std::string subject(const plan::Action& action, const Context& context) {
  const std::string address = printable(plan::address_of(action, context.directory));
  const auto* grant = std::get_if<plan::GrantAction>(&action.object);
  return grant == nullptr ? address : fmt::format("{} ({})", address, role_text(*grant));
}

bool found_existing(const plan::Action& action, const ActionResult& result) {
  return action.verb == plan::Verb::kCreate && plan::is_success(result.outcome) &&
         result.provenance == model::Provenance::kAdopted;
}

std::string skip_text(const plan::Plan& plan, const plan::ApplyResult& result, const ActionResult& skipped,
                      const Context& context) {
  if (!skipped.because_of) return "an action that it depends on was not done";
  const std::string needed =
      printable(plan::address_of(plan.actions[*skipped.because_of], context.directory));
  switch (result.results[*skipped.because_of].outcome) {
    case Outcome::kFailed:
      return fmt::format("it depends on {}, which failed", needed);
    case Outcome::kUnknown:
      return fmt::format("it depends on {}, and it is unknown whether that was done", needed);
    case Outcome::kSkipped:
      return fmt::format("it depends on {}, which was skipped", needed);
    case Outcome::kBlocked:
      return fmt::format("it depends on {}, which is blocked", needed);
    case Outcome::kNotStarted:
      return fmt::format("it depends on {}, which was not started", needed);
    default:
      return fmt::format("it depends on {}, and at its turn it was unknown whether that was done", needed);
  }
}

ApplyTotals count(const plan::Plan& plan, const plan::ApplyResult& result) {
  ApplyTotals totals;
  for (const ActionResult& one : result.results) {
    if (!plan::is_success(one.outcome) && one.id) ++totals.created;
    switch (one.outcome) {
      case Outcome::kFailed:
        ++totals.failed;
        break;
      case Outcome::kUnknown:
        ++totals.unknown;
        break;
      case Outcome::kSkipped:
        ++totals.skipped;
        break;
      case Outcome::kBlocked:
        ++totals.blocked;
        break;
      case Outcome::kNotStarted:
        ++totals.not_started;
        break;
      case Outcome::kUnchanged:
        ++totals.unchanged;
        [[fallthrough]];
      case Outcome::kDone:
        switch (plan.actions[one.action].verb) {
          case plan::Verb::kCreate:
          case plan::Verb::kGrant:
            ++(found_existing(plan.actions[one.action], one) ? totals.adopted : totals.created);
            break;
          case plan::Verb::kUpdate:
          case plan::Verb::kBind:
          case plan::Verb::kChangeRole:
            ++totals.updated;
            break;
          case plan::Verb::kRelease:
            ++totals.released;
            break;
          case plan::Verb::kSuspend:
          case plan::Verb::kDelete:
          case plan::Verb::kRevoke:
            ++totals.removed;
            break;
        }
        break;
    }
  }
  return totals;
}

std::string action_line(const plan::Plan& plan, const ActionResult& result, std::size_t finished,
                        std::size_t total, const Context& context, const Style& style) {
  const Paint paint(style.colour);
  const plan::Action& action = plan.actions[result.action];
  const std::string what = told(plan, result.action, context);
  std::string words;
  switch (result.outcome) {
    case Outcome::kDone:
      words = fmt::format("{} {}", done_word(action, result), subject(action, context));
      if (result.id) words += fmt::format(" (id {})", *result.id);
      break;
    case Outcome::kUnchanged:
      words = fmt::format("unchanged: {}", subject(action, context));
      break;
    case Outcome::kFailed:
      words = paint(Color::kRed, "failed") + ": " + what;
      break;
    case Outcome::kUnknown:
      words = paint(Color::kRed, "unknown") + ": " + what;
      break;
    case Outcome::kSkipped:
      words = "skipped: " + what;
      if (result.because_of)
        words += ", it depends on " +
                 printable(plan::address_of(plan.actions[*result.because_of], context.directory));
      break;
    case Outcome::kBlocked:
      words = fmt::format("blocked: {}, run with --allow-deletes", what);
      break;
    case Outcome::kNotStarted:
      words = "not started: " + what;
      break;
  }
  if (!result.error.message.empty()) words += ": " + printable(result.error.message);
  return fmt::format("[{}/{}] {}\n", with_thousands(finished), with_thousands(total), words);
}

std::string apply_text(const plan::Plan& plan, const plan::ApplyResult& result, std::string_view saved,
                       const Context& context, const Style& style) {
  const Paint paint(style.colour);
  std::string out = successes(plan, result, paint);
  out += with_errors("Failed", plan, with(result, Outcome::kFailed), context, paint);
  out +=
      with_errors("Unknown (sent, but not confirmed)", plan, with(result, Outcome::kUnknown), context, paint);
  out += skips(plan, result, context, style, paint);
  out += undone("Not started", plan, with(result, Outcome::kNotStarted), context, style, paint);
  std::vector<const ActionResult*> deletions, refused;
  for (const ActionResult* one : with(result, Outcome::kBlocked))
    (plan.actions[one->action].verb == plan::Verb::kDelete ? deletions : refused).push_back(one);
  out += undone("Blocked (--allow-deletes runs them)", plan, deletions, context, style, paint);
  out += undone("Refused by the guardrails", plan, refused, context, style, paint);
  out += ending(result, paint);
  if (!saved.empty()) out += printable(saved) + "\n";
  return out + last_line(plan, result);
}

}  // namespace rollcall::report
