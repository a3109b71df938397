#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "model/desired.hpp"
#include "model/live.hpp"
#include "model/recorded.hpp"

namespace rollcall::plan {

/// W wanted, R recorded, L live.
enum class Verdict : std::uint8_t {
  kChanged,    // R != L, W = R: changed on the server
  kGone,       // recorded, not live: gone from the server
  kUnlisted,   // live only: unlisted on the server
  kAlreadySo,  // W = L != R: already so on the server
  kPending,    // W != R = L: the next apply does it
  kConflict,   // all three differ
};

/// changed, gone, unlisted, already_so, pending, conflict: the words of the JSON document.
std::string_view to_string(Verdict verdict);

/// One side of a comparison: a setting's value; the role of a membership (nothing in it: the server may hold
/// one without a role); an object's name or a person's address.
using Fact = std::variant<model::Value, std::optional<model::Role>, std::string>;

enum class NoteCode : std::uint8_t {
  kNone,
  kFirstMissed,   // `since`: when it was first seen to be gone
  kBack,          // it was marked missing, and is there again
  kAddressStays,  // an apply does not change an address back
  kAddressKept,   // a refresh keeps the address that the roster knows
  // Why a member is told by the id:
  kNobodyRead,
  kNotPermitted,
  kNoSuchPerson,
  kReadFailed,  // `failure` says how
};

/// What a reader should know of an item besides. Reports turn it into words.
struct Note {
  NoteCode code = NoteCode::kNone;
  std::optional<Time> since = std::nullopt;
  std::string failure = {};

  bool operator==(const Note&) const = default;
};

/// One place where the three do not agree.
struct DriftItem {
  Verdict verdict = Verdict::kChanged;
  /// grants.KEY/#ID for a member whose address the token cannot read.
  std::string address;
  /// The setting, "role" for a grant, empty for the object as a whole.
  std::string what;
  /// Nothing where there is no such thing.
  std::optional<Fact> wanted;
  std::optional<Fact> recorded;
  std::optional<Fact> live;
  /// Where the roster says so; line 0 where it does not.
  Origin origin;
  /// Whether this item is what exit code 2 stands for.
  bool counts = false;
  Note note;

  bool operator==(const DriftItem&) const = default;
};

/// A read that failed, so that the report is not complete.
struct ReadFailure {
  std::string address;
  std::string message;

  bool operator==(const ReadFailure&) const = default;
};

struct Drift {
  /// Sorted by address, then setting.
  std::vector<DriftItem> items;
  std::vector<ReadFailure> failures;
  /// False: the listing is broken, so unlisted accounts are unseen.
  bool accounts_listed = true;
  /// False: the listing is broken, so unlisted bots are unseen.
  bool bots_listed = true;
  /// False: people's own settings were left unread.
  bool users_read = true;
  std::size_t accounts_checked = 0;
  std::size_t users_checked = 0;
  std::size_t grants_checked = 0;

  bool operator==(const Drift&) const = default;
};

/// The three-way comparison. Settings that nobody manages are not compared; a failed read is never taken for
/// gone.
Drift find_drift(const model::DesiredEstate& desired, const model::RecordedEstate& recorded,
                 const model::LiveEstate& live, const model::Directory& directory);

/// What `refresh` did to the record, a line each for the report.
struct Refreshed {
  model::RecordedEstate recorded;
  /// In the same words as drift: changed, gone, unlisted; sorted likewise.
  std::vector<DriftItem> changes;
  /// What differs and stays as it is in the record, such as an address that somebody changed by hand.
  std::vector<DriftItem> told;
  /// What could not be read, so that the record of it stays as it was. Sorted by address.
  std::vector<ReadFailure> failures;
  /// False: the listing is broken, so each recorded account was asked for.
  bool accounts_listed = true;
  /// What the server told of, be it that there is no such thing.
  std::size_t accounts_checked = 0;
  std::size_t users_checked = 0;
  std::size_t grants_checked = 0;
};

/// Takes what the server says into the record. Never forgets an object: what the server does not have is
/// marked missing with the time `now`. A managed grant that is gone leaves the record. Failed reads leave
/// things as they are.
Refreshed refresh(const model::RecordedEstate& recorded, const model::LiveEstate& live,
                  const model::Directory& directory, Time now);

}  // namespace rollcall::plan
