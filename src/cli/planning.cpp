#include "cli/planning.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "apply/requests_of_plan.hpp"
#include "base/text.hpp"
#include "cli/exit_code.hpp"
#include "cli/recreate.hpp"
#include "model/address.hpp"
#include "plan/drift.hpp"
#include "plan/refresh.hpp"
#include "state/state_change.hpp"

namespace rollcall::cli {
namespace {

plan::Options plan_options(const Session& session, const PlanningOptions& options) {
  plan::Options result;
  result.guardrails = session.settings().guardrails;
  if (options.max_removals) result.guardrails.max_removals = *options.max_removals;
  result.allow_deletes = options.allow_deletes;
  result.only = options.only;
  result.only_expired = options.only_expired;
  result.today = session.meta().date;
  return result;
}

Diagnostic warning_of(const plan::ReadFailure& failure) {
  Diagnostic warning;
  warning.severity = Severity::kWarning;
  warning.message = failure.address + " could not be read: " + failure.message;
  warning.hint = "The plan relies on what was recorded of it earlier.";
  return warning;
}

Diagnostic warning_of_search(const std::string& failure) {
  Diagnostic warning;
  warning.severity = Severity::kWarning;
  warning.message =
      "The server's listing of accounts is broken, and the search by id did not finish: " + failure;
  warning.hint = "Accounts that the state does not know remain unseen.";
  return warning;
}

/// Roles that the server has and that are higher than those recorded before.
std::vector<model::Grant> raised_roles(const model::RecordedEstate& before,
                                       const model::RecordedEstate& now) {
  std::vector<model::Grant> raised;
  for (const model::Grant& grant : now.grants)
    if (const model::Grant* known = model::find(before, grant.account, grant.user);
        known != nullptr && known->role < grant.role)
      raised.push_back(grant);
  return raised;
}

/// The sign-in addresses that a look at the server found changed, but for those that a move of the roster
/// follows.
std::vector<plan::ChangedAddress> changed_addresses(const plan::Refreshed& refreshed,
                                                    const model::DesiredEstate& desired,
                                                    const model::Directory& directory) {
  std::vector<plan::ChangedAddress> changed;
  for (const plan::DriftItem& item : refreshed.told) {
    const auto* live = item.live ? std::get_if<std::string>(&*item.live) : nullptr;
    if (item.what != "email" || live == nullptr) continue;
    const auto address = model::parse_address(item.address);
    const auto user = address ? directory.users.find(address->key) : std::nullopt;
    const bool wanted = user && model::find(desired, *user) != nullptr;
    if (wanted) changed.push_back({item.address, *live});
  }
  return changed;
}

Diagnostic warning_of(const plan::ChangedAddress& changed) {
  Diagnostic warning;
  warning.severity = Severity::kWarning;
  warning.message = fmt::format("{} has the sign-in address {} on the server", changed.address, changed.live);
  warning.hint = fmt::format("write `moved: [{{from: {}, to: users.{}}}]`, or change it back on the server",
                             changed.address, changed.live);
  return warning;
}

/// What `id:` names and the server does not have, or does not show: an apply fails at it.
Diagnostics check_bound_ids(const Session& session, const model::DesiredEstate& desired,
                            const model::RecordedEstate& recorded, const model::LiveEstate& live,
                            std::size_t& unread) {
  Diagnostics warnings;
  for (const model::DesiredAccount& wanted : desired.accounts) {
    if (!wanted.id || model::find(recorded, wanted.ref) != nullptr) continue;
    const model::LiveAccount* account = model::find_account(live, *wanted.id);
    if (account == nullptr || account->sight == model::Sight::kSeen) continue;
    const std::string address = model::address_of(wanted.ref, session.directory);
    const bool missing = account->sight == model::Sight::kMissing;
    if (account->sight == model::Sight::kFailed) ++unread;
    warnings.push_back(diagnose(
        session.files, Severity::kWarning, {}, wanted.origin,
        missing ? fmt::format("{} binds account {}, which the server does not have", address, *wanted.id)
        : account->sight == model::Sight::kNotPermitted
            ? fmt::format("{} binds account {}, which this token may not read", address, *wanted.id)
            : fmt::format("{} binds account {}, which could not be read: {}", address, *wanted.id,
                          account->failure),
        missing ? "correct `id:`, or leave it out: then an apply creates the account"
                : "an apply binds only what the token can read"));
  }
  return warnings;
}

/// Of two states only one matters that has created what this plan is about to create.
std::vector<plan::DriftItem> that_matter(std::vector<plan::DriftItem> stale, const plan::Plan& plan,
                                         const model::Directory& directory) {
  if (stale.empty()) return stale;
  std::unordered_set<std::string> created;
  for (const plan::Action& action : plan.actions)
    if (action.verb == plan::Verb::kCreate) created.insert(plan::address_of(action, directory));
  std::erase_if(stale, [&](const plan::DriftItem& item) {
    return item.note.code == plan::NoteCode::kOtherState && !created.contains(item.address);
  });
  return stale;
}

std::vector<std::string> open_deletions(const state::State& state, const model::Directory& directory) {
  std::vector<std::string> addresses;
  for (const state::Intent& intent : state.unresolved)
    if (intent.accepted) addresses.push_back(state::address_of(intent, directory));
  return addresses;
}

/// What a look at the server found, for the plan.
struct Observed {
  std::vector<model::Grant> raised;
  std::vector<plan::ChangedAddress> changed_addresses;
  plan::Existing existing;
  std::vector<plan::DriftItem> stale;
  std::size_t unread = 0;
  bool accounts_listing_broken = false;
};

/// Reads the server and takes what it says into the record.
Expected<Observed> observe(Session& session, const Connection& connection, Planned& planned,
                           Diagnostics& warnings) {
  model::RecordedEstate& estate = planned.recorded.state.estate;
  const auto live = read_server(session, connection, targets_of(estate, &planned.desired, session.directory));
  if (!live) return tl::unexpected(live.error());
  auto refreshed = plan::refresh(estate, *live, session.directory, session.clock.now());
  planned.refreshed = !(refreshed.recorded == estate);
  Observed observed{raised_roles(estate, refreshed.recorded),
                    changed_addresses(refreshed, planned.desired, session.directory),
                    plan::find_existing(planned.desired, refreshed.recorded, *live, session.directory),
                    plan::stale_items(plan::find_drift(planned.desired, estate, *live, session.directory,
                                                       drift_context(session, planned.recorded.state))),
                    refreshed.failures.size(),
                    live->accounts_listing == model::AccountListing::kSearched};
  if (!refreshed.accounts_listed) {
    ++observed.unread;
    warnings.push_back(warning_of_search(refreshed.accounts_failure));
  }
  for (Diagnostic& warning :
       check_bound_ids(session, planned.desired, refreshed.recorded, *live, observed.unread))
    warnings.push_back(std::move(warning));
  for (const plan::ReadFailure& failure : refreshed.failures) warnings.push_back(warning_of(failure));
  for (const plan::ChangedAddress& changed : observed.changed_addresses)
    warnings.push_back(warning_of(changed));
  estate = std::move(refreshed.recorded);
  state_access::settle_deletions(planned.recorded.state, session.directory);
  return observed;
}

}  // namespace

void declare_planning_options(OptionSet& set, PlanningOptions& options) {
  set.texts("--only", "PATTERN", options.only,
            "Only addresses that match, and what they depend on; repeatable");
  set.flag("--only-expired", options.only_expired, "Only the removals that a passed `until` causes");
  set.flag("--refresh", options.refresh, "Read the server first");
  set.flag("--allow-deletes", options.allow_deletes, "Run deletions instead of listing them as blocked");
  const auto read_max_removals = [&options](const std::string& text) -> Expected<void> {
    options.max_removals = model::parse_max_removals(text);
    if (options.max_removals) return {};
    return fail(fmt::format("--max-removals takes a number or a percentage up to 100%, not `{}`.", text),
                "For example 10 or 30%.");
  };
  set.parsed("--max-removals", "N|N%", read_max_removals, "Removals to allow in this run, such as 10 or 30%");
  set.flag("--full", options.full, "Each user and account on a line of its own");
}

std::optional<Error> refusal(const plan::Plan& plan, const std::string& consequence) {
  if (plan.violations.empty()) return std::nullopt;
  if (plan::withholds(plan))
    return Error{"The guardrails refuse a part of this plan.",
                 "What they refuse is left out and named above, and the rest runs. "
                 "`rollcall help project` describes each guardrail."};
  const bool too_many =
      std::any_of(plan.violations.begin(), plan.violations.end(),
                  [](const auto& violation) { return violation.guardrail == plan::Guardrail::kMaxRemovals; });
  const bool only_too_many =
      std::all_of(plan.violations.begin(), plan.violations.end(),
                  [](const auto& violation) { return violation.guardrail == plan::Guardrail::kMaxRemovals; });
  std::string hint = consequence + "`rollcall help project` describes each guardrail.";
  if (too_many)
    hint += fmt::format(
        " {}, --max-removals {} lets it pass for one run, "
        "and the entry of `allow` above lets it pass after a review.",
        only_too_many ? "Where these removals are meant" : "As for the number of removals", plan.removals);
  return Error{"The guardrails refuse this plan.", std::move(hint)};
}

std::optional<Error> incomplete(const plan::Plan& plan) {
  if (plan.unread == 0) return std::nullopt;
  return Error{
      "Some of the server could not be read, so this plan may not be complete.",
      "The warnings say what; there the plan relies on what was recorded earlier. Run the command again."};
}

std::optional<Error> left_by_apply(const plan::Plan& plan) {
  if (plan.missing.empty() && plan.changed_addresses.empty()) return std::nullopt;
  std::vector<std::string> gone, doomed, addresses;
  for (const plan::MissingObject& object : plan.missing)
    (object.since ? gone : doomed).push_back(object.address);
  for (const plan::ChangedAddress& changed : plan.changed_addresses)
    addresses.push_back(fmt::format("{} (now {})", changed.address, changed.live));
  std::string message, hint;
  const auto add = [&](std::string_view what, const std::vector<std::string>& names,
                       std::string_view advice) {
    if (names.empty()) return;
    message += fmt::format("{}{}: {}.", message.empty() ? "" : " ", what, first_and_more(names));
    hint += fmt::format("{}{}", hint.empty() ? "" : " ", advice);
  };
  add("Gone from the server and not created again", gone,
      "Create them again with `rollcall apply --recreate PATTERN`, or take them out of the roster.");
  add("About to be deleted by the server, as an earlier run asked", doomed,
      "Apply again once the server's background jobs have done that.");
  add("The sign-in address was changed on the server", addresses,
      "Write a `moved` entry for the new address, or change it back on the server.");
  return Error{std::move(message), std::move(hint)};
}

plan::DriftContext drift_context(const Session& session, const state::State& state) {
  plan::DriftContext context{session.settings().drift, state.lineage, {}, session.meta().date};
  for (const state::Intent& intent : state.unresolved) {
    // The comparison itself shows what became of it, and nobody is told of what was never sent.
    if (intent.only_intended) continue;
    plan::OpenAction open{state::address_of(intent, session.directory), intent.nonce, intent.accepted};
    if (state::creates_user(intent))
      open.created_user = std::get<state::PutUser>(state::subject_of(intent)).object.ref;
    context.open.push_back(std::move(open));
  }
  return context;
}

Error stale_state(const std::vector<plan::DriftItem>& items, std::string_view consequence) {
  std::vector<std::string> names;
  for (const plan::DriftItem& item : items) names.push_back(item.address);
  return {fmt::format("The state is old, or there are two: "
                      "the server has {}, created by Rollcall and missing from this state.{}",
                      first_and_more(std::move(names)), consequence),
          "Restore the newest state. Where it is lost, `rollcall help state` says how to go on."};
}

report::Context context_of(const Session& session) {
  return {session.directory, session.files, session.meta()};
}

std::optional<Planned> make_plan(Session& session, const PlanningOptions& options,
                                 const Connection* connection,
                                 const std::optional<std::string>& writing_command,
                                 const AcceptState& accept) {
  const auto give_up = [&](const Error& error) -> std::optional<Planned> {
    session.fail_with(error);
    return std::nullopt;
  };
  Planned planned;
  // A command that writes has to have the lock first, which it takes for a roster without errors only.
  std::optional<StateReading> reading;
  if (!writing_command) reading.emplace(session, options.with_state_digest);
  auto desired = session.load_desired({}, [&] {
    if (reading) reading->wait();
  });
  if (!desired) return std::nullopt;
  planned.desired = std::move(*desired);
  const auto open_for_writing = [&]() -> Expected<RecordedState> {
    const auto server = server_identity(session);
    if (!server) return tl::unexpected(server.error());
    return open_state(session, *server, writing_command);
  };
  auto recorded = reading ? reading->finish() : open_for_writing();
  if (!recorded) return give_up(recorded.error());
  planned.recorded = std::move(*recorded);
  if (accept)
    if (const auto accepted = accept(planned.recorded); !accepted) return give_up(accepted.error());
  if (options.only_expired) {
    if (const auto there = require_state(planned.recorded); !there) return give_up(there.error());
  } else if (!planned.recorded.exists) {
    session.console().remark(fmt::format("There is no recorded state at {} yet: nothing is managed so far.\n",
                                         planned.recorded.store->name()));
  }
  if (writing_command && connection != nullptr) {
    if (!planned.recorded.state.unresolved.empty() || planned.recorded.state.applying)
      session.console().live_line("Asking the server what became of an interrupted run");
    const auto recovered = recover_state(session, *connection, planned.recorded);
    session.console().live_line({});
    if (!recovered) return give_up(recovered.error());
    const auto movable =
        state_access::refuse_open_moves(planned.desired.moves, planned.recorded.state, session.directory);
    if (!movable) return give_up(movable.error());
  }
  if (writing_command) planned.stored = planned.recorded.state;
  Diagnostics warnings = session.warnings();
  plan::Options plan_with = plan_options(session, options);
  Observed observed;
  if (options.refresh && connection != nullptr) {
    auto seen = observe(session, *connection, planned, warnings);
    if (!seen) return give_up(seen.error());
    observed = std::move(*seen);
    plan_with.raised = std::move(observed.raised);
    plan_with.existing = std::move(observed.existing);
    plan_with.accounts_listing_broken = observed.accounts_listing_broken;
  }
  model::RecordedEstate& estate = planned.recorded.state.estate;
  if (!options.recreate.empty() && connection != nullptr) {
    auto missing = confirm_missing(session, *connection, estate, options.recreate);
    if (!missing) return give_up(missing.error());
    plan_with.recreated = std::move(*missing);
    estate = plan::drop_missing(plan_with.recreated, std::move(estate));
  }
  plan_with.open_deletions = open_deletions(planned.recorded.state, session.directory);
  auto plan = plan::make_plan(planned.desired, estate, session.directory, session.files, plan_with);
  if (!plan) return give_up(plan.error());
  planned.plan = std::move(*plan);
  planned.plan.unread = observed.unread;
  for (const state::Intent& intent : planned.recorded.state.unresolved) {
    if (intent.only_intended)
      planned.plan.may_have_sent_more = true;
    else if (intent.verb != plan::Verb::kCreate)
      ++planned.plan.unresolved;
  }
  planned.stale = that_matter(std::move(observed.stale), planned.plan, session.directory);
  if (!planned.stale.empty()) {
    if (writing_command) return give_up(stale_state(planned.stale, " Nothing was changed."));
    if (const auto checked = state_access::require_unchanged(planned.recorded); !checked)
      return give_up(checked.error());
  }
  planned.plan.changed_addresses = std::move(observed.changed_addresses);
  planned.plan.warnings.insert(planned.plan.warnings.end(), warnings.begin(), warnings.end());
  sort_diagnostics(planned.plan.warnings);
  if (options.with_requests) apply::add_requests(planned.plan, estate, session.directory);
  return planned;
}

}  // namespace rollcall::cli
