#include "apply/apply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

#include "base/entropy.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/plan_file.hpp"
#include "cli/planning.hpp"
#include "cli/prompt.hpp"
#include "cli/signals.hpp"
#include "cli/state_backend.hpp"
#include "report/report.hpp"
#include "state_access/journal_recorder.hpp"

namespace rollcall::cli {
namespace {

constexpr const char* kNothingChanged = "Nothing was changed.\n";
constexpr const char* kStopping =
    "Stopping: no new action starts, those in flight get 10 seconds, and everything is saved.\n  hint: "
    "A second signal ends the run at once; the next apply finds out what was done.\n";

/// Only `yes` applies.
bool is_approved(Session& session, const std::stop_token& stop) {
  Console& console = session.console();
  const auto answer =
      ask(console, fmt::format("Apply these changes to {}? Only `yes` applies: ", session.settings().server),
          stop);
  if (answer && *answer == "yes") return true;
  console.say(kNothingChanged);
  if (!answer && !stop.stop_requested())
    console.say("  hint: Without a terminal, review the plan first, then give --auto-approve.\n");
  return false;
}

/// Shows a run as it goes on: a live line on a terminal, one line an action elsewhere.
class ProgressView {
 public:
  ProgressView(Session& session, const plan::Plan& plan)
      : session_(session), plan_(plan), started_(session.clock.ticks()) {
    const auto total = std::count_if(plan.actions.begin(), plan.actions.end(),
                                     [](const plan::Action& action) { return !action.blocked; });
    draw(0, static_cast<std::size_t>(total));
  }

  void show(const apply::Progress& progress) {
    using Kind = apply::Progress::Kind;
    if (progress.kind == Kind::kStarted) return;
    Console& console = session_.console();
    const plan::Outcome outcome = progress.result.outcome;
    if (outcome == plan::Outcome::kFailed || outcome == plan::Outcome::kUnknown)
      ++failed_;
    else if (progress.kind == Kind::kCorrected)
      --failed_;
    if (!console.is_live()) {
      console.progress(report::action_line(plan_, progress.result, progress.finished, progress.total,
                                           context_of(session_), {console.remark_colour(), false}));
      return;
    }
    const auto now = session_.clock.ticks();
    if (now - shown_ < kRedrawEvery && progress.finished < progress.total) return;
    shown_ = now;
    draw(progress.finished, progress.total);
  }

 private:
  static constexpr std::chrono::milliseconds kRedrawEvery{100};

  void draw(std::size_t finished, std::size_t total) {
    Console& console = session_.console();
    console.live_line(
        report::live_line({finished, total, failed_, session_.clock.ticks() - started_}, console.width()));
  }

  Session& session_;
  const plan::Plan& plan_;
  std::chrono::milliseconds started_;
  std::chrono::milliseconds shown_{0};
  std::size_t failed_ = 0;
};

/// A setting that the roster no longer names is forgotten with the next write, unless only a part of the plan
/// was chosen.
void forget(Planned& planned) {
  model::RecordedEstate& estate = planned.recorded.state.estate;
  if (!planned.plan.unmanaged.empty()) estate = plan::forget_unmanaged(planned.desired, std::move(estate));
}

/// What a shared state says of this run.
std::optional<state_access::SharedRun> shared_run(const Session& session, const RecordedState& recorded) {
  if (!recorded.shared) return std::nullopt;
  const std::string holder = store::describe(lock_info(session, "apply"));
  state_access::SharedRun run{holder, std::chrono::floor<std::chrono::seconds>(session.clock.now())};
  run.lease = session.lease;
  return run;
}

/// What became of a run, and whether it has recorded something.
struct CarriedOut {
  plan::ApplyResult result;
  bool has_written = false;
};

/// `before` is the estate that the plan was made from, `plan_digest` that of the saved plan, if there is one.
CarriedOut carry_out(Session& session, Planned& planned, const model::RecordedEstate& before,
                     const Connection& connection, const std::string& plan_digest) {
  RecordedState& recorded = planned.recorded;
  forget(planned);
  state_access::JournalRecorder recorder(*recorded.store, *recorded.journals, std::move(planned.stored),
                                         recorded.state.estate, recorded.version, recorded.digest,
                                         make_nonce(session.entropy), session.directory,
                                         shared_run(session, recorded), plan_digest);
  ProgressView view(session, planned.plan);
  const apply::Settings settings{session.settings().parallelism, recorded.state.lineage, connection.stop(),
                                 recorded.state.unresolved};
  const auto show_search = [&](model::ServerId id) {
    session.console().live_line(fmt::format("Searching the server's accounts by id: {}",
                                            with_thousands(static_cast<std::size_t>(id))));
  };
  const apply::Environment environment{connection.make_transport(),
                                       recorder,
                                       session.clock,
                                       session.entropy,
                                       [&](const apply::Progress& progress) { view.show(progress); },
                                       show_search};
  // Who has asked for the end must not wait for it in front of a program that seems to go on.
  const std::stop_callback told(session.stop, [&] { session.console().progress(kStopping); });
  plan::ApplyResult result = apply::run(planned.plan, before, session.directory, settings, environment);
  session.console().live_line({});
  return {std::move(result), recorder.has_written()};
}

int exit_code_of(const plan::ApplyResult& result, const SignalScope& signals) {
  if (result.stop == plan::Stop::kSignal) return signals.exit_code(kExitFailed);
  const bool whole =
      std::all_of(result.results.begin(), result.results.end(), [](const plan::ActionResult& action) {
        return plan::is_success(action.outcome) || action.outcome == plan::Outcome::kBlocked;
      });
  return result.stop == plan::Stop::kFinished && whole ? kExitDone : kExitFailed;
}

struct ApplyOptions {
  PlanningOptions planning;
  Outputs outputs;
  bool auto_approve = false;
  /// Empty: the apply makes its own plan.
  std::string plan_file;
};

class ApplyCommand {
 public:
  ApplyCommand(const Program& program, ApplyOptions options)
      : console_(program.console),
        options_(std::move(options)),
        signals_(program.console),
        session_(program, options_.outputs) {}

