#include "cli/session.hpp"

#include <fmt/format.h>

#include <utility>

#include "cli/arguments.hpp"
#include "cli/exit_code.hpp"
#include "report/report.hpp"

namespace rollcall::cli {
namespace {

Expected<project::Overrides> overrides_of(const Environment& environment) {
  project::Overrides overrides{environment.server, {}, environment.state, {}};
  if (environment.roster) overrides.roster.push_back(*environment.roster);
  if (environment.parallelism) {
    auto parallelism = parse_parallelism(*environment.parallelism, "ROLLCALL_PARALLELISM");
    if (!parallelism) return tl::unexpected(parallelism.error());
    overrides.parallelism = *parallelism;
  }
  return overrides;
}

}  // namespace

Session::Session(const Program& program, Format format)
    : program_(program), format_(format), today_(date_of(SystemClock().now())) {}

bool Session::load_settings() {
  const project::LoadedProject project = project::load(program_.global.project, files);
  if (has_errors(project.diagnostics)) {
    fail_with(project.diagnostics);
    return false;
  }
  console().report(project.diagnostics);
  const auto environment = overrides_of(program_.environment);
  if (!environment) {
    fail_with(environment.error());
    return false;
  }
  const GlobalOptions& global = program_.global;
  auto settings =
      project::merge(project, {global.server, global.roster, global.state, global.parallelism}, *environment);
  if (!settings) {
    fail_with(settings.error());
    return false;
  }
  settings_ = std::move(*settings);
  return true;
}

std::optional<model::DesiredEstate> Session::load_desired(const std::vector<std::string>& paths) {
  std::vector<std::filesystem::path> places = settings_.roster;
  if (!paths.empty()) places.assign(paths.begin(), paths.end());
  if (places.empty()) {
    fail_with(Error{"There is no roster: neither roster.yaml nor roster/ is here.",
                    "Name one with --roster PATH, or run `rollcall init` for a new project."});
    return std::nullopt;
  }
  roster::LoadedRoster loaded = roster::load(places, settings_.project_file, files, directory);
  if (has_errors(loaded.diagnostics)) {
    fail_with(loaded.diagnostics);
    return std::nullopt;
  }
  roster_ = std::move(loaded.roster);
  model::DesiredEstate desired = policy::resolve(roster_, directory, today_);
  Diagnostics diagnostics = std::move(loaded.diagnostics);
  for (Diagnostic& found : policy::review(roster_, settings_.guardrails, directory, files))
    diagnostics.push_back(std::move(found));
  sort_diagnostics(diagnostics);
  if (has_errors(diagnostics)) {
    fail_with(diagnostics);
    return std::nullopt;
  }
  warnings_ = std::move(diagnostics);
  return desired;
}

int Session::fail_with(const Error& error) {
  return fail_with(Diagnostics{to_diagnostic(error)});
}

int Session::fail_with(const Diagnostics& diagnostics) {
  if (json()) console().result(report::diagnostics_json(diagnostics));
  console().report(diagnostics);
  return kExitFailed;
}

}  // namespace rollcall::cli
