#include "report/format.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "base/text.hpp"
#include "report/drift_view.hpp"
#include "report/finding.hpp"
#include "report/html.hpp"
#include "report/markdown.hpp"
#include "report/metrics.hpp"
#include "report/plan_view.hpp"
#include "report/report.hpp"
#include "report/second_look.hpp"
#include "report/widget.hpp"
#include "report/words.hpp"

namespace rollcall::report {
namespace {

constexpr unsigned offered_by(std::initializer_list<Subject> subjects) {
  unsigned bits = 0;
  for (const Subject subject : subjects) bits |= 1U << static_cast<unsigned>(subject);
  return bits;
}

constexpr unsigned kAll = ~0U;
constexpr unsigned kReviewed = offered_by({Subject::kPlan, Subject::kDrift, Subject::kValidation});

struct FormatFacts {
  Format format;
  std::string_view name;
  unsigned offered;
};

constexpr std::array kFormats = {
    FormatFacts{Format::kText, "text", kAll},
    FormatFacts{Format::kJson, "json", kAll},
    FormatFacts{Format::kMarkdown, "markdown", kReviewed},
    FormatFacts{Format::kHtml, "html", kReviewed},
    FormatFacts{Format::kGitlab, "gitlab", offered_by({Subject::kPlan})},
    FormatFacts{Format::kCodequality, "codequality", kReviewed},
    FormatFacts{Format::kSarif, "sarif", kReviewed},
    FormatFacts{Format::kGithub, "github", kReviewed},
    FormatFacts{Format::kMetrics, "metrics", offered_by({Subject::kDrift})},
};

/// What of a plan its findings are in, whole.
View look_at(const plan::Plan& plan, const model::RecordedEstate& recorded, const Context& context) {
  View view;
  view.add(second_look(plan, recorded, context, true));
  return view;
}

/// What a command failed with, or what a check found.
View diagnostics_view(const Diagnostics& diagnostics) {
  View view;
  Diagnostics errors, warnings;
  for (const Diagnostic& found : diagnostics)
    (found.severity == Severity::kError ? errors : warnings).push_back(found);
  Section look;
  look.heading = kSecondLook;
  for (const auto& [heading, found] : {std::pair("Errors", &errors), std::pair("Warnings", &warnings)})
    if (!found->empty()) {
      look.sections.emplace_back();
      look.sections.back().heading = heading;
      look.sections.back().rows = diagnostic_rows(*found);
    }
  view.add(std::move(look));
  std::string counts = errors.empty() ? "" : "Failed: " + pluralize(errors.size(), "error", "errors");
  if (!warnings.empty())
    counts += (counts.empty() ? "" : ", ") + pluralize(warnings.size(), "warning", "warnings");
  view.total = counts.empty() ? "No problem was found." : counts + ".";
  return view;
}

std::string findings_report(Format format, const std::vector<Finding>& findings, const Meta& meta,
                            bool failed) {
  if (format == Format::kCodequality) return codequality(findings, meta);
  return format == Format::kSarif ? sarif(findings, meta, failed) : annotations(findings, meta);
}

}  // namespace

std::string_view name_of(Format format) {
  return kFormats.at(static_cast<std::size_t>(format)).name;
}

std::vector<Format> formats_of(Subject subject) {
  std::vector<Format> formats;
  for (const FormatFacts& facts : kFormats)
    if ((facts.offered & offered_by({subject})) != 0) formats.push_back(facts.format);
  return formats;
}

bool is_for_log(Format format) {
  return format == Format::kGithub;
}

std::optional<Format> find_format(std::string_view name) {
  const auto* found = std::find_if(kFormats.begin(), kFormats.end(),
                                   [&](const FormatFacts& facts) { return facts.name == name; });
  return found == kFormats.end() ? std::nullopt : std::optional(found->format);
}

std::string diagnostics_report(Format format, const Diagnostics& diagnostics, const Meta& meta) {
  switch (format) {
    case Format::kText:
      break;
    case Format::kJson:
      return diagnostics_json(diagnostics, meta);
    case Format::kMarkdown:
      return markdown(diagnostics_view(diagnostics), meta);
    case Format::kHtml:
      return html("Problems", diagnostics_view(diagnostics), meta);
    case Format::kGitlab:
      // Valid JSON that GitLab takes for a report that failed; zeros would say that nothing changes.
      return "{}\n";
    case Format::kCodequality:
    case Format::kSarif:
    case Format::kGithub:
      return findings_report(format, findings_of(diagnostics, meta), meta, has_errors(diagnostics));
    case Format::kMetrics:
      return metrics_of_failure(meta);
  }
  return render(diagnostics, false);
}

std::string plan_report(Format format, const plan::Plan& plan, const model::RecordedEstate& recorded,
                        const Context& context, const Style& style) {
  switch (format) {
    case Format::kText:
    case Format::kMetrics:
      break;
    case Format::kJson:
      return plan_json(plan, recorded, context);
    case Format::kMarkdown:
      return markdown(plan_review(plan, recorded, context, false), context.meta);
    case Format::kHtml:
      return html("Plan", plan_review(plan, recorded, context, true), context.meta);
    case Format::kGitlab:
      return widget(plan::count(plan));
    case Format::kCodequality:
    case Format::kSarif:
    case Format::kGithub:
      return findings_report(format, findings_of(look_at(plan, recorded, context), context.meta),
                             context.meta, false);
  }
  return plan_text(plan, recorded, context, style);
}

std::string drift_report(Format format, const plan::Drift& drift, const SourceFiles& files, const Meta& meta,
                         const Style& style) {
  switch (format) {
    case Format::kText:
    case Format::kGitlab:
      break;
    case Format::kJson:
      return drift_json(drift, files, meta);
    case Format::kMarkdown:
      return markdown(drift_review(drift, files, meta), meta);
    case Format::kHtml:
      return html("Drift", drift_review(drift, files, meta), meta);
    case Format::kCodequality:
    case Format::kSarif:
    case Format::kGithub:
      return findings_report(format, findings_of(drift_view(drift, files, Alike::kEach), meta), meta,
                             !plan::is_complete(drift));
    case Format::kMetrics:
      return metrics(drift, meta);
  }
  return drift_text(drift, files, style);
}

}  // namespace rollcall::report
