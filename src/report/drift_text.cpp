#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "report/drift_words.hpp"
#include "report/paint.hpp"
#include "report/report.hpp"
#include "report/words.hpp"

namespace rollcall::report {
namespace {

using plan::DriftItem;
using plan::Verdict;

constexpr std::size_t kWidestSubject = 60;

struct Group {
  Verdict verdict;
  char sign;
  std::string_view heading;
  /// What a reader does about it; empty where each item says it.
  std::string_view advice;
  /// Addresses of people: what is done about all else does not help with them.
  bool addresses = false;
};

constexpr std::array<Group, 10> kGroups = {
    {{Verdict::kChanged, '~', "Changed on the server", "`rollcall apply --refresh` sets it back."},
     {Verdict::kChanged, '~', "E-mail address changed on the server", "", true},
     {Verdict::kGone, '-', "Gone from the server",
      "A role is granted again by `rollcall apply --refresh`; an object comes back only after `rollcall "
      "state rm`."},
     {Verdict::kConflict, '!', "Conflict: roster, record and server all differ",
      "Decide which is right: put the server's value into the roster, or refresh and apply the roster's."},
     {Verdict::kConflict, '!', "Conflict over an e-mail address: roster, record and server all differ", "",
      true},
     {Verdict::kUnlisted, '+', "Unlisted on the server",
      "Not in the roster and not put there by Rollcall. Add it to the roster, or leave it; a member under "
      "`unlisted_members: revoke` is removed by `rollcall apply --refresh`."},
     {Verdict::kExpired, '-', "Access that has expired",
      "`rollcall apply --only-lapsed` takes it away after a refresh; `rollcall apply --refresh` does, too."},
     {Verdict::kStaleState, '!', "Created by Rollcall, but missing from this state",
      "The state is old, or there are two. Bring the newer state back before anything else."},
     {Verdict::kConverged, '=', "Converged",
      "The server is as the roster wants; `rollcall apply --refresh` records it."},
     {Verdict::kPending, '=', "Pending",
      "The roster is ahead of the server; the next apply does it, deletions only with --allow-deletes."}}};

constexpr std::array<std::pair<Verdict, std::string_view>, 8> kVerdicts = {
    {{Verdict::kChanged, "changed"},
     {Verdict::kGone, "gone"},
     {Verdict::kConflict, "conflict"},
     {Verdict::kExpired, "expired"},
     {Verdict::kUnlisted, "unlisted"},
     {Verdict::kStaleState, "stale state"},
     {Verdict::kConverged, "converged"},
     {Verdict::kPending, "pending"}}};

bool belongs(const DriftItem& item, const Group& group) {
  const bool has_group_of_its_own =
      item.what == "email" && (item.verdict == Verdict::kChanged || item.verdict == Verdict::kConflict);
  return item.verdict == group.verdict && group.addresses == has_group_of_its_own;
}

std::string value(const std::optional<plan::Fact>& fact) {
  if (!fact) return "nothing";
  const auto* setting = std::get_if<model::Value>(&*fact);
  return setting != nullptr ? shown(*setting) : printable(fact_text(*fact));
}

std::string subject(const DriftItem& item) {
  return printable(item.what.empty() ? item.address : item.address + " " + item.what);
}

std::string comparison(const DriftItem& item, bool with_roster) {
  // An object as a whole has no values to compare: the heading says it all.
  if (!item.wanted && !item.recorded && !item.live) return {};
  const std::string live = item.live_read ? value(item.live) : "not read";
  if (!with_roster) return fmt::format("recorded {}, live {}", value(item.recorded), live);
  return fmt::format("wanted {}, recorded {}, live {}", value(item.wanted), value(item.recorded), live);
}

std::string item_line(const DriftItem& item, char sign, std::size_t columns, const SourceFiles* files,
                      const Paint& paint) {
  std::vector<std::string> rest;
  if (std::string text = comparison(item, files != nullptr); !text.empty()) rest.push_back(std::move(text));
  if (files != nullptr && item.origin.line != 0) rest.push_back(place(item.origin, *files));
  if (std::string note = note_text(item.note); !note.empty()) rest.push_back(printable(note));
  const std::string name = subject(item);
  if (rest.empty()) return fmt::format("  {} {}\n", paint.sign(sign), name);
  return fmt::format("  {} {}  {}\n", paint.sign(sign), padded(name, columns), fmt::join(rest, ", "));
}

/// The items of one verdict under its heading; `files` only where the roster was part of the comparison.
std::string group_text(const Group& group, std::string_view advice, const std::vector<DriftItem>& items,
                       const SourceFiles* files, const Paint& paint) {
  std::size_t columns = 0;
  std::size_t count = 0;
  for (const DriftItem& item : items) {
    if (!belongs(item, group)) continue;
    columns = std::max(columns, columns_of(subject(item)));
    ++count;
  }
  if (count == 0) return {};
  std::string out = paint(Ink::kBold, fmt::format("{} ({})", group.heading, grouped(count))) + "\n";
  if (!advice.empty()) out += fmt::format("  {}\n", paint(Ink::kDim, advice));
  for (const DriftItem& item : items)
    if (belongs(item, group))
      out += item_line(item, group.sign, std::min(columns, kWidestSubject), files, paint);
  return out + "\n";
}

std::string failed_reads(const std::vector<plan::ReadFailure>& failures, const Paint& paint) {
  if (failures.empty()) return {};
  std::string out = paint(Ink::kRed, fmt::format("Not read ({})", grouped(failures.size()))) + "\n";
  out += "  These reads failed, so the report is not complete.\n";
  for (const plan::ReadFailure& failure : failures)
    out +=
        fmt::format("  {} {}: {}\n", paint.sign('!'), printable(failure.address), printable(failure.message));
  return out + "\n";
}

std::string not_looked_at(const plan::Drift& drift, const Paint& paint) {
  std::string unseen;
  if (!drift.accounts_listed)
    unseen +=
        "  The server's listing of accounts is broken, so accounts that nobody recorded are not seen.\n";
  if (!drift.bots_listed)
    unseen +=
        "  The server's listing of agent bots is broken, so agent bots that nobody recorded are not seen.\n";
  if (!drift.users_read) unseen += "  People's own settings were not read.\n";
  return unseen.empty() ? unseen : paint(Ink::kBold, "Not looked at") + "\n" + unseen + "\n";
}

/// Of a drift or of a refresh.
template <class Report>
std::string checked(const Report& report) {
  return fmt::format("{}, {} and {}", count_of(report.accounts_checked, "account", "accounts"),
                     count_of(report.users_checked, "person", "people"),
                     count_of(report.grants_checked, "grant", "grants"));
}

/// "2 changed, 1 gone" of the items that count (or do not).
std::string counts_text(const std::vector<DriftItem>& items, bool counting) {
  std::vector<std::string> parts;
  for (const auto& entry : kVerdicts) {
    const auto count = std::count_if(items.begin(), items.end(), [&](const DriftItem& item) {
      return item.verdict == entry.first && item.counts == counting;
    });
    if (count != 0)
      parts.push_back(fmt::format("{} {}", grouped(static_cast<std::size_t>(count)), entry.second));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string failures_text(const std::vector<plan::ReadFailure>& failures) {
  if (failures.empty()) return {};
  return fmt::format(" {} failed.", count_of(failures.size(), "read", "reads"));
}

/// What became of the record; only what was read is claimed.
std::string refreshed_text(const plan::Refreshed& refreshed) {
  if (!refreshed.changes.empty())
    return fmt::format("Refreshed: {} taken into the record.",
                       count_of(refreshed.changes.size(), "difference", "differences"));
  const bool nothing_read =
      refreshed.accounts_checked == 0 && refreshed.users_checked == 0 && refreshed.grants_checked == 0;
  if (!refreshed.failures.empty())
    return nothing_read ? "Nothing could be read: the record stays as it was."
                        : "Refreshed what could be read: nothing of it had to be taken into the record.";
  if (!refreshed.told.empty()) return "Refreshed: nothing had to be taken into the record.";
  return "Refreshed: the record already says what the server says.";
}

}  // namespace

std::string drift_text(const plan::Drift& drift, const SourceFiles& files, const Style& style) {
  const Paint paint(style.colour);
  std::string out;
  for (const Group& group : kGroups) out += group_text(group, group.advice, drift.items, &files, paint);
  out += failed_reads(drift.failures, paint) + not_looked_at(drift, paint);
  const std::string counting = counts_text(drift.items, true);
  const std::string others = counts_text(drift.items, false);
  if (!counting.empty())
    out += fmt::format("Drift: {}.", counting);
  else
    out += drift.failures.empty() ? "No drift." : "No drift in what could be read.";
  if (!others.empty()) out += fmt::format(" Also seen: {}.", others);
  out += fmt::format(" Checked {}.", checked(drift));
  return out + failures_text(drift.failures) + "\n";
}

std::string refresh_text(const plan::Refreshed& refreshed, const Style& style) {
  const Paint paint(style.colour);
  std::string out;
  for (const Group& group : kGroups) out += group_text(group, "", refreshed.changes, nullptr, paint);
  for (const Group& group : kGroups) out += group_text(group, "", refreshed.told, nullptr, paint);
  out += failed_reads(refreshed.failures, paint);
  out += refreshed_text(refreshed);
  if (!refreshed.told.empty())
    out += fmt::format(" {} not taken.", count_of(refreshed.told.size(), "difference is", "differences are"));
  out += fmt::format(" Checked {}.", checked(refreshed));
  return out + failures_text(refreshed.failures) + "\n";
}

}  // namespace rollcall::report
