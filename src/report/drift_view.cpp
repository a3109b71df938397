#include "report/drift_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/text.hpp"
#include "report/drift_rows.hpp"
#include "report/rules.hpp"
#include "report/second_look.hpp"
#include "report/view_text.hpp"
#include "report/words.hpp"

namespace rollcall::report {
namespace {

using plan::DriftItem;
using plan::SecondLook;
using plan::Verdict;

struct Look {
  SecondLook look;
  std::string_view heading;
};

constexpr std::array<Look, 8> kLooks = {
    {{SecondLook::kStaleState, "The state is old, or there are two"},
     {SecondLook::kUnlistedAdministrator, "Unlisted administrators"},
     {SecondLook::kRaisedRole, "Raised roles"},
     {SecondLook::kSignInAddress, "Changed sign-in addresses"},
     {SecondLook::kExpired, "Expired access"},
     {SecondLook::kActiveAgain, "Accounts that are active again"},
     {SecondLook::kLeaver, "Users who left the roster and still have access"},
     {SecondLook::kEndsAccess, "Access that is to be taken away"}}};

/// In the order of the last line; pending is counted apart.
constexpr std::array<std::pair<Verdict, std::string_view>, 7> kCounted = {
    {{Verdict::kStaleState, "stale state"},
     {Verdict::kChanged, "changed"},
     {Verdict::kGone, "gone"},
     {Verdict::kConflict, "conflict"},
     {Verdict::kExpired, "expired"},
     {Verdict::kUnlisted, "unlisted"},
     {Verdict::kConverged, "converged"}}};

constexpr std::string_view kWhyBroken =
    "it answers with an error for this token, "
    "because an object that the token had created was deleted and Chatwoot 4.10 keeps its permission record";
constexpr std::string_view kRepair =
    "An administrator of the server repairs it in the Rails console: "
    "`PlatformAppPermissible.find_each { |p| p.delete if p.permissible.nil? }`";

using Picked = std::vector<const DriftItem*>;

template <class Matches>
Picked pick(const std::vector<DriftItem>& items, const Matches& matches) {
  Picked picked;
  for (const DriftItem& item : items)
    if (matches(item)) picked.push_back(&item);
  return picked;
}

/// Without what the project file acknowledges, which has a section of its own.
Section group_section(const DriftGroup& group, std::string_view advice, const std::vector<DriftItem>& items,
                      const SourceFiles* files, Alike alike) {
  const Picked picked =
      pick(items, [&](const DriftItem& item) { return !item.acknowledged && belongs(item, group); });
  Section section;
  section.heading = group.heading;
  section.rule = group.rule;
  section.advice = advice;
  section.rows = drift_rows(picked, files, alike);
  section.count = picked.size();
  return section;
}

Section second_look(const std::vector<DriftItem>& items, const SourceFiles& files, Alike alike) {
  Section section;
  section.heading = kSecondLook;
  for (const Look& look : kLooks) {
    Section part;
    part.heading = look.heading;
    part.rows = drift_rows(pick(items, [&](const DriftItem& item) { return item.second_look == look.look; }),
                           &files, alike);
    if (!part.rows.empty()) section.sections.push_back(std::move(part));
  }
  return section;
}

std::string acknowledged_text(const model::Exception& entry) {
  return fmt::format("acknowledged until {}: {}", to_string(entry.until), shown_value(entry.reason));
}

/// What the project file acknowledges, by entry, with what each is for.
Section acknowledged_section(const plan::Drift& drift, const SourceFiles& files, Alike alike) {
  Section section;
  section.heading = "Acknowledged";
  section.advice = "The project file declines these for a while: they do not count.";
  std::size_t count = 0;
  for (std::size_t entry = 0; entry < drift.acknowledgements.size(); ++entry) {
    const Picked picked =
        pick(drift.items, [&](const DriftItem& item) { return item.acknowledged == entry; });
    count += picked.size();
    for (Row& row : drift_rows(picked, &files, alike)) {
      row.note += (row.note.empty() ? "" : "; ") + acknowledged_text(drift.acknowledgements[entry].entry);
      section.rows.push_back(std::move(row));
    }
  }
  section.count = count;
  return section;
}

/// Entries of `acknowledged` that decline nothing, or nothing any more.
Section idle_acknowledgements(const plan::Drift& drift, const SourceFiles& files) {
  Diagnostics found;
  for (const plan::Acknowledgement& acknowledgement : drift.acknowledgements) {
    const model::Exception& entry = acknowledgement.entry;
    if (acknowledgement.has_ended)
      found.push_back(diagnose(files, Severity::kWarning, "P012", entry.origin,
                               model::expiry_text(entry, "acknowledged"),
                               "remove it, or choose a later date"));
    else if (plan::is_idle(acknowledgement, drift))
      found.push_back(diagnose(files, Severity::kWarning, "P012", entry.origin,
                               "this entry of `acknowledged` matches nothing that counts as drift",
                               "correct its addresses, or remove it"));
  }
  Section section;
  section.heading = "Acknowledgements that decline nothing";
  section.rule = kRuleWarning;
  section.rows = diagnostic_rows(found);
  return section;
}

Section failed_reads(const std::vector<plan::ReadFailure>& failures) {
  Section section;
  section.heading = "Not read";
  section.count = failures.size();
  section.advice = "These reads failed, so the report is incomplete.";
  section.rule = kRuleNotRead;
  section.tone = Tone::kAlarm;
  for (const plan::ReadFailure& failure : failures) {
    Row row;
    row.sign = '!';
    row.subject = failure.address;
    row.text = failure.message;
    row.form = Form::kSentence;
    section.rows.push_back(std::move(row));
  }
  return section;
}

Row remark(char sign, std::string text, std::string_view advice = {}) {
  Row row;
  row.sign = sign;
  row.declined = sign == ' ';
  row.text = std::move(text);
  row.advice = advice;
  row.form = Form::kSentence;
  return row;
}

Section not_looked_at(const plan::Drift& drift) {
  Section section;
  section.heading = "Not looked at";
  section.rule = kRuleNotRead;
  if (!drift.accounts_listed)
    section.rows.push_back(remark('!',
                                  fmt::format("The server's listing of accounts is broken: {}. "
                                              "Accounts that the state does not know remain unseen.",
                                              kWhyBroken),
                                  kRepair));
  if (!drift.bots_listed)
    section.rows.push_back(remark(drift.bots_kept ? ' ' : '!',
                                  fmt::format("The server's listing of agent bots is broken: {}. "
                                              "Agent bots cannot be searched for by id, "
                                              "so those that the state does not know remain unseen{}.",
                                              kWhyBroken,
                                              drift.bots_kept ? ", which `unlisted_agent_bots: keep` allows"
                                                              : "; `unlisted_agent_bots: keep` accepts that"),
                                  kRepair));
  if (!drift.users_read) section.rows.push_back(remark(' ', "The users' own settings were not read."));
  return section;
}

/// What a reader should know of how accounts were looked for, where nothing is missing from it. Of a drift or
/// of a refresh.
template <class Report>
Section searched(const Report& report) {
  Section section;
  if (!report.accounts_searched) return section;
  section.heading = "Accounts were searched for by id";
  section.rows.push_back(
      remark(' ', fmt::format("The server's listing of accounts is broken: {}.", kWhyBroken), kRepair));
  return section;
}

/// Of a drift or of a refresh.
template <class Report>
std::string checked(const Report& report) {
  return fmt::format("{}, {} and {}", pluralize(report.accounts_checked, "account", "accounts"),
                     pluralize(report.users_checked, "user", "users"),
                     pluralize(report.grants_checked, "grant", "grants"));
}

/// Without what is acknowledged.
std::size_t count_items(const std::vector<DriftItem>& items, Verdict verdict, bool counting) {
  return static_cast<std::size_t>(std::count_if(items.begin(), items.end(), [&](const DriftItem& item) {
    return item.verdict == verdict && item.counts == counting && !item.acknowledged;
  }));
}

/// "2 changed, 1 gone" of the items that count, or do not.
std::vector<std::string> counts_of(const std::vector<DriftItem>& items, bool counting) {
  std::vector<std::string> parts;
  for (const auto& entry : kCounted)
    if (const std::size_t count = count_items(items, entry.first, counting); count != 0)
      parts.push_back(fmt::format("{} {}", with_thousands(count), entry.second));
  return parts;
}

std::string pending_text(std::size_t count) {
  return fmt::format("{} pending (merged, not applied)", with_thousands(count));
}

std::string failures_text(const std::vector<plan::ReadFailure>& failures) {
  if (failures.empty()) return {};
  return fmt::format(" {} failed.", pluralize(failures.size(), "read", "reads"));
}

std::string drift_total(const plan::Drift& drift) {
  std::vector<std::string> counting = counts_of(drift.items, true);
  std::vector<std::string> others = counts_of(drift.items, false);
  const std::size_t pending = count_items(drift.items, Verdict::kPending, true);
  const std::size_t declined = count_items(drift.items, Verdict::kPending, false);
  std::string out;
  if (!counting.empty())
    out = fmt::format("Drift: {}.{}", fmt::join(counting, ", "),
                      pending == 0 ? "" : " " + pending_text(pending) + ".");
  else if (pending != 0)
    out = fmt::format("Drift: {}.", pending_text(pending));
  else
    out = plan::is_complete(drift) ? "No drift." : "No drift in what could be read.";
  if (declined != 0) others.push_back(pending_text(declined));
  const auto acknowledged = std::count_if(drift.items.begin(), drift.items.end(), [](const DriftItem& item) {
    return item.acknowledged.has_value();
  });
  if (acknowledged != 0)
    others.push_back(fmt::format("{} acknowledged", with_thousands(static_cast<std::size_t>(acknowledged))));
  if (!others.empty()) out += fmt::format(" Also seen: {}.", fmt::join(others, ", "));
  return out + fmt::format(" Checked {}.", checked(drift)) + failures_text(drift.failures);
}

/// What became of the record; only what was read is claimed.
std::string refreshed_text(const plan::Refreshed& refreshed) {
  if (!refreshed.changes.empty())
    return fmt::format("Refreshed: {} recorded.",
                       pluralize(refreshed.changes.size(), "difference", "differences"));
  const bool nothing_read =
      refreshed.accounts_checked == 0 && refreshed.users_checked == 0 && refreshed.grants_checked == 0;
  if (!refreshed.failures.empty())
    return nothing_read ? "Nothing could be read: the record stays as it was."
                        : "Refreshed what could be read: nothing of it had to be recorded.";
  if (!refreshed.told.empty()) return "Refreshed: nothing had to be recorded.";
  return "Refreshed: the record already matches the server.";
}

/// A refresh lists bots only to read those that are recorded.
Section not_listed(const plan::Refreshed& refreshed) {
  Section section;
  section.heading = "Not listed";
  if (!refreshed.accounts_listed)
    section.rows.push_back(remark('!',
                                  fmt::format("The server's listing of accounts is broken: {}. "
                                              "The search by id did not finish: {}",
                                              kWhyBroken, refreshed.accounts_failure),
                                  kRepair));
  if (!refreshed.bots_listed)
    section.rows.push_back(remark(' ',
                                  fmt::format("The server's listing of agent bots is broken: {}. "
                                              "Each recorded agent bot was read by itself.",
                                              kWhyBroken),
                                  kRepair));
  return section;
}

}  // namespace

View drift_view(const plan::Drift& drift, const SourceFiles& files, Alike alike) {
  View view;
  view.add(second_look(drift.items, files, alike));
  for (const DriftGroup& group : drift_groups())
    view.add(group_section(group, group.advice, drift.items, &files, alike));
  view.add(acknowledged_section(drift, files, alike));
  view.add(idle_acknowledgements(drift, files));
  view.add(failed_reads(drift.failures));
  view.add(not_looked_at(drift));
  view.add(searched(drift));
  view.total = drift_total(drift);
  return view;
}

View drift_review(const plan::Drift& drift, const SourceFiles& files, const Meta& meta) {
  View view = drift_view(drift, files, Alike::kListed);
  view.title = title_text("Drift", meta);
  return view;
}

View refresh_view(const plan::Refreshed& refreshed) {
  View view;
  for (const auto* items : {&refreshed.changes, &refreshed.told})
    for (const DriftGroup& group : drift_groups()) {
      const bool is_stale = group.verdict == Verdict::kStaleState;
      view.add(group_section(group, is_stale ? group.advice : "", *items, nullptr, Alike::kEach));
    }
  view.add(failed_reads(refreshed.failures));
  view.add(not_listed(refreshed));
  view.add(searched(refreshed));
  view.total = refreshed_text(refreshed);
  if (!refreshed.told.empty())
    view.total += fmt::format(" {} not recorded.",
                              pluralize(refreshed.told.size(), "difference is", "differences are"));
  view.total += fmt::format(" Checked {}.", checked(refreshed)) + failures_text(refreshed.failures);
  return view;
}

std::string drift_text(const plan::Drift& drift, const SourceFiles& files, const Style& style) {
  return view_text(drift_view(drift, files, style.full ? Alike::kEach : Alike::kNamed), style.colour);
}

std::string refresh_text(const plan::Refreshed& refreshed, const Style& style) {
  return view_text(refresh_view(refreshed), style.colour);
}

}  // namespace rollcall::report
