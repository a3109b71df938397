#include <memory>
#include <string>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/plan_file.hpp"
#include "report/report.hpp"

namespace rollcall::cli {
namespace {

struct ShowOptions {
  std::string path;
  bool full = false;
  Outputs outputs;
};

/// What the plan was made from.
report::Meta meta_of(report::Meta meta, const saved_plan::ReadPlan& read) {
  const saved_plan::SavedPlan& saved = read.saved;
  meta.date = saved.date;
  meta.tool_version = saved.tool_version;
  meta.server = saved.server;
  meta.state = saved.state.name;
  meta.lineage = saved.state.lineage;
  meta.serial = saved.state.serial;
  meta.plan_digest = read.digest;
  return meta;
}

int run_show(const Program& program, const ShowOptions& options) {
  Session session(program, options.outputs);
  const auto read = read_plan_file(session, options.path);
  if (!read) return session.fail_with(read.error());
  session.set_meta(meta_of(session.meta(), *read));
  const report::Context context = context_of(session);
  const saved_plan::SavedPlan& saved = read->saved;
  session.publish([&](Format format, bool colour) {
    return report::plan_report(format, saved.plan, saved.recorded, context, {colour, options.full});
  });
  return kExitDone;
}

Body declare_show(OptionSet& set) {
  const auto options = std::make_shared<ShowOptions>();
  set.argument("PLANFILE", options->path, "A file that `rollcall plan --out` wrote", true);
  set.flag("--full", options->full, "Each user and account on a line of its own");
  set.outputs(report::Subject::kPlan, options->outputs);
  return [options](const Program& program) { return run_show(program, *options); };
}

}  // namespace

const Command kShow{"show", "Print a saved plan", declare_show};

}  // namespace rollcall::cli