  int run() {
    options_.planning.with_requests = options_.outputs.has(Format::kJson) || !options_.plan_file.empty();
    if (!read_saved_plan() || !session_.load_settings()) return kExitFailed;
    session_.stop = signals_.token();
    auto connection = Connection::open(session_, signals_.token());
    if (!connection) return signals_.exit_code(session_.fail_with(connection.error()));
    auto planned = make_plan(session_, options_.planning, connection->get(), "apply", accept_);
    if (!planned) return signals_.exit_code(kExitFailed);
    if (!is_the_saved_plan(*planned)) return kExitFailed;
    const report::Context context = context_of(session_);
    // What is forgotten is told by the record as it was; without that nothing changes it.
    const model::RecordedEstate& estate = planned->recorded.state.estate;
    const bool forgets = !planned->plan.unmanaged.empty();
    const model::RecordedEstate kept = forgets ? estate : model::RecordedEstate();
    const model::RecordedEstate& before = forgets ? kept : estate;
    if (!session_.json()) console_.result(report::plan_text(planned->plan, before, context, style()));
    const auto finish = [&](const std::optional<plan::ApplyResult>& result, const std::string& where) {
      write_result(planned->plan, result, before, where);
    };
    if (plan::is_refused(planned->plan)) {
      finish(std::nullopt, {});
      return ending(planned->plan, kExitDone);
    }
    const bool all_blocked = std::all_of(planned->plan.actions.begin(), planned->plan.actions.end(),
                                         [](const plan::Action& action) { return action.blocked; });
    if (planned->plan.empty() || (all_blocked && !options_.auto_approve)) {
      if (const auto written = record_refresh(*planned); !written) return session_.fail_with(written.error());
      finish(std::nullopt, {});
      report_forgotten(planned->plan);
      if (!planned->plan.empty() && planned->plan.violations.empty())
        console_.say("Nothing was changed: deletions run only with --allow-deletes.\n");
      return ending(planned->plan, kExitDone);
    }
    if (session_.json() && !options_.auto_approve)
      return session_.fail_with(Error{"There are changes to apply, and --format json cannot ask.",
                                      "Nothing was changed. Review the plan, then give --auto-approve."});
    if (!options_.auto_approve && !is_approved(session_, signals_.token())) {
      finish(std::nullopt, {});
      return signals_.exit_code(kExitFailed);
    }
    const auto [result, has_written] = carry_out(session_, *planned, before, **connection, plan_digest());
    const std::string where = has_written ? saved(result, *planned) : std::string();
    finish(result, where);
    if (!session_.json()) console_.result(report::apply_text(planned->plan, result, where, context, style()));
    if (result.fatal)
      console_.report(*result.fatal);
    else if (has_written)
      report_forgotten(planned->plan);
    return ending(planned->plan, exit_code_of(result, signals_));
  }

 private:
  /// What the guardrails refused, what is left undone, or could not be read, makes a failure of what was
  /// done otherwise.
  [[nodiscard]] int ending(const plan::Plan& plan, int exit_code) const {
    const auto refused = refusal(plan, plan::is_refused(plan) ? "Nothing was changed. " : "");
    const auto left = left_by_apply(plan);
    const auto unread = incomplete(plan);
    for (const auto& error : {refused, left, unread})
      if (error) console_.report(*error);
    if (exit_code != kExitDone) return exit_code;
    if (left || unread) return kExitFailed;
    return refused ? kExitRefused : kExitDone;
  }

