#include "report/drift_rows.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "report/drift_words.hpp"
#include "report/rules.hpp"
#include "report/words.hpp"

namespace rollcall::report {
namespace {

using plan::DriftItem;
using plan::Verdict;

constexpr std::array<DriftGroup, 11> kGroups = {
    {{Verdict::kStaleState, '!', kRuleStaleState, "Created by Rollcall, but missing from this state",
      "The state is old, or there are two. Restore the newer state before anything else is applied."},
     {Verdict::kChanged, '~', kRuleChanged, "Changed on the server",
      "`rollcall apply --refresh` changes it back."},
     {Verdict::kChanged, '~', kRuleChanged, "Sign-in address changed on the server", "",
      DriftGroup::Part::kAddresses},
     {Verdict::kGone, '-', kRuleGone, "Gone from the server",
      "A role is granted again by `rollcall apply --refresh`, "
      "an object is created again by `rollcall apply --refresh --recreate PATTERN`."},
     {Verdict::kConflict, '!', kRuleConflict, "Conflict: roster, recorded state and server all differ",
      "Decide which is right: put the server's value into the roster, or refresh and apply the roster's."},
     {Verdict::kConflict, '!', kRuleConflict,
      "Conflict over a sign-in address: roster, recorded state and server all differ", "",
      DriftGroup::Part::kAddresses},
     {Verdict::kExpired, '-', kRuleExpired, "Access that has expired",
      "`rollcall apply --refresh` takes it away."},
     {Verdict::kUnlisted, '+', kRuleUnlisted, "Unlisted on the server",
      "Neither in the roster nor put there by Rollcall. "
      "Add it to the roster, or say that it is meant to be there: `unlisted_members`, `unlisted_accounts`, "
      "`unlisted_agent_bots`. `rollcall apply --refresh` removes a member under `unlisted_members: revoke`."},
     {Verdict::kPending, '=', kRulePending, "Pending",
      "Merged, not applied: the next `rollcall apply` does it, deletions only with --allow-deletes."},
     {Verdict::kPending, '=', kRulePending, "Waiting", "", DriftGroup::Part::kWaiting},
     {Verdict::kConverged,
      '=',
      {},
      "Converged",
      "The server is as the roster wants; `rollcall apply --refresh` records it."}}};

DriftGroup::Part part_of(const DriftItem& item) {
  if (item.what == "email" && (item.verdict == Verdict::kChanged || item.verdict == Verdict::kConflict))
    return DriftGroup::Part::kAddresses;
  if (item.verdict != Verdict::kPending) return DriftGroup::Part::kRest;
  switch (item.note.code) {
    case plan::NoteCode::kDeletionWaits:
    case plan::NoteCode::kMembershipLeft:
    case plan::NoteCode::kNeverLooked:
      return DriftGroup::Part::kWaiting;
    default:
      return DriftGroup::Part::kRest;
  }
}

std::string value(const plan::Fact& fact) {
  const auto* setting = std::get_if<model::Value>(&fact);
  return setting != nullptr ? shown(*setting) : fact_text(fact);
}

std::string live_value(const DriftItem& item) {
  if (!item.live_read) return "not read";
  return item.live ? value(*item.live) : "nothing";
}

/// What was to be expected, and what the server has. Wanted and recorded are both shown only where they
/// differ.
Change change_of(const DriftItem& item) {
  const std::string live = live_value(item);
  if (item.wanted == item.recorded && item.wanted) {
    if (item.live_read && item.wanted == item.live) return {{}, live};
    return {value(*item.wanted), live + " (live)"};
  }
  std::vector<std::string> sides;
  if (item.wanted) sides.push_back("wanted " + value(*item.wanted));
  if (item.recorded) sides.push_back("recorded " + value(*item.recorded));
  if (item.live || !item.live_read || item.recorded) sides.push_back("live " + live);
  return {{}, fmt::format("{}", fmt::join(sides, ", "))};
}

char sign_for(Verdict verdict) {
  return std::find_if(kGroups.begin(), kGroups.end(),
                      [&](const DriftGroup& group) { return group.verdict == verdict; })
      ->sign;
}

/// Where the roster says so; nowhere without `files`.
std::vector<Source> places_of(const DriftItem& item, const SourceFiles* files) {
  if (files == nullptr || item.origin.line == 0) return {};
  return {{files->name(item.origin.file), item.origin.line, {}, {}}};
}

Row row_of(const DriftItem& item, const SourceFiles* files) {
  Row row;
  row.sign = sign_for(item.verdict);
  row.subject = item.address;
  row.aspect = item.what;
  if (item.wanted || item.recorded || item.live) row.change = change_of(item);
  row.sources = places_of(item, files);
  row.note = note_text(item.note);
  row.declined = !item.counts;
  return row;
}

std::string_view kind_of(const DriftItem& item) {
  return std::string_view(item.address).substr(0, item.address.find('.'));
}

/// Who has access is told one by one, and every address is another one.
bool can_be_merged(const DriftItem& item) {
  return !item.what.empty() && item.what != "role" && item.what != "email";
}

std::string objects_text(std::string_view kind, std::size_t count) {
  if (kind == "accounts") return pluralize(count, "account", "accounts");
  if (kind == "users") return pluralize(count, "user", "users");
  return pluralize(count, "agent bot", "agent bots");
}

/// Whether they stand in one place.
bool have_one_place(const std::vector<const DriftItem*>& items) {
  return std::all_of(items.begin(), items.end(), [&](const DriftItem* item) {
    const Origin &here = item->origin, &there = items.front()->origin;
    return here.file == there.file && here.line == there.line;
  });
}

/// Items that differ in nothing but their addresses and places, as one row.
Row merged_row(const std::vector<const DriftItem*>& items, const SourceFiles* files, Alike alike) {
  Row row = row_of(*items.front(), files);
  if (items.size() == 1) return row;
  row.subject = objects_text(kind_of(*items.front()), items.size());
  if (!have_one_place(items)) row.sources.clear();
  row.folded = items.size();
  std::vector<std::string> addresses;
  for (const DriftItem* item : items) {
    addresses.push_back(item->address);
    if (alike != Alike::kListed) continue;
    Row& one = row.rows.emplace_back();
    one.subject = item->address;
    if (row.sources.empty()) one.sources = places_of(*item, files);
  }
  if (alike == Alike::kNamed) row.text = first_and_more(std::move(addresses));
  return row;
}

/// What a reader sees of an item besides its address and its place.
std::string looks_of(const DriftItem& item) {
  const Change change = change_of(item);
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}", to_string(item.verdict), kind_of(item), item.what,
                     change.before.value_or(""), change.after.value_or(""), note_text(item.note),
                     item.counts);
}

