#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "drifts.hpp"
#include "golden/golden.hpp"
#include "report/finding.hpp"
#include "report/format.hpp"
#include "report/page.hpp"
#include "report/plan_view.hpp"
#include "report/widget.hpp"
#include "sample.hpp"
#include "scenarios.hpp"

using namespace rollcall;
using report::Format;
using report::Subject;

namespace {

std::string plan_in(const sample::Sample& sample, Format format) {
  return report::plan_report(format, sample.plan, sample.recorded, sample.context(), {});
}

std::string drift_in(const drifts::Estate& estate, Format format) {
  return report::drift_report(format, estate.drift, estate.files, sample::Sample::meta(), {});
}

/// As a file of tests/golden/formats is called.
std::string golden_name(const std::string& what, Format format) {
  return "formats/" + what + "." + std::string(report::name_of(format));
}

bool is_of_its_own(Format format) {
  return format == Format::kText || format == Format::kJson;
}

/// A finding of a level.
report::Finding finding(report::Level level, std::string message) {
  report::Finding found;
  found.level = level;
  found.rule = "R911";
  found.file = "roster/a.yaml";
  found.message = std::move(message);
  found.fingerprint = "f";
  return found;
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

const std::string kHostile = "x\n::error::y\r##[error]z %0A <b>`@all`";

}  // namespace

TEST_CASE("Every kind of action in every format") {
  const sample::Sample everything = sample::everything();
  for (const Format format : report::formats_of(Subject::kPlan))
    if (!is_of_its_own(format)) golden::check(golden_name("plan", format), plan_in(everything, format));
}

TEST_CASE("A plan that guardrails refuse in every format") {
  const sample::Sample refused = sample::refused();
  for (const Format format : report::formats_of(Subject::kPlan))
    if (!is_of_its_own(format)) golden::check(golden_name("refused", format), plan_in(refused, format));
}

TEST_CASE("Every verdict in every format") {
  const drifts::Estate drifted = drifts::drifted();
  for (const Format format : report::formats_of(Subject::kDrift))
    if (!is_of_its_own(format)) golden::check(golden_name("drift", format), drift_in(drifted, format));
}

TEST_CASE("Errors and warnings in every format") {
  SourceFiles files;
  const FileIndex roster = files.add("roster/a.yaml", "version: 1\nüsers: {}\n  – 😀: x\n");
  const Diagnostics found = {
      diagnose(files, Severity::kError, "R030", {roster, 3, 10}, "Unknown key `x`", "Did you mean `y`?"),
      diagnose(files, Severity::kWarning, "R911", {roster, 2, 1}, "It is odd.", "", 6),
      to_diagnostic(Error{"The state cannot be read.", "Check its permissions."})};
  for (const Format format : report::formats_of(Subject::kPlan))
    if (!is_of_its_own(format))
      golden::check(golden_name("errors", format),
                    report::diagnostics_report(format, found, sample::Sample::meta()));
}

TEST_CASE("Nothing to report is an empty report, which is valid") {
  const drifts::Estate none = drifts::checked();
  CHECK(drift_in(none, Format::kCodequality) == "[]\n");
  CHECK(drift_in(none, Format::kGithub).empty());
  golden::check(golden_name("none", Format::kSarif), drift_in(none, Format::kSarif));
  CHECK(plan_in(sample::Sample(), Format::kGitlab) == "{\"create\": 0, \"update\": 0, \"delete\": 0}\n");
}

TEST_CASE("GitLab's widget has the totals, and no number that it could not read") {
  CHECK(report::widget({3, 2, 1}) == "{\"create\": 3, \"update\": 2, \"delete\": 1}\n");
  CHECK(report::widget({1'000'000, 999'999, 1'000'001}) ==
        "{\"create\": 999999, \"update\": 999999, \"delete\": 999999}\n");
}

TEST_CASE("The metrics of a drift have every series, and of a failure only that it failed") {
  drifts::Estate estate = drifts::drifted();
  estate.drift.items[0].counts = false;
  estate.drift.items[0].acknowledged = 0;
  report::Meta meta = sample::Sample::meta();
  meta.time = *parse_time("2027-02-15T06:30:00Z");
  const std::string unknown = report::drift_report(Format::kMetrics, estate.drift, estate.files, meta, {});
  CHECK(unknown.find("rollcall_state_written") == std::string::npos);
  meta.state_written_at = *parse_time("2027-02-14T22:00:00Z");
  estate.drift.failures = {{"accounts.hq", "The server answered 500"}};
  golden::check("formats/incomplete_drift.metrics",
                report::drift_report(Format::kMetrics, estate.drift, estate.files, meta, {}));
  const std::string failed = report::diagnostics_report(Format::kMetrics, {}, meta);
  CHECK(failed.find("rollcall_drift_complete 0\n") != std::string::npos);
  CHECK(failed.find("findings") == std::string::npos);
}

TEST_CASE("A fingerprint stays where lines move, and no two are equal") {
  const auto found = [](const std::string& before) {
    SourceFiles files;
    const FileIndex roster = files.add("roster/a.yaml", before + "same: 1\nsame: 1\nother: 1\n");
    const auto first = static_cast<std::uint32_t>(1 + std::count(before.begin(), before.end(), '\n'));
    Diagnostics all;
    for (std::uint32_t line = first; line < first + 3; ++line)
      all.push_back(diagnose(files, Severity::kWarning, "R911", {roster, line, 1},
                             "As at roster/a.yaml:" + std::to_string(line), ""));
    std::vector<std::string> fingerprints;
    for (const auto& one : report::findings_of(all, {})) fingerprints.push_back(one.fingerprint);
    return fingerprints;
  };
  std::vector<std::string> fingerprints = found("");
  CHECK(found("# one\n# two\n") == fingerprints);
  std::sort(fingerprints.begin(), fingerprints.end());
  CHECK(std::unique(fingerprints.begin(), fingerprints.end()) == fingerprints.end());
  CHECK(fingerprints.size() == 3);
}

TEST_CASE("No text can start a workflow command of its own") {
  const std::string commands = report::annotations({finding(report::Level::kError, kHostile)}, {});
  CHECK(
      commands ==
      "::error file=roster/a.yaml,line=1,title=R911::x\\x0a::error::y\\x0d#\\x23[error]z %250A <b>`@all`\n");
  report::Finding odd = finding(report::Level::kNote, "::error::y");
  odd.file = "a,b:c%\n::error::.yaml";
  CHECK(report::annotations({odd}, {}) ==
        "::notice file=a%2Cb%3Ac%25\\x0a%3A%3Aerror%3A%3A.yaml,line=1,title=R911:::\\x3aerror::y\n");
}

TEST_CASE("Of each level ten annotations are shown, the last of more counts the rest") {
  const auto of = [](std::size_t errors, std::size_t notes) {
    std::vector<report::Finding> findings(errors, finding(report::Level::kError, "e"));
    findings.insert(findings.end(), notes, finding(report::Level::kNote, "n"));
    return report::annotations(findings, {});
  };
  CHECK(occurrences(of(10, 1), "::error ") == 10);
  CHECK(occurrences(of(10, 1), " more;") == 0);
  CHECK(occurrences(of(2000, 12), "::error ") == 10);
  CHECK(occurrences(of(2000, 12), "::error title=Rollcall::1,991 more;") == 1);
  CHECK(occurrences(of(2000, 12), "::notice title=Rollcall::3 more;") == 1);
}

TEST_CASE("SARIF has at most 25,000 results, the worst first, and says how many it left out") {
  Diagnostics found(25'000);
  for (Diagnostic& warning : found) warning.severity = Severity::kWarning;
  found.push_back(to_diagnostic(Error{"The worst.", {}}));
  const std::string sarif = report::diagnostics_report(Format::kSarif, found, sample::Sample::meta());
  CHECK(occurrences(sarif, "\"ruleId\"") == 25'000);
  CHECK(sarif.find("The worst.") < sarif.find("\"ruleId\":\"warning\""));
  CHECK(occurrences(sarif, "1 finding is left out: a report has at most 25,000.") == 1);
}

TEST_CASE("Paths are those of the repository, wherever in it the run works") {
  report::Pipeline pipeline;
  CHECK(report::path_in_repository("./roster/a.yaml", pipeline) == "roster/a.yaml");
  CHECK(report::path_in_repository("/srv/a.yaml", pipeline) == "/srv/a.yaml");
  pipeline.root = "/builds/ops";
  pipeline.folder = "deploy/chat";
  CHECK(report::path_in_repository("roster/a.yaml", pipeline) == "deploy/chat/roster/a.yaml");
  CHECK(report::path_in_repository("../a.yaml", pipeline) == "deploy/a.yaml");
  CHECK(report::path_in_repository("../../../a.yaml", pipeline) == "../../../a.yaml");
  CHECK(report::path_in_repository("/builds/ops/x/a.yaml", pipeline) == "x/a.yaml");
  CHECK(report::path_in_repository("/builds/other/a.yaml", pipeline) == "/builds/other/a.yaml");
}

TEST_CASE("A format is offered where it makes sense") {
  const auto names = [](Subject subject) {
    std::vector<std::string> found;
    for (const Format format : report::formats_of(subject)) found.emplace_back(report::name_of(format));
    return found;
  };
  CHECK(names(Subject::kState) == std::vector<std::string>{"text", "json"});
  CHECK(names(Subject::kDrift) == std::vector<std::string>{"text", "json", "markdown", "html", "codequality",
                                                           "sarif", "github", "metrics"});
  for (const Format format : report::formats_of(Subject::kPlan))
    CHECK(report::find_format(report::name_of(format)) == format);
  CHECK_FALSE(report::find_format("yaml"));
}
