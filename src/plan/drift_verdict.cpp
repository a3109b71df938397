#include "plan/drift_verdict.hpp"

#include <algorithm>

namespace rollcall::plan {
namespace {

std::optional<Ruling> judge_wanted(ObjectWanted wanted, ObjectRecorded recorded, ObjectLive live) {
  switch (recorded) {
    case ObjectRecorded::kNo:
      if (wanted == ObjectWanted::kBound && live == ObjectLive::kNo)
        return Ruling{Verdict::kGone, NoteCode::kNoSuchId};
      return Ruling{Verdict::kPending};
    case ObjectRecorded::kManaged:
    case ObjectRecorded::kMissing:
      if (live == ObjectLive::kNo) return Ruling{Verdict::kGone};
      if (live == ObjectLive::kYes && recorded == ObjectRecorded::kMissing)
        return Ruling{Verdict::kConverged, NoteCode::kBack};
      return std::nullopt;
    case ObjectRecorded::kReleased:
    case ObjectRecorded::kSuspended:
      return Ruling{live == ObjectLive::kNo ? Verdict::kGone : Verdict::kPending};
    case ObjectRecorded::kDeleting:
      return Ruling{Verdict::kPending, live == ObjectLive::kNo ? NoteCode::kNone : NoteCode::kDeletionWaits};
  }
  return std::nullopt;
}

std::optional<Ruling> judge_unwanted(ObjectRecorded recorded, ObjectLive live) {
  switch (recorded) {
    case ObjectRecorded::kNo:
      return live == ObjectLive::kYes ? std::optional(Ruling{Verdict::kUnlisted}) : std::nullopt;
    case ObjectRecorded::kManaged:
    case ObjectRecorded::kMissing:
      return Ruling{live == ObjectLive::kNo ? Verdict::kConverged : Verdict::kPending};
    case ObjectRecorded::kReleased:
    case ObjectRecorded::kSuspended:
      return std::nullopt;
    case ObjectRecorded::kDeleting:
      return live == ObjectLive::kNo ? Ruling{Verdict::kConverged}
                                     : Ruling{Verdict::kPending, NoteCode::kDeletionWaits};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Verdict> judge_role(const std::optional<Membership>& wanted, bool expired,
                                  const std::optional<Membership>& recorded,
                                  const std::optional<Membership>& live) {
  if (!wanted && expired && live) return Verdict::kExpired;
  return judge(wanted, recorded, live);
}

std::optional<Verdict> judge_setting(const model::Value& wanted, const model::Value* recorded,
                                     const model::Value& live) {
  if (recorded == nullptr) return wanted == live ? Verdict::kConverged : Verdict::kPending;
  return judge(std::optional(wanted), std::optional(*recorded), std::optional(live));
}

std::optional<Ruling> judge_object(ObjectWanted wanted, ObjectRecorded recorded, ObjectLive live) {
  return wanted == ObjectWanted::kNo ? judge_unwanted(recorded, live) : judge_wanted(wanted, recorded, live);
}

bool counts(Verdict verdict, Weight weight, const model::DriftPolicy& policy) {
  if (verdict == Verdict::kStaleState) return true;
  if (verdict == Verdict::kConverged || weight == Weight::kKept) return false;
  if (weight == Weight::kEndsAccess) return true;
  return std::find(policy.fail_on.begin(), policy.fail_on.end(), verdict) != policy.fail_on.end();
}

}  // namespace rollcall::plan
