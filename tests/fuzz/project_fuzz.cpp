#include <string>

#include "fuzz.hpp"
#include "project/keys.hpp"
#include "yaml/parse.hpp"

namespace rollcall::fuzz::project_target {
namespace {

void require_usable(const project::LoadedProject& project) {
  fuzz::require(project.file.parallelism.value_or(1) >= 1 &&
                    project.file.parallelism.value_or(1) <= project::kMaxParallelism,
                "an accepted parallelism is in its bounds");
  fuzz::require(project.file.requests_per_minute.value_or(1) >= 1, "an accepted rate lets something through");
  const auto settings = project::merge(project, {}, {});
  if (!settings) {
    fuzz::require_error(settings.error());
    return;
  }
  fuzz::require(settings->guardrails == project.file.guardrails, "the guardrails are those of the file");
  const auto again = model::parse_max_removals(model::to_string(settings->guardrails.max_removals));
  fuzz::require(again == settings->guardrails.max_removals, "max_removals reads what it writes");
}

}  // namespace

ROLLCALL_FUZZ_TARGET(project) {
  SourceFiles files;
  const FileIndex file = files.add("rollcall.yaml", std::string(fuzz::text_of(data, size)));
  yaml::Problems problems;
  project::LoadedProject project;
  project.path = "rollcall.yaml";
  const auto document = yaml::parse(files.text(file), file, problems);
  if (document) project.file = project::read_project(*document, problems);
  project.diagnostics = problems.take_diagnostics(files);
  fuzz::require(document || has_errors(project.diagnostics), "what cannot be read has an error");
  fuzz::require_diagnostics(project.diagnostics, files);
  if (!has_errors(project.diagnostics)) require_usable(project);
  return 0;
}

}  // namespace rollcall::fuzz::project_target
