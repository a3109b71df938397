#include "cli/session.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <utility>
#include <variant>

#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/arguments.hpp"
#include "cli/exit_code.hpp"
#include "cli/reserved_files.hpp"
#include "http/server_url.hpp"
#include "report/report.hpp"
#include "saved_plan/saved_plan.hpp"

namespace rollcall::cli {
namespace {

// GitHub shows nothing of a larger one.
constexpr std::uint64_t kMaxStepSummary = std::uint64_t{1} << 20U;

/// A variable that a flag overrides is not looked at.
Expected<project::Overrides> overrides_of(const Environment& environment, const GlobalOptions& global) {
  project::Overrides overrides{environment.server, {}, environment.state, {}};
  if (environment.roster) overrides.roster.push_back(*environment.roster);
  if (environment.parallelism && !global.parallelism) {
    auto parallelism = parse_parallelism(*environment.parallelism, "ROLLCALL_PARALLELISM");
    if (!parallelism) return tl::unexpected(parallelism.error());
    overrides.parallelism = *parallelism;
  }
  return overrides;
}

}  // namespace

Session::Session(const Program& program, Outputs outputs)
    : clock(program.clock),
      entropy(program.entropy),
      lease(std::make_shared<Lease>(program.clock)),
      program_(program),
      outputs_(std::move(outputs)),
      meta_(report::meta_at(clock.now())) {
  meta_.pipeline = program.environment.pipeline;
}

bool Session::load_settings(const std::vector<std::string>& paths) {
  project::LoadedProject project = project::load(program_.global.project, files);
  const GlobalOptions& global = program_.global;
  const auto environment = overrides_of(program_.environment, global);
  if (!environment) {
    fail_with(environment.error());
    return false;
  }
  const project::Overrides flags{global.server, global.roster, global.state, global.parallelism};
  if (has_errors(project.diagnostics)) {
    Diagnostics diagnostics = std::move(project.diagnostics);
    // Errors of the state were told; where it is does not matter any more.
    project.file.state.reset();
    const auto settings = project::merge(project, flags, *environment);
    const bool named = !paths.empty() || !flags.roster.empty() || !environment->roster.empty();
    if (settings && (named || project.file.roster_is_known)) {
      settings_ = *settings;
      if (named || !settings_.roster.empty())
        for (Diagnostic& found : load_roster(paths).diagnostics) diagnostics.push_back(std::move(found));
    }
    sort_diagnostics(diagnostics);
    fail_with(diagnostics);
    return false;
  }
  console().report(project.diagnostics);
  auto settings = project::merge(project, flags, *environment);
  if (!settings) {
    fail_with(settings.error());
    return false;
  }
  settings_ = std::move(*settings);
  if (const auto conflicts = project::check_named_outside(project, settings_, files); !conflicts.empty()) {
    fail_with(conflicts);
    return false;
  }
  if (const auto url = http::parse_server_url(settings_.server, http::PlainHttp::kAllowed))
    meta_.server = http::to_string(*url);
  return true;
}

void Session::name_server(const std::string& url) {
  settings_.server = url;
  settings_.server_named_outside = true;
}

/// With what the guardrails say of single rules and users, which needs no whole roster, and with what the
/// project file declines for too long, or no longer.
roster::LoadedRoster Session::load_roster(const std::vector<std::string>& paths,
                                          const std::function<void()>& parsed) {
  roster::Places places{settings_.roster, settings_.project_file, settings_.roster_within};
  if (!paths.empty()) {
    places.paths.assign(paths.begin(), paths.end());
    places.allowed.insert(places.allowed.end(), paths.begin(), paths.end());
  }
  roster_begin_ = static_cast<FileIndex>(files.size());
  roster::LoadedRoster loaded = roster::load(places, files, directory, parsed);
  roster_end_ = static_cast<FileIndex>(files.size());
  for (Diagnostic& found :
       policy::review_parts(loaded.roster, settings_.guardrails, directory, files, meta_.date))
    loaded.diagnostics.push_back(std::move(found));
  for (Diagnostic& found : project::review_exceptions(settings_, files, meta_.date))
    loaded.diagnostics.push_back(std::move(found));
  sort_diagnostics(loaded.diagnostics);
  if (files.size() != 0) meta_.pipeline.fallback_file = files.name(0);
  return loaded;
}

std::optional<model::DesiredEstate> Session::load_desired(const std::vector<std::string>& paths,
                                                          const std::function<void()>& parsed) {
  if (paths.empty() && settings_.roster.empty()) {
    fail_with(Error{"There is no roster: neither roster.yaml nor roster/ is here.",
                    "Name one with --roster PATH, or run `rollcall init` for a new project."});
    return std::nullopt;
  }
  roster::LoadedRoster loaded = load_roster(paths, parsed);
  if (has_errors(loaded.diagnostics)) {
    fail_with(loaded.diagnostics);
    return std::nullopt;
  }
  roster_ = std::move(loaded.roster);
  model::Guardrails guardrails = settings_.guardrails;
  // Files on the command line may be a part of the roster, which need not know who is protected.
  if (!paths.empty()) guardrails.protected_users = guardrails.protected_accounts = {};
  warnings_ = std::move(loaded.diagnostics);
  const policy::Reaches reaches = policy::reach_of_rules(roster_, directory);
  for (Diagnostic& found : policy::review(roster_, reaches, guardrails, directory, files, meta_.date))
    warnings_.push_back(std::move(found));
  sort_diagnostics(warnings_);
  if (has_errors(warnings_)) {
    fail_with(warnings_);
    return std::nullopt;
  }
  return policy::resolve(roster_, reaches, directory, meta_.date);
}

std::string Session::roster_digest() const {
  std::vector<std::string_view> texts;
  for (FileIndex file = roster_begin_; file < roster_end_; ++file) texts.emplace_back(files.text(file));
  return saved_plan::roster_digest(texts);
}

int Session::fail_with(const Error& error) {
  return fail_with(Diagnostics{to_diagnostic(error)});
}

int Session::fail_with(const Diagnostics& diagnostics) {
  const Rendering render = [&](Format format, bool) {
    return report::diagnostics_report(format, diagnostics, meta_);
  };
  // The text of a failure goes to stderr.
  if (outputs_.format != Format::kText) print(render);
  write_reports(render);
  console().report(diagnostics);
  return kExitFailed;
}

void Session::publish(const Rendering& render) {
  print(render);
  write_reports(render);
}

void Session::write_reports(const Rendering& render) {
  for (const ReportFile& file : outputs_.files) write_report(file, render(file.format, false));
}

/// Annotations name a few places; the summary of the step says all of it.
void Session::print(const Rendering& render) {
  console().report(outputs_.format, render(outputs_.format, console().result_colour()));
  const auto& summary = program_.environment.step_summary;
  if (outputs_.format != Format::kGithub || !summary) return;
  const auto appended =
      append_to_file(*summary, console().masked(render(Format::kMarkdown, false)), kMaxStepSummary);
  if (!appended)
    console().report_late(appended.error());
  else if (!*appended)
    console().say("The summary of this step has no room for the report: GitHub shows 1 MiB of it.\n");
}

std::optional<std::string_view> Session::why_reserved(const std::string& path) const {
  RunFiles run{{kept_.begin(), kept_.end()}, std::nullopt, settings_.roster};
  for (const auto& named : {program_.global.token_file, program_.global.ca_file})
    if (named) run.read.emplace_back(*named);
  for (FileIndex input = 0; input < files.size(); ++input) run.read.emplace_back(files.name(input));
  if (const auto* state = std::get_if<std::filesystem::path>(&settings_.state)) {
    run.read.push_back(*state);
    run.state = *state;
  }
  return cli::why_reserved(path, run);
}

void Session::write_report(const ReportFile& file, const std::string& text) {
  if (const auto reason = why_reserved(file.path)) {
    console().report_late(Error{fmt::format("The report was not written: {} {}.", file.path, *reason),
                                "Name another file with --report."});
  } else if (const auto written = replace_file(file.path, console().masked(text)); !written) {
    console().report_late(written.error());
  }
}

}  // namespace rollcall::cli
