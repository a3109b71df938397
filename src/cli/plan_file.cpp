#include "cli/plan_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/file.hpp"
#include "base/text.hpp"
#include "base/version.hpp"

namespace rollcall::cli {
namespace {

constexpr std::string_view kMakeAnother = "Make and review a new plan: `rollcall plan --out FILE`.";

saved_plan::Options options_of(const PlanningOptions& options) {
  saved_plan::Options made{options.only, options.only_expired, options.refresh, options.allow_deletes, {}};
  if (options.max_removals) made.max_removals = model::to_string(*options.max_removals);
  return made;
}

saved_plan::SavedPlan to_save(const Session& session, const PlanningOptions& options,
                              const Planned& planned) {
  const report::Meta& meta = session.meta();
  saved_plan::SavedPlan saved;
  saved.tool_version = meta.tool_version;
  saved.date = meta.date;
  saved.server = meta.server;
  saved.state = {planned.recorded.store->name(), meta.lineage, meta.serial, {}};
  if (planned.recorded.version) saved.state.sha256 = planned.recorded.digest;
  saved.roster_sha256 = session.roster_digest();
  saved.options = options_of(options);
  saved.plan = planned.plan;
  saved.recorded = saved_plan::excerpt(planned.plan, planned.recorded.state.estate);
  return saved;
}

std::string serial_of(const std::optional<std::int64_t>& serial) {
  return serial ? fmt::format("serial {}", *serial) : "no state yet";
}

}  // namespace

Expected<std::string> write_plan_file(const Session& session, const PlanningOptions& options,
                                      const Planned& planned, const std::string& path) {
  const saved_plan::SavedPlan saved = to_save(session, options, planned);
  std::string digest = saved_plan::digest_of(saved, session.directory, session.files);
  const std::string bytes = saved_plan::encode(saved, digest, session.directory, session.files);
  if (bytes.size() > saved_plan::kLimit)
    return fail(fmt::format("The plan is not saved: it has more than {} MiB.", saved_plan::kLimit >> 20U),
                "Take a part of it with --only.");
  if (const auto reason = session.why_reserved(path))
    return fail(fmt::format("The plan is not saved: {} {}.", printable(path), *reason),
                "Name another file with --out.");
  if (auto ours = require_ours(path, saved_plan::looks_like_saved_plan); !ours)
    return tl::unexpected<Error>(ours.error());
  const auto written = write_file_atomically(path, bytes, std::nullopt, saved_plan::looks_like_saved_plan);
  if (!written) return tl::unexpected<Error>(written.error());
  return digest;
}

Expected<saved_plan::ReadPlan> read_plan_file(Session& session, const std::string& path) {
  const auto bytes = read_file(path, saved_plan::kLimit);
  if (!bytes) return tl::unexpected<Error>(bytes.error());
  if (!*bytes)
    return fail(fmt::format("There is no file {}.", printable(path)),
                "`rollcall plan --out FILE` saves a plan.");
  session.keep(path);
  return saved_plan::decode(**bytes, printable(path), session.directory, session.files);
}

Expected<void> SavedPlanCheck::accept(const RecordedState& recorded) {
  const saved_plan::SavedPlan& saved = read_.saved;
  if (auto accepted = accept_state(recorded); !accepted) return accepted;
  const std::optional<std::string>& server = session_.meta().server;
  if (!saved.server)
    return fail(fmt::format("The plan in {} was made for no server.", path_),
                "Name it when you plan: with --server, ROLLCALL_SERVER or `server:` in the project file.");
  if (saved.server != server)
    return fail(fmt::format("The plan in {} is for {}, and this command for {}.", path_,
                            printable(*saved.server), server.value_or("no server")),
                std::string(kMakeAnother));
  if (saved.plan.valid_until && *saved.plan.valid_until < session_.meta().date)
    return fail(fmt::format("The plan in {} has expired: it was valid until {}.", path_,
                            to_string(*saved.plan.valid_until)),
                fmt::format("Access has ended since. {}", kMakeAnother));
  if (saved.roster_sha256 != session_.roster_digest())
    return fail(fmt::format("The roster has changed since the plan in {} was made.", path_),
                std::string(kMakeAnother));
  return {};
}

Expected<void> SavedPlanCheck::accept_state(const RecordedState& recorded) {
  const saved_plan::FromState& from = read_.saved.state;
  const std::string found = recorded.version ? recorded.digest : std::string();
  // Before a run's journal is merged the state on disk may be the old one still.
  if (found == from.sha256.value_or("") && !recorded.state.applying && !recorded.merged_entries) return {};
  const state::State& state = recorded.state;
  const bool is_under_way = state.applying && state.applying->plan_digest == read_.digest;
  const bool was_last = state.last_plan && state.last_plan->digest == read_.digest;
  if (was_last && state.last_plan->complete && !state.applying)
    return fail(fmt::format("The plan in {} was applied already.", path_),
                "There is nothing left of it to do. `rollcall plan` shows what there is to do now.");
  if (from.lineage && *from.lineage != state.lineage)
    return fail(
        fmt::format("The plan in {} was made from another state: its lineage is {}, and that of {} is {}.",
                    path_, printable(*from.lineage), recorded.store->name(), state.lineage),
        "Name the right state with --state, or make a plan from this one.");
  if (!is_under_way && !was_last)
    return fail(fmt::format("{} has changed since the plan in {} was made ({} then, serial {} now).",
                            recorded.store->name(), path_, serial_of(from.serial), state.serial),
                std::string(kMakeAnother));
  goes_on_ = true;
  return {};
}

Expected<void> SavedPlanCheck::require_same(const PlanningOptions& options, const Planned& planned) const {
  if (goes_on_) return saved_plan::require_rest(read_.saved.plan, planned.plan, session_.directory);
  const std::string found =
      saved_plan::digest_of(to_save(session_, options, planned), session_.directory, session_.files);
  if (found == read_.digest) return {};
  return fail(fmt::format("What there is to do is not what the plan in {} says: its digest is {}, "
                          "and that of the plan that was made now is {}. Nothing was changed.",
                          path_, read_.digest, found),
              advice(options));
}

std::string SavedPlanCheck::advice(const PlanningOptions& options) const {
  const saved_plan::Options& made = read_.saved.options;
  const saved_plan::Options now = options_of(options);
  std::vector<std::string> given;
  if (made.allow_deletes && !now.allow_deletes) given.emplace_back("--allow-deletes");
  if (made.max_removals && made.max_removals != now.max_removals)
    given.push_back("--max-removals " + printable(*made.max_removals));
  if (!given.empty())
    return fmt::format("It was made with {}: give that to the apply, too.", fmt::join(given, " and "));
  if (read_.saved.tool_version != version())
    return fmt::format("It was made by version {} of Rollcall. {}", printable(read_.saved.tool_version),
                       kMakeAnother);
  return fmt::format(
      "The project file, the day or the server may say something else by now, "
      "or the file was changed. {}",
      kMakeAnother);
}

}  // namespace rollcall::cli