/// Values that look alike may differ where they are too long to be shown.
bool has_same_sides(const DriftItem& a, const DriftItem& b) {
  return a.wanted == b.wanted && a.recorded == b.recorded && a.live == b.live;
}

}  // namespace

std::span<const DriftGroup> drift_groups() {
  return kGroups;
}

bool belongs(const DriftItem& item, const DriftGroup& group) {
  return item.verdict == group.verdict && part_of(item) == group.part;
}

std::vector<Row> drift_rows(const std::vector<const DriftItem*>& items, const SourceFiles* files,
                            Alike alike) {
  std::vector<std::vector<const DriftItem*>> groups;
  std::map<std::string, std::vector<std::size_t>> known;
  for (const DriftItem* item : items) {
    if (alike == Alike::kEach || !can_be_merged(*item)) {
      groups.push_back({item});
      continue;
    }
    std::vector<std::size_t>& similar = known[looks_of(*item)];
    const auto same = std::find_if(similar.begin(), similar.end(), [&](std::size_t group) {
      return has_same_sides(*groups[group].front(), *item);
    });
    if (same != similar.end()) {
      groups[*same].push_back(item);
      continue;
    }
    similar.push_back(groups.size());
    groups.push_back({item});
  }
  std::vector<Row> rows;
  for (const auto& group : groups) rows.push_back(merged_row(group, files, alike));
  return rows;
}

}  // namespace rollcall::report
