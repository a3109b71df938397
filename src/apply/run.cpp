#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <utility>
#include <variant>

#include "apply/accounts.hpp"
#include "apply/announcement.hpp"
#include "apply/apply.hpp"
#include "apply/grants.hpp"
#include "apply/intents_ahead.hpp"
#include "apply/members_check.hpp"
#include "apply/phase_queue.hpp"
#include "apply/session.hpp"
#include "apply/unrecorded_objects.hpp"
#include "base/parallel.hpp"
#include "base/text.hpp"
#include "model/address.hpp"

namespace rollcall::apply {
namespace {

using plan::ActionIndex;
using plan::Outcome;

class Run {
 public:
  Run(const plan::Plan& plan, const model::RecordedEstate& before, const model::Directory& directory,
      const Settings& settings, const Environment& environment)
      : session_(plan, before, directory, settings, environment), results_(plan.actions.size()) {
    for (ActionIndex index = 0; index < results_.size(); ++index) {
      results_[index].action = index;
      if (plan.actions[index].blocked) results_[index].outcome = Outcome::kBlocked;
    }
    total_ =
        static_cast<std::size_t>(std::count_if(plan.actions.begin(), plan.actions.end(),
                                               [](const plan::Action& action) { return !action.blocked; }));
  }

  plan::ApplyResult carry_out() {
    const auto started_at = session_.environment.clock.ticks();
    for (const plan::Action& action : session_.plan.actions) nonces_.push_back(session_.nonce_for(action));
    const auto announce = [this] { return announcement_of(session_, nonces_); };
    if (const auto started = session_.environment.recorder.start(announce); !started) {
      end_with(started.error());
    } else {
      try {
        run_phases();
      } catch (const std::exception& unexpected) {
        // What has been done so far has to reach the state whatever happens.
        end_with({fmt::format("The run could not continue: {}.", unexpected.what()),
                  "Apply again: it first looks up what became of the actions that had begun."});
      }
      if (is_complete()) session_.environment.recorder.complete();
      if (const auto finished = session_.environment.recorder.finish(); !finished)
        end_unrecorded(finished.error());
    }
    plan::ApplyResult result;
    result.results = std::move(results_);
    result.fatal = fatal_;
    result.stop = stop_kind();
    result.notes = session_.notes();
    result.duration = session_.environment.clock.ticks() - started_at;
    return result;
  }

 private:
  /// An account that comes back.
  struct Returned {
    ActionIndex action = 0;
    ActionOutcome finding;
    /// Recorded grants that the server no longer has so.
    std::size_t grants_gone = 0;
  };

  void run_phases() {
    make_workers();
    if (const auto looked = detect_unrecorded_objects(session_, *workers_.front());
        !looked && !session_.stopping())
      end_with(looked.error());
    for (const plan::Phase phase :
         {plan::Phase::kObjects, plan::Phase::kGrants, plan::Phase::kRevocations, plan::Phase::kRemovals}) {
      run_phase(phase);
      if (phase == plan::Phase::kObjects) check_returned();
      if (phase == plan::Phase::kRevocations) check_members_of_all();
    }
    tell_of_gone_grants();
    record_accounts_seen();
  }

  /// At the end, for until then the ids of this run's accounts say as much.
  void record_accounts_seen() {
    const model::ServerId seen_to = session_.accounts_seen_to();
    if (seen_to <= session_.estate().accounts_seen_to) return;
    if (const auto recorded = session_.record({state::PutAccountsSeenTo{seen_to}}); !recorded)
      end_with(recorded.error());
  }

  [[nodiscard]] bool is_complete() const {
    return !fatal_ && std::all_of(results_.begin(), results_.end(), [](const plan::ActionResult& result) {
      return plan::is_success(result.outcome) || result.outcome == Outcome::kBlocked;
    });
  }

  [[nodiscard]] plan::Stop stop_kind() const {
    if (fatal_) return plan::Stop::kFatal;
    return session_.stopping() ? plan::Stop::kSignal : plan::Stop::kFinished;
  }

  void make_workers() {
    const std::size_t wanted =
        std::min<std::size_t>(std::max(1U, session_.settings.parallelism), results_.size());
    for (std::size_t i = 0; i < std::max<std::size_t>(1, wanted); ++i)
      workers_.push_back(std::make_unique<Worker>(session_.environment.make_transport()));
  }