  /// Of what stdout gets.
  [[nodiscard]] report::Style style() const { return {console_.result_colour(), options_.planning.full}; }

  /// The plan, and what became of it where it was carried out, in the report files and as the document. The
  /// text was printed as it came about. `where` says where the state is now.
  void write_result(const plan::Plan& plan, const std::optional<plan::ApplyResult>& result,
                    const model::RecordedEstate& before, const std::string& where) {
    const report::Context context = context_of(session_);
    const Rendering rendering = [&](Format format, bool) {
      if (format == Format::kJson) return report::apply_json(plan, result, before, context);
      const report::Style style{false, options_.planning.full};
      std::string text = report::plan_text(plan, before, context, style);
      if (result) text += report::apply_text(plan, *result, where, context, style);
      return text;
    };
    if (session_.json()) console_.document(rendering(Format::kJson, false));
    session_.write_reports(rendering);
  }

  /// The settings that the state holds no longer after this run.
  void report_forgotten(const plan::Plan& plan) const {
    if (plan.unmanaged.empty() || session_.json()) return;
    console_.result(fmt::format("Forgot {} that the roster no longer names; the server keeps {}.\n",
                                pluralize(plan.unmanaged.size(), "setting", "settings"),
                                plan.unmanaged.size() == 1 ? "it" : "them"));
  }

  /// Where the apply is of a saved plan, reads it, and takes over how it was made. False: reported.
  bool read_saved_plan() {
    if (options_.plan_file.empty()) return true;
    PlanningOptions& planning = options_.planning;
    if (!planning.only.empty() || planning.only_expired || !planning.recreate.empty()) {
      session_.fail_with(
          Error{"A saved plan is applied as it is: --only, --only-expired and --recreate choose "
                "what a new plan does.",
                "Leave them out, or make another plan with `rollcall plan --out FILE`."});
      return false;
    }
    auto read = read_plan_file(session_, options_.plan_file);
    if (!read) {
      session_.fail_with(read.error());
      return false;
    }
    saved_ = std::move(*read);
    planning.only = saved_->saved.options.only;
    planning.only_expired = saved_->saved.options.only_expired;
    planning.refresh = planning.refresh || saved_->saved.options.refresh;
    check_.emplace(session_, *saved_, printable(options_.plan_file));
    accept_ = [this](const RecordedState& recorded) { return check_->accept(recorded); };
    return true;
  }

  /// Whether what was planned now is what the saved plan says, where there is one. False: reported.
  bool is_the_saved_plan(const Planned& planned) {
    if (!check_) return true;
    if (const auto same = check_->require_same(options_.planning, planned); !same) {
      session_.fail_with(same.error());
      return false;
    }
    if (check_->goes_on())
      console_.remark(
          fmt::format("The apply of {} did not come to its end. What is left of it goes on now.\n",
                      printable(options_.plan_file)));
    report::Meta meta = session_.meta();
    meta.plan_digest = saved_->digest;
    session_.set_meta(std::move(meta));
    return true;
  }

  [[nodiscard]] std::string plan_digest() const { return saved_ ? saved_->digest : std::string(); }

  /// What the server said is recorded even where nothing is to be changed.
  Expected<void> record_refresh(Planned& planned) {
    if (!planned.refreshed && planned.plan.unmanaged.empty()) return {};
    forget(planned);
    if (saved_) planned.recorded.state.last_plan = state::AppliedPlan{saved_->digest, true};
    return state_access::save(planned.recorded, session_.directory);
  }

  static std::string saved(const plan::ApplyResult& result, const Planned& planned) {
    return result.fatal ? std::string()
                        : fmt::format("The recorded state is in {}.", planned.recorded.store->name());
  }

  Console& console_;
  ApplyOptions options_;
  SignalScope signals_;
  Session session_;
  std::optional<saved_plan::ReadPlan> saved_;
  std::optional<SavedPlanCheck> check_;
  AcceptState accept_;
};

Body declare_apply(OptionSet& set) {
  const auto options = std::make_shared<ApplyOptions>();
  set.argument("PLANFILE", options->plan_file, "A saved plan, instead of a new one", false);
  declare_planning_options(set, options->planning);
  set.outputs(report::Subject::kApply, options->outputs);
  set.flag("--auto-approve", options->auto_approve, "Do not ask");
  set.texts("--recreate", "PATTERN", options->planning.recreate,
            "Create again what matches and is gone from the server; repeatable");
  return [options](const Program& program) { return ApplyCommand(program, *options).run(); };
}

}  // namespace

const Command kApply{"apply", "Print the plan, ask, and make the changes", declare_apply};

}  // namespace rollcall::cli
