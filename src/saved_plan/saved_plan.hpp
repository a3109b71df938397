#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/source.hpp"
#include "model/directory.hpp"
#include "model/recorded.hpp"
#include "plan/plan.hpp"

/// A plan in a file: reviewed, shown again, and applied later. A file can be forged, so an apply of one makes
/// its own plan and holds the two against each other.
namespace rollcall::saved_plan {

constexpr std::string_view kFormat = "rollcall-saved-plan";
constexpr std::int64_t kVersion = 1;
/// Bytes of a file.
constexpr std::size_t kLimit = std::size_t{512} << 20U;

/// The state that a plan was made from.
struct FromState {
  /// As messages name it.
  std::string name;
  /// Nothing where there was none yet.
  std::optional<std::string> lineage;
  std::optional<std::int64_t> serial;
  /// SHA-256 of its bytes; nothing where there was none yet.
  std::optional<std::string> sha256;

  bool operator==(const FromState&) const = default;
};

/// How it was asked for. An apply takes the first three over; what loosens a guardrail it has to be given
/// again, for a file must not permit itself anything.
struct Options {
  std::vector<std::string> only;
  bool only_expired = false;
  bool refresh = false;
  bool allow_deletes = false;
  /// As it is written on the command line; nothing where it was not given.
  std::optional<std::string> max_removals;

  bool operator==(const Options&) const = default;
};

struct SavedPlan {
  /// Of the program that made it.
  std::string tool_version;
  /// The day (UTC) for which it was made.
  Date date;
  /// The server's identity; nothing where none was known.
  std::optional<std::string> server;
  FromState state;
  /// SHA-256 of the roster's files, as `roster_digest` makes it.
  std::string roster_sha256;
  Options options;
  plan::Plan plan;
  /// What a report of the plan says of the record: see `excerpt`.
  model::RecordedEstate recorded;
};

/// Of the texts of a roster's files, in their order.
std::string roster_digest(const std::vector<std::string_view>& texts);

/// The part of the record that reports of the plan show: the names of what it touches, the members of
/// accounts that it closes or releases, the grants of users whose address changes.
model::RecordedEstate excerpt(const plan::Plan& plan, const model::RecordedEstate& recorded);

/// SHA-256 of what the plan does, to which server and which lineage of states, and of everything that a
/// report says of it, as 64 digits. The day, the serial of the state and the options are not in it: what was
/// reviewed on a branch and what is found on main are equal where they do the same for the same reasons.
std::string digest_of(const SavedPlan& saved, const model::Directory& directory, const SourceFiles& files);

/// The file's bytes, with the digest that `digest_of` gives. Deterministic.
std::string encode(const SavedPlan& saved, std::string_view digest, const model::Directory& directory,
                   const SourceFiles& files);

/// Whether a file that starts so may be a saved plan.
bool looks_like_saved_plan(std::string_view start);

/// A saved plan as it was read, with its digest.
struct ReadPlan {
  SavedPlan saved;
  std::string digest;
};

/// Reads what `encode` wrote, adding keys to `directory` and the names of the roster's files to `files`.
/// `name` is the file as messages show it. Refuses a newer version, another format, anything that is not
/// whole and consistent, and a plan whose digest is not the one that the file names.
Expected<ReadPlan> decode(std::string_view bytes, const std::string& name, model::Directory& directory,
                          SourceFiles& files);

/// Whether `found`, what is left to do after an apply of `saved` that was interrupted or failed in part, is
/// all in it: an error that names what is not. Blocked actions are never run, so they may differ.
Expected<void> require_rest(const plan::Plan& saved, const plan::Plan& found,
                            const model::Directory& directory);

}  // namespace rollcall::saved_plan