  void end_with(Error error) {
    const std::scoped_lock lock(mutex_);
    if (!fatal_) fatal_ = std::move(error);
    over_ = true;
  }

  /// What ended the run may be why it could not be recorded; where the rest of it is comes on top.
  void end_unrecorded(Error error) {
    if (fatal_ && !error.message.starts_with(fatal_->message))
      error.message = fatal_->message + " " + error.message;
    fatal_ = std::move(error);
    over_ = true;
  }

  [[nodiscard]] bool is_over() const { return over_ || session_.stopping(); }

  void run_phase(plan::Phase phase) {
    std::vector<ActionIndex> actions;
    for (ActionIndex index = 0; index < results_.size(); ++index) {
      const plan::Action& action = session_.plan.actions[index];
      if (action.phase == phase && !action.blocked) actions.push_back(index);
    }
    if (actions.empty() || is_over()) return;
    std::vector<PhaseQueue::Edge> edges = administrators_last(session_, actions);
    for (const ActionIndex index : actions)
      for (const ActionIndex need : session_.plan.actions[index].depends_on) edges.push_back({need, index});
    const std::size_t workers = std::min(actions.size(), workers_.size());
    ahead_.emplace(session_, actions);
    PhaseQueue queue(actions, edges);
    run_parallel(workers, workers, {},
                 [&](std::size_t worker, std::size_t) { work_on(queue, *workers_[worker]); });
    session_.end_phase();
  }

  void work_on(PhaseQueue& queue, Worker& worker) {
    try {
      while (const auto index = queue.take()) {
        if (is_over()) {
          queue.stop();
          return;
        }
        perform(*index, worker);
        queue.done(*index);
      }
    } catch (...) {
      // The others would wait for what this one had taken.
      queue.stop();
      throw;
    }
  }

  /// What it needs and did not get.
  std::optional<ActionIndex> missing_dependency(const plan::Action& action) {
    const std::scoped_lock lock(mutex_);
    for (const ActionIndex need : action.depends_on)
      if (!is_success(results_[need].outcome)) return need;
    return std::nullopt;
  }

  void perform(ActionIndex index, Worker& worker) {
    const plan::Action& action = session_.plan.actions[index];
    if (const auto need = missing_dependency(action)) {
      settle(index, Outcome::kSkipped, {}, need);
      return;
    }
    if (const auto begun = begin(index); !begun) {
      end_with(begun.error());
      return;
    }
    tell(Progress::Kind::kStarted, {index, Outcome::kNotStarted, {}, std::nullopt});
    ActionOutcome finding = send(action, nonces_[index], worker);
    // After a signal the run ends anyway, and says so; what failed stands with its action.
    if (finding.fatal && !session_.stopping()) end_with(*finding.fatal);
    if (!finding.to_be_checked) {
      conclude(index, std::move(finding));
      return;
    }
    // Good enough for whoever needs it in this phase; the members' list has the last word.
    plan::ActionResult so_far = result_of(index, finding);
    {
      const std::scoped_lock lock(mutex_);
      if (const auto* grant = std::get_if<plan::GrantAction>(&action.object))
        to_check_[grant->account].push_back(index);
      else
        returned_.push_back({index, std::move(finding), 0});
    }
    set_result(Progress::Kind::kFinished, std::move(so_far));
  }

  /// What it is about to do is on disk when this returns.
  Expected<void> begin(ActionIndex index) {
    const plan::Action& action = session_.plan.actions[index];
    if (action.verb == plan::Verb::kRelease) return {};
    if (!shows_its_end(action)) return session_.begin(index, nonces_[index]);
    if (auto reached = ahead_->reach(index); !reached) return reached;
    return session_.environment.recorder.send(index);
  }

  ActionOutcome send(const plan::Action& action, const std::string& nonce, Worker& worker) {
    return std::visit(
        [&](const auto& object) { return apply_object(object, session_, worker, action, nonce); },
        action.object);
  }

  /// Records what is known and settles the result. What is unknown stays begun.
  void conclude(ActionIndex index, ActionOutcome finding) {
    const plan::Action& action = session_.plan.actions[index];
    if (finding.outcome != Outcome::kUnknown)
      record_or_end(index, finding);
    else if (finding.accepted)
      record_acceptance(index);
    else
      remember_unknown(index, action);
    if (finding.outcome == Outcome::kNotStarted) finding.error = {};
    set_result(Progress::Kind::kFinished, result_of(index, finding));
  }

