#pragma once

#include <cstdint>
#include <optional>

#include "model/access.hpp"
#include "model/value.hpp"
#include "model/verdict.hpp"
#include "plan/drift.hpp"

/// The table of verdicts, as functions on values: W wanted by the roster today, R recorded, L live. Nothing
/// where the three agree, or where there is nothing to say.
namespace rollcall::plan {

/// The verdict on three facts of one kind, each nothing where there is no such thing.
template <class Value>
std::optional<Verdict> judge(const std::optional<Value>& wanted, const std::optional<Value>& recorded,
                             const std::optional<Value>& live) {
  if (wanted == recorded && recorded == live) return std::nullopt;
  if (!wanted && !recorded) return Verdict::kUnlisted;
  if (wanted == live) return Verdict::kConverged;
  if (wanted && recorded && !live) return Verdict::kGone;
  if (recorded == live) return Verdict::kPending;
  return wanted == recorded ? Verdict::kChanged : Verdict::kConflict;
}

/// A member's role; the server may hold a membership without one.
using Membership = std::optional<model::Role>;

/// `expired`: W is nothing because an `until` has passed. Then any access is what should have ended, also
/// where it was raised or never recorded.
std::optional<Verdict> judge_role(const std::optional<Membership>& wanted, bool expired,
                                  const std::optional<Membership>& recorded,
                                  const std::optional<Membership>& live);

/// A setting that was never recorded is not known to have been otherwise: it is pending, never in conflict.
std::optional<Verdict> judge_setting(const model::Value& wanted, const model::Value* recorded,
                                     const model::Value& live);

/// How the roster wants an object.
enum class ObjectWanted : std::uint8_t { kNo, kYes, kBound };

/// What the record holds of an object.
enum class ObjectRecorded : std::uint8_t {
  kNo,
  kManaged,
  kMissing,    // seen to be gone before
  kReleased,   // no longer managed
  kSuspended,  // released, and suspended by its own removal
  kDeleting,   // a deletion was sent, and has not been seen to be over
};

/// What a look at the server says of an object.
enum class ObjectLive : std::uint8_t { kNotRead, kNo, kYes };

/// A verdict with what a reader should know besides.
struct Ruling {
  Verdict verdict = Verdict::kChanged;
  NoteCode note = NoteCode::kNone;

  bool operator==(const Ruling&) const = default;
};

/// The verdict on an object as a whole. Its settings and members are judged one by one.
std::optional<Ruling> judge_object(ObjectWanted wanted, ObjectRecorded recorded, ObjectLive live);

/// What an item is about, where that decides whether it counts.
enum class Weight : std::uint8_t {
  kPlain,
  kEndsAccess,  // access that is to be taken away: counts whatever fail_on says
  kKept,        // unlisted, and the roster or the project file says `keep`: never counts
};

/// Whether an item is what exit code 2 stands for.
bool counts(Verdict verdict, Weight weight, const model::DriftPolicy& policy);

}  // namespace rollcall::plan
