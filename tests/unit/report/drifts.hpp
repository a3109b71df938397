#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "plan/drift.hpp"
#include "report/report.hpp"

/// Drifts put together by hand.
namespace drifts {

using namespace rollcall;
using plan::Drift;
using plan::DriftItem;
using plan::Verdict;

struct Estate {
  SourceFiles files;
  Drift drift;
};

using Side = std::optional<plan::Fact>;

inline Side value(model::Value value) {
  return plan::Fact(std::move(value));
}
inline Side role(std::optional<model::Role> role) {
  return plan::Fact(role);
}
inline Side text(std::string text) {
  return plan::Fact(std::move(text));
}
inline const Side kAgent = role(model::Role::kAgent);
inline const Side kAdmin = role(model::Role::kAdministrator);

inline DriftItem item(Verdict verdict, std::string address, std::string what, Side wanted, Side recorded,
                      Side live, std::uint32_t line, bool counts) {
  DriftItem one;
  one.verdict = verdict;
  one.address = std::move(address);
  one.what = std::move(what);
  one.wanted = std::move(wanted);
  one.recorded = std::move(recorded);
  one.live = std::move(live);
  one.origin = {0, line, 1};
  one.counts = counts;
  return one;
}

/// Nothing differs in what was looked at.
inline Estate checked() {
  Estate estate;
  estate.files.add("roster/a.yaml", "");
  estate.drift.accounts_checked = 3;
  estate.drift.users_checked = 12;
  estate.drift.grants_checked = 31;
  return estate;
}

/// Each verdict once at least.
inline Estate drifted() {
  Estate estate = checked();
  estate.drift.items = {
      item(Verdict::kChanged, "accounts.hq", "name", value("HQ"), value("HQ"), value("Evil \x1b[31m"), 4,
           true),
      item(Verdict::kGone, "accounts.lab", "", text("Lab"), text("Lab"), {}, 9, true),
      item(Verdict::kUnlisted, "grants.hq/#17", "role", {}, {}, kAgent, 0, false),
      item(Verdict::kConflict, "grants.hq/ana@example.com", "role", kAdmin, kAgent, {}, 40, true),
      item(Verdict::kPending, "grants.hq/kim@example.com", "role", kAgent, {}, {}, 44, false),
      item(Verdict::kChanged, "accounts.hq", "custom_attributes.old", value(model::Value()),
           value(model::Value()), value(true), 4, true),
      item(Verdict::kChanged, "grants.hq/lee@example.com", "role", kAgent, kAgent, kAdmin, 44, true),
      item(Verdict::kConverged, "users.joe@example.com", "name", value("Joe"), value("Joseph"), value("Joe"),
           21, false),
      item(Verdict::kUnlisted, "accounts.#99", "", {}, {}, {}, 0, true)};
  estate.drift.items[2].note = {plan::NoteCode::kNotPermitted};
  estate.drift.items[6].second_look = plan::SecondLook::kRaisedRole;
  DriftItem expired =
      item(Verdict::kExpired, "grants.hq/max@example.com", "role", {}, kAgent, kAgent, 48, true);
  expired.second_look = plan::SecondLook::kExpired;
  expired.note = {plan::NoteCode::kEnded, std::nullopt, {}, parse_date("2026-01-31")};
  DriftItem stale = item(Verdict::kStaleState, "accounts.web", "", text("Web"), {}, text("Web"), 11, true);
  stale.second_look = plan::SecondLook::kStaleState;
  stale.note = {plan::NoteCode::kOldState};
  DriftItem adopted = item(Verdict::kPending, "users.zoe@example.com", "", text("Zoe"), {}, {}, 22, true);
  adopted.live_read = false;
  for (const DriftItem& more : {expired, stale, adopted}) estate.drift.items.push_back(more);
  return estate;
}

}  // namespace drifts