  plan::ActionResult result_of(ActionIndex index, const ActionOutcome& finding) const {
    const plan::Action& action = session_.plan.actions[index];
    plan::ActionResult result{index, finding.outcome, finding.error, std::nullopt};
    if ((is_success(result.outcome) || finding.created) &&
        !std::holds_alternative<plan::GrantAction>(action.object)) {
      if (finding.learnt.id != 0) result.id = finding.learnt.id;
      if (action.verb == plan::Verb::kCreate) result.provenance = finding.learnt.provenance;
    }
    return result;
  }

  void record_acceptance(ActionIndex index) {
    if (const auto begun = session_.begin(index, {}, true); !begun) end_with(begun.error());
  }

  void remember_unknown(ActionIndex index, const plan::Action& action) {
    if (const auto* grant = std::get_if<plan::GrantAction>(&action.object)) {
      const std::scoped_lock lock(mutex_);
      unknown_[grant->account].push_back(index);
    }
  }

  void record_or_end(ActionIndex index, ActionOutcome& finding) {
    const auto recorded = record(index, finding);
    if (recorded) return;
    end_with(recorded.error());
    if (!is_success(finding.outcome)) return;
    finding.outcome = Outcome::kUnknown;
    finding.error = {"It was done, but could not be recorded: " + recorded.error().message,
                     recorded.error().hint};
  }

  /// What is known of an action goes to the recorder: its facts, or that it failed.
  Expected<void> record(ActionIndex index, const ActionOutcome& finding) {
    std::vector<state::StateChange> facts;
    if (is_success(finding.outcome))
      facts = state::changes_of(session_.plan.actions[index], finding.learnt, session_.estate(),
                                session_.directory);
    facts.insert(facts.end(), finding.seen.begin(), finding.seen.end());
    return session_.settle(index, facts);
  }

  void settle(ActionIndex index, Outcome outcome, Error error, std::optional<ActionIndex> because_of) {
    set_result(Progress::Kind::kFinished, {index, outcome, std::move(error), because_of});
  }

  /// The members have shown something else than what was told.
  void correct(ActionIndex index, Outcome outcome, Error error) {
    set_result(Progress::Kind::kCorrected, {index, outcome, std::move(error), std::nullopt});
  }

  void set_result(Progress::Kind kind, plan::ActionResult result) {
    {
      const std::scoped_lock lock(mutex_);
      results_[result.action] = result;
    }
    tell(kind, std::move(result));
  }

  void tell(Progress::Kind kind, plan::ActionResult result) {
    const std::scoped_lock lock(progress_mutex_);
    if (kind == Progress::Kind::kFinished) ++finished_;
    if (session_.environment.on_progress)
      session_.environment.on_progress({kind, std::move(result), finished_, total_});
  }

  /// An account that comes back has the members that somebody gave it in the meantime. It is not managed
  /// again before they are recorded with it.
  void check_returned() {
    run_parallel(returned_.size(), workers_.size(), {}, [&](std::size_t worker, std::size_t index) {
      check_returned(returned_[index], *workers_[worker]);
    });
    session_.end_phase();
  }

  void check_returned(Returned& returned, Worker& worker) {
    ActionOutcome& finding = returned.finding;
    if (over_) {
      correct(returned.action, Outcome::kUnknown, members_unread({}));
      return;
    }
    const auto& action = session_.plan.actions[returned.action];
    auto seen = members_of_returned(session_, worker, std::get<plan::AccountAction>(action.object));
    if (!seen) {
      if (chatwoot::is_fatal(seen.error()) && !session_.stopping())
        end_with(chatwoot::to_error(seen.error()));
      correct(returned.action, Outcome::kUnknown, members_unread(seen.error().message));
      return;
    }
    finding.seen = std::move(*seen);
    returned.grants_gone = static_cast<std::size_t>(
        std::count_if(finding.seen.begin(), finding.seen.end(), [](const state::StateChange& record) {
          return std::holds_alternative<state::DropGrant>(record) ||
                 std::holds_alternative<state::PutGrant>(record);
        }));
    record_or_end(returned.action, finding);
    if (!is_success(finding.outcome)) correct(returned.action, finding.outcome, finding.error);
  }

