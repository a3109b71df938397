#pragma once

#include <cstddef>
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
#include "model/verdict.hpp"

namespace rollcall::plan {

using Verdict = model::Verdict;

/// One side of a comparison: a setting's value; the role of a membership (nothing in it: the server may hold
/// one without a role); an object's name or a user's address.
using Fact = std::variant<model::Value, std::optional<model::Role>, std::string>;

enum class NoteCode : std::uint8_t {
  kNone,
  kFirstMissed,   // `since`: when it was first seen to be gone
  kBack,          // it was marked missing, and is there again
  kNoSuchId,      // the roster binds an id that the server does not have
  kNotAdopted,    // the address exists on the server, and the roster does not adopt it
  kAddressStays,  // an apply does not change an address back
  kAddressKept,   // a refresh keeps the address that the roster knows
  kActiveAgain,   // it was suspended when it left the roster
  kDeletionWaits,
  kMembershipLeft,  // a user who left the roster and is deleted once no membership is left
  kInterrupted,     // what became of an action of an earlier run is unknown
  kNeverLooked,     // the same of the creation of a user whom the roster does not have, so no apply asks
  kOldState,        // created with this state's own marker, and not in the state
  kOtherState,      // the marker of another state
  kEnded,           // `ended`: the last day of the access
  kUserOfRoster,    // a member here by no rule, but a user of the roster
  // Why a member is reported by the id:
  kNotRead,
  kNotPermitted,
  kNoSuchUser,
  kReadFailed,  // `failure` says how
};

/// What a reader should know of an item besides. Reports turn it into words.
struct Note {
  NoteCode code = NoteCode::kNone;
  std::optional<Time> since = std::nullopt;
  std::string failure = {};
  std::optional<Date> ended = std::nullopt;

  bool operator==(const Note&) const = default;
};

/// Why an item stands at the top of the report, in the order of its parts there.
enum class SecondLook : std::uint8_t {
  kNone,
  kStaleState,
  kUnlistedAdministrator,
  kRaisedRole,
  kSignInAddress,
  kExpired,
  kActiveAgain,
  kLeaver,      // a user who left the roster still has access
  kEndsAccess,  // other access that is to be taken away
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
  /// False: the server was not asked, so `live` is unknown rather than nothing.
  bool live_read = true;
  /// Where the roster says so; line 0 where it does not.
  Origin origin;
  /// Whether this item is what exit code 2 stands for.
  bool counts = false;
  Note note;
  SecondLook second_look = SecondLook::kNone;
  /// Which of the drift's acknowledgements declines it.
  std::optional<std::size_t> acknowledged = std::nullopt;

  bool operator==(const DriftItem&) const = default;
};

/// A read that failed, so that the report is not complete.
struct ReadFailure {
  std::string address;
  std::string message;

  bool operator==(const ReadFailure&) const = default;
};

/// An entry of `acknowledged` in the project file, and what it does in a drift.
struct Acknowledgement {
  model::Exception entry;
  /// Its last day has passed, so it declines nothing.
  bool has_ended = false;
  /// Items at its addresses that would count without it.
  std::size_t findings = 0;

  bool operator==(const Acknowledgement&) const = default;
};

struct Drift {
  /// Sorted by address, then setting.
  std::vector<DriftItem> items;
  /// In the order of the project file.
  std::vector<Acknowledgement> acknowledgements;
  std::vector<ReadFailure> failures;
  /// False: the listing is broken and no search replaced it, so unlisted accounts are unseen.
  bool accounts_listed = true;
  /// The listing is broken, and a search by id has replaced it.
  bool accounts_searched = false;
  /// False: the listing is broken, so unlisted bots are unseen.
  bool bots_listed = true;
  /// `unlisted_agent_bots: keep`: that they are unseen is meant.
  bool bots_kept = false;
  /// False: users' own settings were left unread.
  bool users_read = true;
  std::size_t accounts_checked = 0;
  std::size_t users_checked = 0;
  std::size_t grants_checked = 0;

  bool operator==(const Drift&) const = default;
};

/// Whether everything was read but what was declined in writing. Where it is not, no drift is not the same as
/// none seen.
bool is_complete(const Drift& drift);

/// Whether the acknowledgement holds and matches nothing, as far as everything that it names was looked at.
bool is_idle(const Acknowledgement& acknowledgement, const Drift& drift);

/// What an earlier run began and no response has settled.
struct OpenAction {
  std::string address;
  /// With a create that leaves a marker.
  std::string nonce;
  /// The server has accepted the deletion, and was not seen to carry it out.
  bool deletes = false;
  /// The creation of a user, which only an apply that creates the user looks up.
  std::optional<model::UserRef> created_user = std::nullopt;
};

/// What a comparison needs besides the three estates.
struct DriftContext {
  model::DriftPolicy policy;
  /// The state's own, which its markers carry.
  std::string lineage;
  std::vector<OpenAction> open;
  /// In UTC: the day on which acknowledgements hold or have ended.
  Date today{};
};

/// The three-way comparison. Settings that are not managed are not compared; a failed read is never taken for
/// gone.
Drift find_drift(const model::DesiredEstate& desired, const model::RecordedEstate& recorded,
                 const model::LiveEstate& live, const model::Directory& directory,
                 const DriftContext& context);

/// What shows that the state is old, or that there are two: of the items of a drift, those with such a
/// verdict.
std::vector<DriftItem> stale_items(Drift drift);

}  // namespace rollcall::plan
