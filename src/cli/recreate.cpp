#include "cli/recreate.hpp"

#include <fmt/format.h>

#include "model/address.hpp"
#include "model/kinds.hpp"
#include "model/live.hpp"

namespace rollcall::cli {
namespace {

/// The part of the record that is to be created again, for a look at the server.
model::RecordedEstate only_missing(const model::RecordedEstate& recorded, const plan::MissingRefs& missing) {
  model::RecordedEstate part;
  model::each_kind([&]<class Kind>(Kind) {
    for (const auto ref : missing.of<Kind>()) part.of<Kind>().push_back(*model::find(recorded, ref));
  });
  return part;
}

Expected<void> require_gone(const std::string& address, model::Sight sight, const std::string& failure) {
  switch (sight) {
    case model::Sight::kMissing:
      return {};
    case model::Sight::kSeen:
      return fail(fmt::format("{} is on the server, so it is not created again.", address),
                  "Run `rollcall refresh`: it records that.");
    case model::Sight::kNotPermitted:
      return fail(fmt::format("The server does not let this token read {}, so it may still exist.", address),
                  "Give the token's platform app access to it in the super-admin console, "
                  "then run `rollcall refresh`.");
    default:
      return fail(fmt::format("It is unknown whether {} is gone from the server: {}", address, failure),
                  "Run the command again.");
  }
}

}  // namespace

Expected<plan::MissingRefs> confirm_missing(Session& session, const Connection& connection,
                                            const model::RecordedEstate& recorded,
                                            const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns)
    if (plan::find_missing(recorded, {pattern}, session.directory).empty())
      return fail(fmt::format("`--recreate {}` matches nothing that is marked as missing.", pattern),
                  "`rollcall state list` shows what is marked; "
                  "`rollcall refresh` looks at the server first.");
  plan::MissingRefs missing = plan::find_missing(recorded, patterns, session.directory);
  if (missing.empty()) return missing;
  const model::RecordedEstate part = only_missing(recorded, missing);
  const auto live = read_server(session, connection, targets_of(part, nullptr, session.directory));
  if (!live) return tl::unexpected(live.error());
  Expected<void> gone;
  model::each_kind([&]<class Kind>(Kind) {
    for (const model::Recorded<Kind>& object : part.of<Kind>()) {
      if (!gone) return;
      const std::string address = model::address_of(object.ref, session.directory);
      const model::Live<Kind>* seen = model::find_live<Kind>(*live, object.id);
      gone = seen == nullptr ? require_gone(address, model::Sight::kNotRead, "the server was not asked")
                             : require_gone(address, seen->sight, seen->failure);
    }
  });
  if (!gone) return tl::unexpected(gone.error());
  return missing;
}

}  // namespace rollcall::cli