  /// At the end, for it takes nothing from what the rest of the run can do.
  void tell_of_gone_grants() {
    for (const Returned& returned : returned_)
      if (returned.grants_gone != 0 && is_success(results_[returned.action].outcome))
        correct(returned.action, Outcome::kFailed, grants_gone(returned.grants_gone));
  }

  static Error members_unread(const std::string& why) {
    return {why.empty() ? "The account's members were not read any more, so it is unknown who has access now."
                        : fmt::format("The account's members could not be read, "
                                      "so it is unknown who has access now: {}",
                                      why),
            "Apply again: it looks at the server first."};
  }

  /// The server answers 200 to every revocation, so the members of each account with one are read once, and
  /// so are those of accounts where a grant may have been sent twice. Also after a signal: what was sent
  /// should be known.
  void check_members_of_all() {
    const std::vector<model::AccountRef> accounts = session_.accounts_to_check();
    run_parallel(accounts.size(), workers_.size(), {}, [&](std::size_t worker, std::size_t account) {
      check_account(accounts[account], *workers_[worker]);
    });
    session_.end_phase();
  }

  void check_account(model::AccountRef account, Worker& worker) {
    const std::vector<ActionIndex> accepted = of_account(to_check_, account);
    const std::vector<ActionIndex> unknown = of_account(unknown_, account);
    MembersCheck check;
    if (over_)
      check.unread = chatwoot::CallError{};
    else
      check = check_members(session_, worker, account, accepted, unknown);
    if (check.unread) {
      for (const ActionIndex index : accepted)
        correct(index, Outcome::kUnknown,
                {"The removal was accepted, "
                 "but the account's members could not be read to see whether it took effect.",
                 "Apply again: it looks at the server first."});
      if (accepted.empty()) tell_of_unread_members(account);
      return;
    }
    for (const ActionIndex index : check.hold) take_as_done(index);
    for (const auto& [index, error] : check.do_not_hold) {
      if (const auto recorded = session_.settle(index, {}); !recorded) end_with(recorded.error());
      correct(index, Outcome::kFailed, error);
    }
    for (const ActionIndex index : check.seen_after_all)
      if (take_as_done(index)) correct(index, Outcome::kDone, {});
    if (check.seen.empty()) return;
    if (const auto recorded = session_.record(check.seen); !recorded) end_with(recorded.error());
  }

  /// Of grants and changes of role that were answered, but may have met with something else.
  void tell_of_unread_members(model::AccountRef account) {
    session_.note(
        fmt::format("The members of {} were not read again after its grants were changed, so it is unknown "
                    "whether another client changed them at the same time. Run `rollcall drift` to see.",
                    model::address_of(account, session_.directory)));
  }

  static Error grants_gone(std::size_t count) {
    return {fmt::format("The account is managed again, "
                        "but {} recorded at its release {} no longer on the server as recorded.",
                        pluralize(count, "grant", "grants"), count == 1 ? "is" : "are"),
            "Apply again: it restores them."};
  }

  static std::vector<ActionIndex> of_account(
      const std::map<model::AccountRef, std::vector<ActionIndex>>& actions, model::AccountRef account) {
    const auto found = actions.find(account);
    return found == actions.end() ? std::vector<ActionIndex>() : found->second;
  }

  /// The members show it. Whether that could be recorded.
  bool take_as_done(ActionIndex index) {
    const auto recorded = record(index, done());
    if (!recorded) end_with(recorded.error());
    return recorded.has_value();
  }

  Session session_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::mutex mutex_;
  std::vector<plan::ActionResult> results_;
  /// One for each action.
  std::vector<std::string> nonces_;
  /// Of the phase that goes on.
  std::optional<IntentsAhead> ahead_;
  /// Revocations that were accepted.
  std::map<model::AccountRef, std::vector<ActionIndex>> to_check_;
  /// Grants, changes of role and revocations without a response.
  std::map<model::AccountRef, std::vector<ActionIndex>> unknown_;
  std::vector<Returned> returned_;
  std::optional<Error> fatal_;
  std::atomic<bool> over_{false};
  std::mutex progress_mutex_;
  std::size_t finished_ = 0;
  std::size_t total_ = 0;
};

}  // namespace

plan::ApplyResult run(const plan::Plan& plan, const model::RecordedEstate& before,
                      const model::Directory& directory, const Settings& settings,
                      const Environment& environment) {
  return Run(plan, before, directory, settings, environment).carry_out();
}

}  // namespace rollcall::apply
