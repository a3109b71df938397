#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
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
  /// What a reader does about it.
  std::string_view advice;
  std::string_view word;
};

constexpr std::array<Group, 6> kGroups = {
    {{Verdict::kChanged, '~', "Changed on the server", "`rollcall apply --refresh` sets it back.", "changed"},
     {Verdict::kGone, '-', "Gone from the server",
      "A role is granted again by `rollcall apply --refresh`; an object comes back only after `rollcall "
      "state rm`.",
      "gone"},
     {Verdict::kConflict, '!', "Conflict: roster, record and server all differ",
      "Decide which is right: put the server's value into the roster, or refresh and apply the roster's.",
      "conflict"},
     {Verdict::kUnlisted, '+', "Unlisted on the server",
      "Not in the roster and not put there by Rollcall. Add it to the roster, or leave it.", "unlisted"},
     {Verdict::kAlreadySo, '=', "Already so on the server",
      "The server has what the roster wants; `rollcall refresh` records it.", "already so"},
     {Verdict::kPending, '=', "Pending", "The roster is ahead of the server; the next apply does it.",
      "pending"}}};

/// A bare null can only be the JSON word: texts of settings are quoted.
std::string value(const DriftItem& item, const std::optional<std::string>& text) {
  if (!text) return "nothing";
  return !item.what.empty() && *text == "null" ? "absent" : printable(*text);
}

std::string subject(const DriftItem& item) {
  return printable(item.what.empty() ? item.address : item.address + " " + item.what);
}

std::string comparison(const DriftItem& item, bool with_roster) {
  // An object as a whole has no values to compare: the heading says it all.
  if (!item.wanted && !item.recorded && !item.live) return {};
  if (!with_roster)
    return fmt::format("recorded {}, live {}", value(item, item.recorded), value(item, item.live));
  return fmt::format("wanted {}, recorded {}, live {}", value(item, item.wanted), value(item, item.recorded),
                     value(item, item.live));
}

std::string item_line(const DriftItem& item, char sign, std::size_t columns, const SourceFiles* files,
                      const Paint& paint) {
  std::vector<std::string> rest;
  if (std::string text = comparison(item, files != nullptr); !text.empty()) rest.push_back(std::move(text));
  if (files != nullptr && item.origin.line != 0) rest.push_back(place(item.origin, *files));
  if (!item.note.empty()) rest.push_back(printable(item.note));
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
    if (item.verdict != group.verdict) continue;
    columns = std::max(columns, columns_of(subject(item)));
    ++count;
  }
  if (count == 0) return {};
  std::string out = paint(Ink::kBold, fmt::format("{} ({})", group.heading, grouped(count))) + "\n";
  if (!advice.empty()) out += fmt::format("  {}\n", paint(Ink::kDim, advice));
  for (const DriftItem& item : items)
    if (item.verdict == group.verdict)
      out += item_line(item, group.sign, std::min(columns, kWidestSubject), files, paint);
  return out + "\n";
}

std::string unread(const plan::Drift& drift, const Paint& paint) {
  std::string out;
  if (!drift.failures.empty()) {
    out += paint(Ink::kRed, fmt::format("Not read ({})", grouped(drift.failures.size()))) + "\n";
    out += "  These reads failed, so the report is not complete.\n";
    for (const plan::ReadFailure& failure : drift.failures)
      out += fmt::format("  {} {}: {}\n", paint.sign('!'), printable(failure.address),
                         printable(failure.message));
    out += "\n";
  }
  std::string unseen;
  if (!drift.accounts_listed)
    unseen +=
        "  The server's listing of accounts is broken, so accounts that nobody recorded are not seen.\n";
  if (!drift.users_read) unseen += "  People's own settings were not read.\n";
  return unseen.empty() ? out : out + paint(Ink::kBold, "Not looked at") + "\n" + unseen + "\n";
}

std::string checked(const plan::Drift& drift) {
  return fmt::format("{}, {} and {}", count_of(drift.accounts_checked, "account", "accounts"),
                     count_of(drift.users_checked, "person", "people"),
                     count_of(drift.grants_checked, "grant", "grants"));
}

/// "2 changed, 1 gone" of the items that count (or do not).
std::string counts_text(const std::vector<DriftItem>& items, bool counting) {
  std::vector<std::string> parts;
  for (const Group& group : kGroups) {
    const auto count = std::count_if(items.begin(), items.end(), [&](const DriftItem& item) {
      return item.verdict == group.verdict && item.counts == counting;
    });
    if (count != 0)
      parts.push_back(fmt::format("{} {}", grouped(static_cast<std::size_t>(count)), group.word));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string failures_text(const plan::Drift& drift) {
  if (drift.failures.empty()) return {};
  return fmt::format(" {} failed.", count_of(drift.failures.size(), "read", "reads"));
}

}  // namespace

std::string drift_text(const plan::Drift& drift, const SourceFiles& files, const Style& style) {
  const Paint paint(style.colour);
  std::string out;
  for (const Group& group : kGroups) out += group_text(group, group.advice, drift.items, &files, paint);
  out += unread(drift, paint);
  const std::string counting = counts_text(drift.items, true);
  const std::string others = counts_text(drift.items, false);
  if (!counting.empty())
    out += fmt::format("Drift: {}.", counting);
  else
    out += drift.failures.empty() ? "No drift." : "No drift in what could be read.";
  if (!others.empty()) out += fmt::format(" Also seen: {}.", others);
  out += fmt::format(" Checked {}.", checked(drift));
  return out + failures_text(drift) + "\n";
}

std::string refresh_text(const plan::Drift& seen, const Style& style) {
  const Paint paint(style.colour);
  std::string out;
  for (const Group& group : kGroups) out += group_text(group, "", seen.items, nullptr, paint);
  out += unread(seen, paint);
  if (seen.items.empty())
    out += fmt::format("Refreshed: the record already says what the server says. Checked {}.", checked(seen));
  else
    out += fmt::format("Refreshed: {} taken into the record. Checked {}.",
                       count_of(seen.items.size(), "difference", "differences"), checked(seen));
  return out + failures_text(seen) + "\n";
}

}  // namespace rollcall::report
