#include "plan/drift_verdict.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

namespace rollcall::test::verdicts {
namespace {

using model::DriftPolicy;
using model::Verdict;
using plan::counts;
using plan::judge_object;
using plan::judge_role;
using plan::judge_setting;
using plan::Membership;
using plan::NoteCode;
using plan::ObjectLive;
using plan::ObjectRecorded;
using plan::ObjectWanted;
using plan::Ruling;
using plan::Weight;

const std::optional<Membership> kNothing;
const std::optional<Membership> kMember = Membership(model::Role::kAgent);
const std::optional<Membership> kOwner = Membership(model::Role::kAdministrator);
const std::optional<Membership> kNoRole = Membership(std::nullopt);

std::optional<Verdict> role(const std::optional<Membership>& wanted,
                            const std::optional<Membership>& recorded,
                            const std::optional<Membership>& live) {
  return judge_role(wanted, false, recorded, live);
}

std::optional<Verdict> expired(const std::optional<Membership>& recorded,
                               const std::optional<Membership>& live) {
  return judge_role(kNothing, true, recorded, live);
}

std::optional<Verdict> setting(const char* wanted, const char* recorded, const char* live) {
  const model::Value value = recorded == nullptr ? model::Value() : model::Value(recorded);
  return judge_setting(wanted, recorded == nullptr ? nullptr : &value, live);
}

std::optional<Ruling> wanted(ObjectRecorded recorded, ObjectLive live) {
  return judge_object(ObjectWanted::kYes, recorded, live);
}
std::optional<Ruling> bound(ObjectLive live) {
  return judge_object(ObjectWanted::kBound, ObjectRecorded::kNo, live);
}
std::optional<Ruling> unwanted(ObjectRecorded recorded, ObjectLive live) {
  return judge_object(ObjectWanted::kNo, recorded, live);
}

constexpr Ruling kPending{Verdict::kPending};
constexpr Ruling kGone{Verdict::kGone};
constexpr Ruling kConverged{Verdict::kConverged};

}  // namespace

// One case a row of the table of verdicts: wanted, recorded, live.

TEST_CASE("A A A: nothing to report") {
  CHECK_FALSE(role(kMember, kMember, kMember));
  CHECK_FALSE(role(kNothing, kNothing, kNothing));
  CHECK_FALSE(setting("en", "en", "en"));
  CHECK_FALSE(wanted(ObjectRecorded::kManaged, ObjectLive::kYes));
}

TEST_CASE("A A B: changed") {
  CHECK(role(kMember, kMember, kOwner) == Verdict::kChanged);
  CHECK(role(kMember, kMember, kNoRole) == Verdict::kChanged);
  CHECK(setting("en", "en", "de") == Verdict::kChanged);
}

TEST_CASE("A any -: gone") {
  CHECK(role(kMember, kMember, kNothing) == Verdict::kGone);
  CHECK(role(kOwner, kMember, kNothing) == Verdict::kGone);
  CHECK(wanted(ObjectRecorded::kManaged, ObjectLive::kNo) == kGone);
  CHECK(wanted(ObjectRecorded::kMissing, ObjectLive::kNo) == kGone);
}

TEST_CASE("A B C: conflict") {
  CHECK(role(kOwner, kMember, kNoRole) == Verdict::kConflict);
  CHECK(setting("en", "de", "fr") == Verdict::kConflict);
}

TEST_CASE("A - B: a role is in conflict, a setting that was never recorded is pending") {
  CHECK(role(kOwner, kNothing, kMember) == Verdict::kConflict);
  CHECK(setting("en", nullptr, "de") == Verdict::kPending);
}

TEST_CASE("A B A, A - A: converged") {
  CHECK(role(kOwner, kMember, kOwner) == Verdict::kConverged);
  CHECK(role(kOwner, kNothing, kOwner) == Verdict::kConverged);
  CHECK(setting("en", "de", "en") == Verdict::kConverged);
  CHECK(setting("en", nullptr, "en") == Verdict::kConverged);
}

TEST_CASE("A B B, and what is to be created: pending") {
  CHECK(role(kOwner, kMember, kMember) == Verdict::kPending);
  CHECK(role(kOwner, kNothing, kNothing) == Verdict::kPending);
  CHECK(setting("en", "de", "de") == Verdict::kPending);
  CHECK(wanted(ObjectRecorded::kNo, ObjectLive::kNo) == kPending);
}

TEST_CASE("bound by id and not recorded: pending where it exists") {
  CHECK(bound(ObjectLive::kYes) == kPending);
  CHECK(bound(ObjectLive::kNo) == Ruling{Verdict::kGone, NoteCode::kNoSuchId});
}

TEST_CASE("adopted and not recorded: pending, not read") {
  CHECK(wanted(ObjectRecorded::kNo, ObjectLive::kNotRead) == kPending);
}

TEST_CASE("wanted, released: pending where it exists, gone where it does not") {
  for (const ObjectRecorded released : {ObjectRecorded::kReleased, ObjectRecorded::kSuspended}) {
    CHECK(wanted(released, ObjectLive::kYes) == kPending);
    CHECK(wanted(released, ObjectLive::kNo) == kGone);
  }
}

TEST_CASE("wanted, missing, exists again: converged") {
  CHECK(wanted(ObjectRecorded::kMissing, ObjectLive::kYes) == Ruling{Verdict::kConverged, NoteCode::kBack});
}

TEST_CASE("nothing by a passed until: any role is expired") {
  CHECK(expired(kMember, kMember) == Verdict::kExpired);
  CHECK(expired(kMember, kOwner) == Verdict::kExpired);
  CHECK(expired(kNothing, kMember) == Verdict::kExpired);
  CHECK(expired(kNothing, kNoRole) == Verdict::kExpired);
  CHECK(expired(kMember, kNothing) == Verdict::kConverged);
  CHECK_FALSE(expired(kNothing, kNothing));
}

TEST_CASE("- A A: pending") {
  CHECK(role(kNothing, kMember, kMember) == Verdict::kPending);
  CHECK(unwanted(ObjectRecorded::kManaged, ObjectLive::kYes) == kPending);
}

TEST_CASE("- A B: conflict") {
  CHECK(role(kNothing, kMember, kOwner) == Verdict::kConflict);
}

TEST_CASE("- A -: converged") {
  CHECK(role(kNothing, kMember, kNothing) == Verdict::kConverged);
  CHECK(unwanted(ObjectRecorded::kManaged, ObjectLive::kNo) == kConverged);
  CHECK(unwanted(ObjectRecorded::kMissing, ObjectLive::kNo) == kConverged);
}

TEST_CASE("a deletion that was accepted waits as long as the object exists") {
  const Ruling waits{Verdict::kPending, NoteCode::kDeletionWaits};
  CHECK(unwanted(ObjectRecorded::kDeleting, ObjectLive::kYes) == waits);
  CHECK(unwanted(ObjectRecorded::kDeleting, ObjectLive::kNo) == kConverged);
  CHECK(wanted(ObjectRecorded::kDeleting, ObjectLive::kYes) == waits);
}

TEST_CASE("released and not wanted: nothing, and never unlisted") {
  for (const ObjectLive live : {ObjectLive::kYes, ObjectLive::kNo, ObjectLive::kNotRead}) {
    CHECK_FALSE(unwanted(ObjectRecorded::kReleased, live));
    CHECK_FALSE(unwanted(ObjectRecorded::kSuspended, live));
  }
}

TEST_CASE("- - A: unlisted, a null role included") {
  CHECK(role(kNothing, kNothing, kMember) == Verdict::kUnlisted);
  CHECK(role(kNothing, kNothing, kNoRole) == Verdict::kUnlisted);
  CHECK(unwanted(ObjectRecorded::kNo, ObjectLive::kYes) == Ruling{Verdict::kUnlisted});
  CHECK_FALSE(unwanted(ObjectRecorded::kNo, ObjectLive::kNo));
}

TEST_CASE("what was not read is never taken for gone") {
  CHECK_FALSE(wanted(ObjectRecorded::kManaged, ObjectLive::kNotRead));
  CHECK_FALSE(wanted(ObjectRecorded::kMissing, ObjectLive::kNotRead));
  CHECK(wanted(ObjectRecorded::kReleased, ObjectLive::kNotRead) == kPending);
  CHECK(unwanted(ObjectRecorded::kManaged, ObjectLive::kNotRead) == kPending);
  CHECK(bound(ObjectLive::kNotRead) == kPending);
}

TEST_CASE("by default all but converged counts") {
  for (std::size_t i = 0; i < model::verdict_words().size(); ++i) {
    const auto verdict = static_cast<Verdict>(i);
    INFO(to_string(verdict));
    CHECK(counts(verdict, Weight::kPlain, {}) == (verdict != Verdict::kConverged));
  }
}

TEST_CASE("fail_on decides what counts, but for a stale state and access that is to be taken away") {
  DriftPolicy only_gone;
  only_gone.fail_on = {Verdict::kGone};
  CHECK(counts(Verdict::kGone, Weight::kPlain, only_gone));
  for (const Verdict verdict : {Verdict::kChanged, Verdict::kConflict, Verdict::kExpired, Verdict::kUnlisted,
                                Verdict::kPending, Verdict::kConverged})
    CHECK_FALSE(counts(verdict, Weight::kPlain, only_gone));
  CHECK(counts(Verdict::kStaleState, Weight::kPlain, only_gone));
  CHECK(counts(Verdict::kPending, Weight::kEndsAccess, only_gone));
}

TEST_CASE("what is kept does not count, be it that fail_on names it") {
  CHECK_FALSE(counts(Verdict::kUnlisted, Weight::kKept, {}));
  CHECK(counts(Verdict::kStaleState, Weight::kKept, {}));
}

}  // namespace rollcall::test::verdicts
